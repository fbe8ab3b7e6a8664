// A repository whose index is one signed set: how long a generation takes, what it costs meanwhile, how fast the warm index leaves.
import { mkdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { rawRequest } from '../../tests/support/raw-request.ts'
import { startNginx } from './nginx.ts'
import { type RunningServer, residentMegabytes } from './processes.ts'
import { digits, formatTable } from './table.ts'
import { type Measured, median, medianOf, runWrk } from './wrk.ts'

export interface SignedRepositoryPlan {
  readonly gateway: RunningServer
  /** `/el/`. */
  readonly mount: string
  /** Path of the signed document below the mount. */
  readonly signed: string
  /** Paths below the mount that are measured warm, found when the index is there. */
  readonly warm: () => Promise<readonly string[]>
  /** Packages that are refused, one a flip. */
  readonly refused: readonly string[]
  readonly folder: string
  readonly rounds: number
  readonly seconds: number
}

export async function measureSignedRepository(plan: SignedRepositoryPlan): Promise<void> {
  const { gateway, mount, signed } = plan
  const before = residentMegabytes(gateway.pid)
  const meanwhile = watch(gateway)
  const started = performance.now()
  const first = await rawRequest(gateway.url, mount + signed)
  const buildMs = performance.now() - started
  if (first.status !== 200)
    throw new Error(`the index is ${first.status}: ${first.body.toString().slice(0, 300)}`)
  const { peak, held } = await meanwhile()
  const flips: number[] = []
  for (const path of plan.refused) flips.push(await measureFlip(plan, path))
  const rows = [
    ['first generation, from nothing, ms', digits(buildMs)],
    [
      'flip: refusal until the index without it, ms',
      flips.map(digits).join(', ') || '-',
      digits(median(flips)),
    ],
    ['memory before, MB', digits(before.self)],
    ['peak memory while building, MB', digits(peak)],
    ['longest wait for an answer meanwhile, ms', digits(held)],
  ].map(([what = '', value = '']) => [what, value])
  console.log(`\n${formatTable(['generation', 'measured'], rows)}\n`)
  await measureWarm(plan)
}

/** Asks the cheapest page all the time, and looks at the memory: returns the worst of both when called. */
function watch(gateway: RunningServer): () => Promise<{ peak: number; held: number }> {
  let isOver = false
  let peak = 0
  let held = 0
  const watching = (async () => {
    while (!isOver) {
      const asked = performance.now()
      await rawRequest(gateway.url, '/-/live')
      held = Math.max(held, performance.now() - asked)
      peak = Math.max(peak, residentMegabytes(gateway.pid).self)
      await sleep(20)
    }
  })()
  return async () => {
    isOver = true
    await watching
    return { peak, held }
  }
}

async function measureFlip({ gateway, mount, signed }: SignedRepositoryPlan, path: string): Promise<number> {
  const etag = async () => (await rawRequest(gateway.url, mount + signed)).headers['etag']
  const former = await etag()
  const refused = await rawRequest(gateway.url, mount + path)
  if (refused.status !== 403) throw new Error(`${path} is ${refused.status} and not refused`)
  const started = performance.now()
  while ((await etag()) === former) {
    if (performance.now() - started > 120_000) throw new Error(`no flip for ${path}`)
    await sleep(10)
  }
  return performance.now() - started
}

async function measureWarm(plan: SignedRepositoryPlan): Promise<void> {
  const paths = await plan.warm()
  const bodies = await Promise.all(paths.map((path) => rawRequest(plan.gateway.url, plan.mount + path)))
  mkdirSync(plan.folder, { recursive: true })
  const files = bodies.map(({ body }, at) => ({ path: String(at), body }))
  const nginx = await startNginx(plan.folder, files)
  try {
    const rows: string[][] = []
    for (const [at, path] of paths.entries()) {
      const size = files[at]?.body.length ?? 0
      const load = { seconds: plan.seconds, connections: size > 1e6 ? 8 : 32, headers: {} }
      const seen: Measured[][] = [[], []]
      for (let round = 0; round < plan.rounds; round += 1) {
        seen[0]?.push(await runWrk(plan.gateway, plan.mount + path, load))
        seen[1]?.push(await runWrk(nginx, `/${at}`, load))
      }
      const [ours, theirs] = seen.map(medianOf)
      if (ours === undefined || theirs === undefined) continue
      const label = `${path.replace(/[0-9a-f]{64}-/, '')} (${digits(size / 1000)} kB)`
      for (const [name, one] of [
        ['sallyport', ours],
        ['nginx', theirs],
      ] as const)
        rows.push([
          name === 'nginx' ? '' : label,
          name,
          digits(one.requestsPerSecond),
          digits(one.megabytesPerSecond),
          digits(one.p99Ms),
          digits(one.cpuMicroseconds),
          digits(one.requestsPerSecond / theirs.requestsPerSecond),
          String(one.failures),
        ])
    }
    const head = [
      'warm answer',
      'server',
      'requests/s',
      'MB/s',
      'p99 ms',
      'CPU us/request',
      'x nginx',
      'failed',
    ]
    console.log(`${formatTable(head, rows)}\n`)
  } finally {
    await nginx.stop()
  }
}

/** `--short`, `--packages=N` and the like from the command line. */
export function benchArguments(argv: readonly string[]) {
  const short = argv.includes('--short')
  const packages = argv.find((argument) => argument.startsWith('--packages='))?.slice('--packages='.length)
  return {
    rounds: short ? 1 : 3,
    seconds: short ? 1 : 2,
    short,
    packages: packages === undefined ? undefined : Number(packages),
  }
}
