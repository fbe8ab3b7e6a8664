// Warm answers: the same bytes from Sallyport, nginx and Verdaccio, in interleaved rounds.
import { gunzipSync } from 'node:zlib'
import { rawRequest } from '../../tests/support/raw-request.ts'
import { type StaticFile, startNginx } from '../support/nginx.ts'
import { type RunningServer, residentMegabytes } from '../support/processes.ts'
import { digits, formatTable } from '../support/table.ts'
import { type Measured, medianOf, runWrk } from '../support/wrk.ts'
import type { Target } from './material.ts'

export interface WarmPlan {
  readonly gateway: RunningServer
  readonly verdaccio: RunningServer
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
  for (const [at, target] of plan.targets.entries()) {
    files.push(await warm(plan.gateway, target, at))
    await rawRequest(plan.verdaccio.url, `/${target.path}`, { headers: target.headers })
  }
  const nginx = await startNginx(plan.folder, files)
  try {
    const rows: Row[] = []
    for (const [at, target] of plan.targets.entries()) {
      rows.push({ target, results: await interleave(plan, nginx, target, `/${at}`) })
      process.stderr.write(`  measured ${target.label}\n`)
    }
    print(rows)
    await printMemory(plan, [plan.gateway, plan.verdaccio, nginx])
  } finally {
    await nginx.stop()
  }
}

/** Makes the gateway's answer warm and returns its bytes for nginx. */
async function warm(gateway: RunningServer, target: Target, at: number): Promise<StaticFile> {
  const ask = () => rawRequest(gateway.url, `/npm/${target.path}`, { headers: target.headers })
  await ask()
  const { status, headers, body } = await ask()
  if (status !== 200)
    throw new Error(
      `${target.label}: the gateway answered ${status}: ${body.toString('latin1').slice(0, 300)}`,
    )
  const zipped = headers['content-encoding'] === 'gzip'
  return { path: String(at), body: zipped ? gunzipSync(body) : body, ...(zipped ? { gzip: body } : {}) }
}

async function interleave(
  { gateway, verdaccio, rounds, seconds }: WarmPlan,
  nginx: RunningServer,
  target: Target,
  nginxPath: string,
): Promise<Row['results']> {
  const contenders: [RunningServer, string][] = [
    [gateway, `/npm/${target.path}`],
    [nginx, nginxPath],
    [verdaccio, `/${target.path}`],
  ]
  const seen: Record<string, Measured[]> = {}
  for (let round = 0; round < rounds; round += 1)
    for (const [server, path] of contenders) {
      const load = { seconds, connections: target.connections, headers: target.headers }
      const measured = await runWrk(server, path, load)
      seen[server.name] = [...(seen[server.name] ?? []), measured]
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
    'x nginx',
    'x Verdaccio',
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
      ratio(result, results['nginx']),
      ratio(result, results['verdaccio']),
      String(result.failures),
    ]),
  )
  console.log(`\n${formatTable(head, cells)}\n`)
}

function ratio(one: Measured, other: Measured | undefined): string {
  return other === undefined ? '-' : digits(one.requestsPerSecond / other.requestsPerSecond)
}

/** Memory after the run, and after the gateway has been asked everything once more. */
async function printMemory(plan: WarmPlan, servers: readonly RunningServer[]): Promise<void> {
  const first = servers.map(({ name, pid }) => ({ name, ...residentMegabytes(pid) }))
  for (const target of plan.targets)
    await runWrk(plan.gateway, `/npm/${target.path}`, {
      seconds: plan.seconds,
      connections: target.connections,
      headers: target.headers,
    })
  const again = residentMegabytes(plan.gateway.pid)
  const rows = first.map(({ name, self, tree }) => [name, digits(self), digits(tree)])
  rows.push([`${plan.gateway.name}, after a second run`, digits(again.self), digits(again.tree)])
  console.log(formatTable(['memory after', 'process MB', 'with children MB'], rows), '\n')
}
