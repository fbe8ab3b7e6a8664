// A real gateway process on a loopback port with its own data directory, started and ended by pid.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { stringify } from 'yaml'
import { trustedCertificates } from './machine.ts'

const ROOT = join(import.meta.dirname, '../..')
const START_LIMIT_MS = 150_000

export interface GatewayOptions {
  /** Upstream bases of the repository `npm`; other kinds through `config.repositories`. */
  readonly npm?: string
  /** Merged over the defaults, key by key at the top level. */
  readonly config?: Readonly<Record<string, unknown>>
  /** Keeps the data of a former run, and is not removed at the end. */
  readonly dataDirectory?: string
  readonly environment?: Readonly<Record<string, string>>
}

export interface GatewayProcess {
  /** `http://127.0.0.1:<port>`. */
  readonly url: string
  /** `<url>/npm/`, as a client is told. */
  readonly npm: string
  readonly pid: number
  readonly dataDirectory: string
  /** For commands beside it. */
  readonly configFile: string
  /** Everything it has written, both streams. */
  log(): string
  /** Log lines that are JSON objects. */
  events(): Record<string, unknown>[]
  /** kill -9, and waits until it is gone; the data directory stays. */
  kill(): Promise<void>
  /** Ends it in order and removes a data directory that was made here. */
  stop(): Promise<void>
}

/** Starts `main.ts serve` and waits until it says that it is ready. A port that somebody else took meanwhile is given up for another one. */
export async function startGateway(options: GatewayOptions): Promise<GatewayProcess> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await startOnce(options)
    } catch (thrown) {
      if (tries === 3 || !String(thrown).includes('EADDRINUSE')) throw thrown
    }
  }
}

async function startOnce(options: GatewayOptions): Promise<GatewayProcess> {
  const made = options.dataDirectory === undefined
  const dataDirectory = options.dataDirectory ?? mkdtempSync(join(tmpdir(), 'sallyport-data-'))
  const port = await freePort()
  const config = `${dataDirectory}-${port}.yaml`
  writeFileSync(config, stringify(configuration(options, port, dataDirectory)))
  const child = spawn(process.execPath, [join(ROOT, 'src/main.ts'), 'serve', '--config', config], {
    cwd: tmpdir(),
    env: { PATH: process.env['PATH'], ...trustedCertificates(), HOME: dataDirectory, ...options.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let written = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (written += chunk))
  const url = `http://127.0.0.1:${port}`
  await untilReady(url, child, () => written)
  return {
    url,
    npm: `${url}/npm/`,
    pid: child.pid ?? -1,
    dataDirectory,
    configFile: config,
    log: () => written,
    events: () => written.split('\n').flatMap(parseLine),
    kill: () => end(child, 'SIGKILL'),
    async stop() {
      await end(child, 'SIGTERM')
      rmSync(config, { force: true })
      if (made) rmSync(dataDirectory, { recursive: true, force: true })
    },
  }
}

function configuration({ npm, config }: GatewayOptions, port: number, dataDirectory: string) {
  return {
    listen: { host: '127.0.0.1', port },
    publicUrl: `http://127.0.0.1:${port}`,
    dataDirectory,
    pools: { examiners: 1, indexWorkers: 1 }, // a start costs processor time, and tests start many
    ...(npm === undefined ? {} : { repositories: [{ name: 'npm', type: 'npm', upstreams: [npm] }] }),
    ...config,
  }
}

async function untilReady(url: string, child: ChildProcess, log: () => string): Promise<void> {
  const deadline = Date.now() + START_LIMIT_MS
  while (Date.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`the gateway ended at start:\n${log()}`)
    const ready = await fetch(`${url}/-/ready`).then(
      (response) => response.ok,
      () => false,
    )
    if (ready) return
    await sleep(25)
  }
  await end(child, 'SIGKILL')
  throw new Error(`the gateway was not ready in time:\n${log()}`)
}

async function end(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill(signal)
  const late = setTimeout(() => child.kill('SIGKILL'), 20_000)
  await gone
  clearTimeout(late)
}

/** A port that was free a moment ago; public URLs need it before the gateway listens. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

function parseLine(line: string): Record<string, unknown>[] {
  if (!line.startsWith('{')) return []
  try {
    return [JSON.parse(line) as Record<string, unknown>]
  } catch {
    return [] // a line that is still being written
  }
}
