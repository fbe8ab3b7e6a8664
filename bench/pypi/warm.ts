// Warm answers: the same pages and files from Sallyport, nginx, proxpi and devpi, in interleaved rounds.
import { gunzipSync } from 'node:zlib'
import { parseSimpleHtml } from '../../src/ecosystems/pypi/simple-html.ts'
import { rawRequest } from '../../tests/support/raw-request.ts'
import { type StaticFile, startNginx } from '../support/nginx.ts'
import { type RunningServer, residentMegabytes } from '../support/processes.ts'
import { digits, formatTable } from '../support/table.ts'
import { type Measured, medianOf, runWrk } from '../support/wrk.ts'
import { type FileTarget, HTML_PAGE, type PageTarget, type Target } from './material.ts'
import type { IndexServer } from './peers.ts'

export interface WarmPlan {
  readonly gateway: IndexServer
  readonly peers: readonly IndexServer[]
  readonly folder: string
  readonly targets: readonly Target[]
  readonly rounds: number
  readonly seconds: number
}

interface Row {
  readonly target: Target
  readonly results: Readonly<Record<string, Measured>>
}

/** Measures and prints; returns nothing that anyone could forget to read. */
export async function measureWarm(plan: WarmPlan): Promise<void> {
  const files: StaticFile[] = []
  for (const [at, target] of plan.targets.entries()) files.push(await bytesOf(plan.gateway, target, at))
  const nginx = await startNginx(plan.folder, files)
  try {
    const rows: Row[] = []
    for (const [at, target] of plan.targets.entries()) {
      rows.push({ target, results: await interleave(plan, nginx, target, `/${at}`) })
      process.stderr.write(`  measured ${target.label}\n`)
    }
    print(rows)
    const memory = [plan.gateway, ...plan.peers, nginx].map(({ name, pid }) => ({
      name,
      ...residentMegabytes(pid),
    }))
    const cells = memory.map(({ name, self, tree }) => [name, digits(self), digits(tree)])
    console.log(formatTable(['memory after', 'process MB', 'with children MB'], cells), '\n')
  } finally {
    await nginx.stop()
  }
}

/** Makes the gateway's answer warm and returns its bytes for nginx. */
async function bytesOf(gateway: IndexServer, target: Target, at: number): Promise<StaticFile> {
  const path = await pathAt(gateway, target)
  const headers = headersOf(target)
  await askUntilServed(gateway, path, headers, target.label)
  const { headers: answered, body } = await rawRequest(gateway.url, path, { headers })
  const zipped = answered['content-encoding'] === 'gzip'
  return { path: String(at), body: zipped ? gunzipSync(body) : body, ...(zipped ? { gzip: body } : {}) }
}

/** A large file may still be under examination at the first answer: 503 with Retry-After. */
async function askUntilServed(
  server: IndexServer,
  path: string,
  headers: Readonly<Record<string, string>>,
  label: string,
): Promise<void> {
  for (let tries = 0; tries < 60; tries += 1) {
    const { status, body } = await rawRequest(server.url, path, { headers })
    if (status === 200) return
    if (status !== 503)
      throw new Error(`${label}: ${server.name} answered ${status}: ${body.toString('latin1').slice(0, 300)}`)
    await new Promise((resolve) => setTimeout(resolve, 1000))
  }
  throw new Error(`${label}: ${server.name} never served it`)
}

function headersOf(target: Target): Readonly<Record<string, string>> {
  return target.kind === 'page' ? target.headers : {}
}

/** Every server names files in its own way: the address is taken from its page. */
async function pathAt(server: IndexServer, target: PageTarget | FileTarget): Promise<string> {
  const page = `${server.indexPath}${target.project}/`
  if (target.kind === 'page') return page
  const { body } = await rawRequest(server.url, page, { headers: { accept: HTML_PAGE } })
  const { files } = await parseSimpleHtml(body, `${server.url}${page}`, target.project)
  const found = files.find(({ filename }) => filename === target.filename)
  if (typeof found?.url !== 'string') throw new Error(`${server.name} does not list ${target.filename}`)
  const { pathname, search } = new URL(found.url, `${server.url}${page}`)
  return `${pathname}${search}`
}

async function interleave(
  { gateway, peers, rounds, seconds }: WarmPlan,
  nginx: RunningServer,
  target: Target,
  nginxPath: string,
): Promise<Row['results']> {
  const contenders: [RunningServer, string][] = [
    [gateway, await pathAt(gateway, target)],
    [nginx, nginxPath],
  ]
  for (const peer of peers) {
    const path = await pathAt(peer, target)
    await askUntilServed(peer, path, headersOf(target), target.label)
    contenders.push([peer, path])
  }
  const seen: Record<string, Measured[]> = {}
  for (let round = 0; round < rounds; round += 1)
    for (const [server, path] of contenders) {
      const load = { seconds, connections: target.connections, headers: headersOf(target) }
      seen[server.name] = [...(seen[server.name] ?? []), await runWrk(server, path, load)]
    }
  return Object.fromEntries(Object.entries(seen).map(([name, results]) => [name, medianOf(results)]))
}

function print(rows: readonly Row[]): void {
  const head = [
    'warm answer',
    'server',
    'requests/s',
    'MB/s',
    'p50 ms',
    'p99 ms',
    'CPU us/request',
    'Sallyport x',
    'failed',
  ]
  const cells = rows.flatMap(({ target, results }) =>
    Object.entries(results).map(([name, result], at) => [
      at === 0 ? target.label : '',
      name,
      digits(result.requestsPerSecond),
      digits(result.megabytesPerSecond),
      digits(result.p50Ms),
      digits(result.p99Ms),
      digits(result.cpuMicroseconds),
      at === 0
        ? ''
        : digits((results['sallyport']?.requestsPerSecond ?? Number.NaN) / result.requestsPerSecond),
      String(result.failures),
    ]),
  )
  console.log(`\n${formatTable(head, cells)}\n`)
}
