// A repository whose index is one signed set: how long a generation takes, what it costs meanwhile, how fast the warm index leaves.
import { mkdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { rawRequest } from '../../tests/support/raw-request.ts'
import type { HeldLoop } from './held-loop.ts'
import { startNginx } from './nginx.ts'
import { cpuSeconds, type RunningServer, residentMegabytes, untilQuiet } from './processes.ts'
import { digits, formatTable } from './table.ts'
import { type Measured, medianOf, runWrk } from './wrk.ts'

export interface SignedRepositoryPlan {
  readonly gateway: RunningServer
  /** Prepared with the gateway's environment. */
  readonly loop: HeldLoop
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
  const { gateway, mount, signed, loop } = plan
  await untilQuiet(gateway.pid)
  const before = residentMegabytes(gateway.pid)
  const meanwhile = watch(gateway)
  const started = performance.now()
  const cpuBefore = cpuSeconds(gateway.pid)
  loop.start()
  const first = await rawRequest(gateway.url, mount + signed)
  const buildMs = performance.now() - started
  if (first.status !== 200)
    throw new Error(`the index is ${first.status}: ${first.body.toString().slice(0, 300)}`)
  const buildCpu = cpuSeconds(gateway.pid) - cpuBefore
  const { peak } = await meanwhile()
  const held = loop.worst()
  const flips: Flip[] = []
  loop.start()
  for (const path of plan.refused) flips.push(await measureFlip(plan, path))
  const heldByFlips = loop.worst()
  const rows = [
    ['first generation, from nothing, ms', digits(buildMs)],
    ['processor time of it, with requests meanwhile, ms', digits(buildCpu * 1000)],
    ['flip: refusal until the index without it, ms', flips.map(({ ms }) => digits(ms)).join(', ')],
    ['processor time from refusal to flip, ms', flips.map(({ cpuMs }) => digits(cpuMs)).join(', ')],
    ['memory before, MB', digits(before.self)],
    ['peak memory while building, MB', digits(peak)],
    ['memory after the flips, MB', digits(residentMegabytes(gateway.pid).self)],
    ['longest turn of the event loop while building, processor ms', digits(held)],
    ['and while flipping', digits(heldByFlips)],
  ].map(([what = '', value = '']) => [what, value])
  console.log(`\n${formatTable(['generation', 'measured'], rows)}\n`)
  await measureWarm(plan)
}

/** Asks the cheapest page all the time, and looks at the memory: returns the highest when called. */
function watch(gateway: RunningServer): () => Promise<{ peak: number }> {
  let isOver = false
  let peak = 0
  const watching = (async () => {
    while (!isOver) {
      await rawRequest(gateway.url, '/-/live')
      peak = Math.max(peak, residentMegabytes(gateway.pid).self)
      await sleep(20)
    }
  })()
  return async () => {
    isOver = true
    await watching
    return { peak }
  }
}

interface Flip {
  readonly ms: number
  readonly cpuMs: number
}

async function measureFlip({ gateway, mount, signed }: SignedRepositoryPlan, path: string): Promise<Flip> {
  const etag = async () => (await rawRequest(gateway.url, mount + signed)).headers['etag']
  const former = await etag()
  const refused = await rawRequest(gateway.url, mount + path)
  if (refused.status !== 403) throw new Error(`${path} is ${refused.status} and not refused`)
  const started = performance.now()
  const cpuBefore = cpuSeconds(gateway.pid)
  while ((await etag()) === former) {
    if (performance.now() - started > 120_000) throw new Error(`no flip for ${path}`)
    await sleep(10)
  }
  return { ms: performance.now() - started, cpuMs: (cpuSeconds(gateway.pid) - cpuBefore) * 1000 }
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
