// `npm run bench:small`: what one small warm answer costs in each ecosystem, beside nginx (one worker) with the same bytes.
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { startGateway } from '../../tests/support/gateway.ts'
import { rawRequest } from '../../tests/support/raw-request.ts'
import { AS_SHIPPED } from '../npm/material.ts'
import { startNginx } from '../support/nginx.ts'
import { residentMegabytes } from '../support/processes.ts'
import { digits, formatTable } from '../support/table.ts'
import { type Measured, median, runWrk } from '../support/wrk.ts'
import { startSmallUpstreams } from './upstreams.ts'

interface Question {
  readonly label: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
}

const short = process.argv.includes('--short')
const rounds = short ? 1 : 5
const GZIP = { 'accept-encoding': 'gzip' }
const questions: readonly Question[] = [
  { label: 'npm packument', path: '/npm/small', headers: GZIP },
  {
    label: 'PyPI page, JSON',
    path: '/pypi/simple/small/',
    headers: { ...GZIP, accept: 'application/vnd.pypi.simple.v1+json' },
  },
  { label: 'InRelease', path: '/debian/dists/stable/InRelease', headers: {} },
  { label: 'repomd.xml', path: '/el/repodata/repomd.xml', headers: {} },
  { label: 'APKINDEX', path: '/alpine/x86_64/APKINDEX.tar.gz', headers: {} },
  { label: 'tarball of 30 KB', path: '/npm/small/-/small-1.0.0.tgz', headers: {} },
]

const folder = await mkdtemp(join(tmpdir(), 'sallyport-bench-'))
const upstreams = await startSmallUpstreams(randomBytes(30_000))
const gateway = await startGateway({ config: { ...AS_SHIPPED, repositories: upstreams.repositories } })
const nginx = await startNginx(folder, await Promise.all(questions.map(ask)))
try {
  console.log(
    `${cpus().length} x ${cpus()[0]?.model}, Node ${process.versions.node}, ${rounds} round(s) of 1 s`,
  )
  const rows: string[][] = []
  for (const [at, question] of questions.entries()) rows.push(...(await measure(question, `/${at}`)))
  const head = [
    'warm answer',
    'server',
    'requests/s',
    'x nginx',
    'CPU us/request',
    'least',
    'x nginx',
    'failed',
  ]
  console.log(`\n${formatTable(head, rows)}\n`)
  console.log(`memory of the gateway afterwards: ${digits(residentMegabytes(gateway.pid).self)} MB`)
} finally {
  await nginx.stop()
  await gateway.stop()
  await upstreams.close()
  await rm(folder, { recursive: true, force: true })
}

/** Makes an answer warm: the third time it comes from memory, whatever it is. */
async function ask({ label, path, headers }: Question, at: number) {
  let answer = await rawRequest(gateway.url, path, { headers })
  for (let times = 0; times < 2; times += 1) answer = await rawRequest(gateway.url, path, { headers })
  if (answer.status !== 200)
    throw new Error(`${label}: ${answer.status} ${answer.body.toString('latin1').slice(0, 300)}`)
  const { body } = answer
  const isZipped = answer.headers['content-encoding'] === 'gzip'
  return { path: String(at), body: isZipped ? gunzipSync(body) : body, ...(isZipped ? { gzip: body } : {}) }
}

async function measure({ label, path, headers }: Question, nginxPath: string): Promise<string[][]> {
  const contenders = [
    { server: { ...gateway, name: 'sallyport' }, at: path, seen: [] as Measured[] },
    { server: nginx, at: nginxPath, seen: [] as Measured[] },
  ] as const
  // Both need some ten thousand requests until their code, and the memory it uses, is what it stays.
  for (const { server, at } of contenders) await runWrk(server, at, { seconds: 2, connections: 32, headers })
  for (let round = 0; round < rounds; round += 1)
    for (const { server, at, seen } of contenders)
      seen.push(await runWrk(server, at, { seconds: 1, connections: 32, headers }))
  const [ours, theirs] = contenders.map(({ seen }) => ({
    rate: median(seen.map(({ requestsPerSecond }) => requestsPerSecond)),
    cpu: median(seen.map(({ cpuMicroseconds }) => cpuMicroseconds)),
    least: Math.min(...seen.map(({ cpuMicroseconds }) => cpuMicroseconds)),
    failures: seen.reduce((sum, { failures }) => sum + failures, 0),
  }))
  if (ours === undefined || theirs === undefined) return []
  return [ours, theirs].map((one) => [
    one === ours ? label : '',
    one === ours ? 'sallyport' : 'nginx',
    digits(one.rate),
    digits(one.rate / theirs.rate),
    digits(one.cpu),
    digits(one.least),
    digits(theirs.least / one.least),
    String(one.failures),
  ])
}
