// Wall time of a real installation, client cache empty: direct, gateway cold, gateway warm, proxpi and devpi warm; by pip and by uv.
import { existsSync } from 'node:fs'
import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { client } from '../../tests/support/clients.ts'
import { type GatewayProcess, startGateway } from '../../tests/support/gateway.ts'
import { createPypiProject, type PypiProject, type Ran } from '../../tests/support/pypi-project.ts'
import { digits, formatTable } from '../support/table.ts'
import { median } from '../support/wrk.ts'
import { CACHE, type Upstream } from './material.ts'
import type { IndexServer } from './peers.ts'

/** A web framework, a notebook and a test tool: more than 100 packages. */
const WANTED = ['jupyterlab', 'fastapi[standard]', 'flask', 'pytest', 'requests', 'sqlalchemy']
const LOCK = join(CACHE, 'pypi-requirements.txt')
const DAY_MS = 86_400_000
const FILL_TRIES = 5

export interface InstallPlan {
  readonly upstream: Upstream
  readonly peers: readonly IndexServer[]
  readonly rounds: number
  readonly installers: readonly Installer[]
}

export const INSTALLERS = ['pip', 'uv'] as const
export type Installer = (typeof INSTALLERS)[number]

export async function measureInstalls(plan: InstallPlan): Promise<void> {
  const direct = `${plan.upstream.index}/`
  await makeLock(direct)
  const count = (await readFile(LOCK, 'utf8')).split('\n').filter((line) => /^[a-z0-9]/i.test(line)).length
  for (const installer of plan.installers) {
    await install(installer, direct) // records what the upstream has to replay
    const peers = await filled(plan.peers, installer)
    const times = await measure(installer, { ...plan, peers }, direct)
    const base = median(times['direct'] ?? [])
    const rows = Object.entries(times).map(([name, seconds]) => [
      name,
      digits(median(seconds)),
      digits(median(seconds) / base),
      seconds.map(digits).join(' '),
    ])
    console.log(
      `\n${formatTable([`${installer} install of ${count} packages`, 'seconds', 'x direct', 'all rounds'], rows)}\n`,
    )
  }
}

/** The peers that hold everything: devpi answers 502 while many first requests come at once, so each gets several tries. */
async function filled(peers: readonly IndexServer[], installer: Installer): Promise<IndexServer[]> {
  const full: IndexServer[] = []
  for (const peer of peers) {
    if (await fill(peer, installer)) full.push(peer)
  }
  return full
}

async function fill(peer: IndexServer, installer: Installer): Promise<boolean> {
  const failures: string[] = []
  while (failures.length < FILL_TRIES) {
    try {
      await install(installer, `${peer.url}${peer.indexPath}`)
      if (failures.length > 0)
        console.log(`${peer.name} failed ${failures.length} time(s) before it was full`)
      return true
    } catch (thrown) {
      failures.push(thrown instanceof Error ? thrown.message : String(thrown))
    }
  }
  console.log(`${peer.name} is left out for ${installer}, it failed each time: ${failures.at(-1)}`)
  return false
}

async function measure(
  installer: Installer,
  plan: InstallPlan,
  direct: string,
): Promise<Record<string, number[]>> {
  const times: Record<string, number[]> = {}
  const note = (name: string, seconds: number) => {
    times[name] = [...(times[name] ?? []), seconds]
  }
  for (let round = 0; round < plan.rounds; round += 1) {
    note('direct', await install(installer, direct))
    await withFreshGateway(plan.upstream, async (gateway) => {
      note('Sallyport, cold: every package examined', await install(installer, `${gateway.url}/pypi/simple/`))
      note('Sallyport, warm', await install(installer, `${gateway.url}/pypi/simple/`))
    })
    for (const peer of plan.peers)
      note(`${peer.name}, warm`, await install(installer, `${peer.url}${peer.indexPath}`))
  }
  return times
}

/** Wheels only, from a few days ago, so that nothing in it is younger than a cooldown. Kept, so that later runs install the same. */
async function makeLock(index: string): Promise<void> {
  if (existsSync(LOCK)) return
  const project = await createPypiProject(found('uv'), index)
  try {
    await writeFile(join(project.folder, 'wanted.txt'), `${WANTED.join('\n')}\n`)
    const before = new Date(Date.now() - 5 * DAY_MS).toISOString()
    const flags = [
      '--index-url',
      index,
      '--exclude-newer',
      before,
      '--only-binary',
      ':all:',
      '--no-header',
      '--no-annotate',
    ]
    succeeded(
      await project.run(
        'pip',
        'compile',
        'wanted.txt',
        '-o',
        'lock.txt',
        '--python',
        pythonOf(project),
        ...flags,
      ),
    )
    await cp(join(project.folder, 'lock.txt'), LOCK)
  } finally {
    await project.remove()
  }
}

/** Seconds of one installation with nothing cached. Throws when the client fails. */
async function install(installer: Installer, index: string): Promise<number> {
  const project = await createPypiProject(found(installer), index)
  try {
    const started = performance.now()
    const args =
      installer === 'pip'
        ? ['--python', pythonOf(project), 'install', '--only-binary', ':all:', '--no-compile', '-r', LOCK]
        : [
            'pip',
            'install',
            '--python',
            pythonOf(project),
            '--index-url',
            index,
            '--only-binary',
            ':all:',
            '-r',
            LOCK,
          ]
    succeeded(await project.run(...args))
    return (performance.now() - started) / 1000
  } finally {
    await project.remove()
  }
}

function pythonOf({ folder }: PypiProject): string {
  return join(folder, '.venv/bin/python')
}

function found(name: string) {
  const installer = client(name)
  if (installer === undefined) throw new Error('run through bin/with-clients')
  return installer
}

function succeeded({ code, output }: Ran): void {
  if (code !== 0) throw new Error(`the installer ended with ${code}: ${output.slice(-2000)}`)
}

async function withFreshGateway(
  { index }: Upstream,
  use: (gateway: GatewayProcess) => Promise<void>,
): Promise<void> {
  const gateway = await startGateway({
    config: { repositories: [{ name: 'pypi', type: 'pypi', upstreams: [index] }], log: { level: 'warn' } },
  })
  try {
    await use(gateway)
  } finally {
    await gateway.stop()
  }
}
