// Wall time of `npm ci` of a project with more than 300 packages, client cache empty: direct, gateway cold, gateway warm, Verdaccio warm.
import { existsSync } from 'node:fs'
import { copyFile, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { client } from '../../tests/support/clients.ts'
import { type GatewayProcess, startGateway } from '../../tests/support/gateway.ts'
import type { RunningServer } from '../support/processes.ts'
import { digits, formatTable } from '../support/table.ts'
import { median } from '../support/wrk.ts'
import { AS_SHIPPED, CACHE } from './material.ts'

const PROJECT = join(import.meta.dirname, 'project')
const LOCK = join(CACHE, 'npm-project-lock.json')
const DAY_MS = 86_400_000

export interface InstallPlan {
  readonly upstream: string
  readonly verdaccio: RunningServer
  readonly rounds: number
}

export async function measureInstalls({ upstream, verdaccio, rounds }: InstallPlan): Promise<void> {
  await makeLock(upstream)
  await npmCi(`${upstream}/`) // records what the upstream has to replay
  await npmCi(`${verdaccio.url}/`)
  const times: Record<string, number[]> = { direct: [], cold: [], warm: [], verdaccio: [] }
  for (let round = 0; round < rounds; round += 1) {
    times['direct']?.push(await npmCi(`${upstream}/`))
    await withFreshGateway(upstream, async (gateway) => {
      times['cold']?.push(await npmCi(gateway.npm))
      times['warm']?.push(await npmCi(gateway.npm))
    })
    times['verdaccio']?.push(await npmCi(`${verdaccio.url}/`))
  }
  const direct = median(times['direct'] ?? [])
  const label: Record<string, string> = {
    direct: 'direct',
    cold: 'Sallyport, cold: every package examined',
    warm: 'Sallyport, warm',
    verdaccio: 'Verdaccio, warm',
  }
  const rows = Object.entries(times).map(([name, seconds]) => [
    label[name] ?? name,
    digits(median(seconds)),
    digits(median(seconds) / direct),
    seconds.map(digits).join(' '),
  ])
  console.log(
    `\n${formatTable([`npm ci of ${await packageCount()} packages`, 'seconds', 'x direct', 'all rounds'], rows)}\n`,
  )
}

/** From a few days ago, so that nothing in it is younger than a cooldown. Kept, so that later runs install the same. */
async function makeLock(upstream: string): Promise<void> {
  if (existsSync(LOCK)) return
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-lock-'))
  await copyFile(join(PROJECT, 'package.json'), join(folder, 'package.json'))
  const before = new Date(Date.now() - 5 * DAY_MS).toISOString()
  await runNpm(['install', '--package-lock-only', `--before=${before}`], folder, `${upstream}/`)
  await cp(join(folder, 'package-lock.json'), LOCK)
  await rm(folder, { recursive: true })
}

async function packageCount(): Promise<number> {
  const { packages } = JSON.parse(await readFile(LOCK, 'utf8')) as { packages: Record<string, unknown> }
  return Object.keys(packages).length - 1
}

/** Seconds of one installation with nothing cached. Throws when npm fails. */
async function npmCi(registry: string): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-ci-'))
  try {
    await copyFile(join(PROJECT, 'package.json'), join(folder, 'package.json'))
    await copyFile(LOCK, join(folder, 'package-lock.json'))
    const started = performance.now()
    await runNpm(['ci'], folder, registry)
    return (performance.now() - started) / 1000
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function runNpm(args: readonly string[], cwd: string, registry: string): Promise<void> {
  const npm = client('npm')
  if (npm === undefined) throw new Error('run through bin/with-clients')
  const [program = '', ...first] = npm.command
  const flags = [
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--omit-lockfile-registry-resolved',
    '--loglevel=error',
  ]
  await mkdir(join(cwd, '.cache'), { recursive: true })
  await writeFile(
    join(cwd, '.npmrc'),
    `registry=${registry}\ncache=${join(cwd, '.cache')}\nupdate-notifier=false\n`,
  )
  const env = { PATH: process.env['PATH'] ?? '', HOME: cwd }
  await execa(program, [...first, ...args, ...flags], { cwd, env, extendEnv: false, timeout: 300_000 })
}

async function withFreshGateway(
  upstream: string,
  use: (gateway: GatewayProcess) => Promise<void>,
): Promise<void> {
  const gateway = await startGateway({ npm: upstream, config: AS_SHIPPED })
  try {
    await use(gateway)
  } finally {
    await gateway.stop()
  }
}
