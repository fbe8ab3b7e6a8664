// Wall time of `apt-get update` and of a real `apt-get install --download-only`: direct, apt-cacher-ng and the gateway, cold and warm.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { createAptClient } from '../../tests/support/apt-client.ts'
import { startGateway } from '../../tests/support/gateway.ts'
import { rawRequest } from '../../tests/support/raw-request.ts'
import { AS_SHIPPED } from '../npm/material.ts'
import { cpuSeconds } from '../support/processes.ts'
import { startRecorder } from '../support/recorder.ts'
import { digits, formatTable } from '../support/table.ts'
import { median } from '../support/wrk.ts'
import { cacherInstalled, freeLowPort, startAptCacher } from './apt-cacher.ts'

/** On a machine with nothing installed these bring more than 150 packages. */
const WANTED = [
  'build-essential',
  'git',
  'jq',
  'nginx',
  'openssh-server',
  'python3-flask',
  'python3-requests',
  'redis-server',
  'rsync',
  'sqlite3',
  'tmux',
  'vim',
]
/** Of the package debian-archive-keyring. */
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'
const CACHE = join(import.meta.dirname, '../.cache/apt')

interface Archive {
  readonly uri: string
  readonly suite: string
  readonly keyring: string
}

interface Server {
  readonly url: string
  readonly keyring: string
  /** Of the process whose time is told, with its children. */
  readonly pid?: number
}

type Note = (name: string, server: Server) => Promise<void>

interface Times {
  readonly update: number
  readonly install: number
  readonly again: number
  readonly packages: number
  /** Processor seconds of the server while it served the downloads. */
  readonly processor: number
}

export async function measureAptInstalls(rounds: number): Promise<void> {
  const archive = await machineArchive()
  const recorder = await startRecorder(
    new URL(archive.uri).origin,
    CACHE,
    () => ({ name: 'deb', headers: {} }),
    [],
    await freeLowPort(),
  )
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-bench-apt-'))
  const base = `${recorder.url}${new URL(archive.uri).pathname.replace(/\/$/, '')}`
  const direct = { url: base, keyring: archive.keyring }
  try {
    const { packages } = await run(direct, archive.suite) // records what the upstream has to replay
    const times: Record<string, Times[]> = {}
    const note = async (name: string, server: Server) => {
      times[name] = [...(times[name] ?? []), await run(server, archive.suite)]
    }
    for (let round = 0; round < rounds; round += 1) {
      await note('direct', direct)
      if (cacherInstalled()) {
        const cacher = await startAptCacher(join(folder, `cacher-${round}`))
        const server = { url: `${cacher.url}/${base.slice('http://'.length)}`, keyring: archive.keyring }
        await note('apt-cacher-ng, cold', server)
        await note('apt-cacher-ng, warm', server)
        await cacher.stop()
      }
      await throughGateway(archive, base, folder, note, 'Sallyport')
    }
    await againstArchive(archive, folder, note)
    report(times, packages)
  } finally {
    await recorder.close()
    await rm(folder, { recursive: true, force: true })
  }
}

/** The same with the real archive as the upstream, once: nearly all that a client waits for without a gateway is left out on loopback. */
async function againstArchive(archive: Archive, folder: string, note: Note): Promise<void> {
  const base = archive.uri.replace(/\/$/, '')
  await note('direct, real archive', { url: base, keyring: archive.keyring })
  await throughGateway(archive, base, folder, note, 'Sallyport, real archive')
}

async function throughGateway(
  { suite, keyring }: Archive,
  base: string,
  folder: string,
  note: Note,
  name: string,
): Promise<void> {
  const options = { suites: [suite], components: ['main'], architectures: ['amd64'], keyrings: [keyring] }
  const gateway = await startGateway({
    config: { ...AS_SHIPPED, repositories: [{ name: 'debian', type: 'deb', upstreams: [base], options }] },
  })
  try {
    const key = join(folder, 'gateway.asc')
    await writeFile(key, (await rawRequest(gateway.url, '/-/keys/sallyport.asc')).body)
    const server = { url: `${gateway.url}/debian`, keyring: key, pid: gateway.pid }
    await note(`${name}, cold: every package examined`, server)
    await note(`${name}, warm`, server)
  } finally {
    await gateway.stop()
  }
}

/** Seconds of a first update, of the downloads, and of a second update, by a client that has nothing. Throws when apt fails. */
async function run({ url, keyring, pid }: Server, suite: string): Promise<Times> {
  const client = createAptClient()
  try {
    const source = `Types: deb\nURIs: ${url}\nSuites: ${suite}\nComponents: main\nSigned-By: ${keyring}\n`
    await writeFile(join(client.folder, 'etc/apt/sources.list.d/gateway.sources'), source)
    const timed = async (...args: string[]) => {
      const started = performance.now()
      const { code, output } = await client.get(...args)
      if (code !== 0) throw new Error(`apt-get ${args[0]} through ${url}:\n${output.slice(-3000)}`)
      return (performance.now() - started) / 1000
    }
    const update = await timed('update')
    const before = pid === undefined ? 0 : cpuSeconds(pid)
    const install = await timed('install', '--no-install-recommends', '--download-only', ...WANTED)
    const processor = pid === undefined ? 0 : cpuSeconds(pid) - before
    return { update, install, again: await timed('update'), packages: client.archives().length, processor }
  } finally {
    client.remove()
  }
}

function report(times: Readonly<Record<string, readonly Times[]>>, packages: number): void {
  const base = (direct: string) => median((times[direct] ?? []).map(({ install }) => install))
  const rows = Object.entries(times).map(([name, all]) => {
    const of = (part: keyof Times) => median(all.map((one) => one[part]))
    return [
      name,
      digits(of('update')),
      digits(of('install')),
      digits(of('install') / base(name.includes('real archive') ? 'direct, real archive' : 'direct')),
      digits(of('again')),
      of('processor') === 0 ? '' : digits(of('processor')),
    ]
  })
  const head = [
    `${packages} packages, seconds`,
    'first update',
    'download',
    'x direct',
    'second update',
    'processor, download',
  ]
  console.log(`\n${formatTable(head, rows)}\n`)
}

/** The main archive that this machine's own apt is set to. */
async function machineArchive(): Promise<Archive> {
  const format = '$(REPO_URI) $(CODENAME)'
  const { stdout } = await execa('apt-get', [
    'indextargets',
    '--format',
    format,
    'Created-By: Packages',
    'Component: main',
    'Label: Debian',
  ])
  const lines = stdout.split('\n').map((line) => line.split(' '))
  const [uri = '', suite = ''] = lines.find(([, name = '']) => /^[a-z]+$/.test(name)) ?? []
  if (uri === '') throw new Error('this machine has no Debian main archive')
  return { uri, suite, keyring: KEYRING }
}
