// Wall time of `apt-get update` and of a real `apt-get install --download-only`: direct, apt-cacher-ng and the gateway, cold and warm.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { createAptClient } from '../../tests/support/apt-client.ts'
import { startGateway } from '../../tests/support/gateway.ts'
import { rawRequest } from '../../tests/support/raw-request.ts'
import { AS_SHIPPED } from '../npm/material.ts'
import { startRecorder } from '../support/recorder.ts'
import { digits, formatTable } from '../support/table.ts'
import { median } from '../support/wrk.ts'
import { cacherInstalled, freeLowPort, startAptCacher } from './apt-cacher.ts'

/** On a machine with nothing installed these bring more than 150 packages. */
const WANTED = ['build-essential', 'git', 'nginx', 'python3-flask', 'python3-requests', 'vim']
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
}

interface Times {
  readonly update: number
  readonly install: number
  readonly again: number
  readonly packages: number
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
      await throughGateway(archive, base, folder, note)
    }
    report(times, packages)
  } finally {
    await recorder.close()
    await rm(folder, { recursive: true, force: true })
  }
}

async function throughGateway(
  { suite, keyring }: Archive,
  base: string,
  folder: string,
  note: (name: string, server: Server) => Promise<void>,
): Promise<void> {
  const options = { suites: [suite], components: ['main'], architectures: ['amd64'], keyrings: [keyring] }
  const gateway = await startGateway({
    config: { ...AS_SHIPPED, repositories: [{ name: 'debian', type: 'deb', upstreams: [base], options }] },
  })
  try {
    const key = join(folder, 'gateway.asc')
    await writeFile(key, (await rawRequest(gateway.url, '/-/keys/sallyport.asc')).body)
    const server = { url: `${gateway.url}/debian`, keyring: key }
    await note('Sallyport, cold: every package examined', server)
    await note('Sallyport, warm', server)
  } finally {
    await gateway.stop()
  }
}

/** Seconds of a first update, of the downloads, and of a second update, by a client that has nothing. Throws when apt fails. */
async function run({ url, keyring }: Server, suite: string): Promise<Times> {
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
    const install = await timed('install', '--no-install-recommends', '--download-only', ...WANTED)
    return { update, install, again: await timed('update'), packages: client.archives().length }
  } finally {
    client.remove()
  }
}

function report(times: Readonly<Record<string, readonly Times[]>>, packages: number): void {
  const directly = times['direct'] ?? []
  const base = median(directly.map(({ install }) => install))
  const rows = Object.entries(times).map(([name, all]) => {
    const of = (part: keyof Times) => median(all.map((one) => one[part]))
    return [
      name,
      digits(of('update')),
      digits(of('install')),
      digits(of('install') / base),
      digits(of('again')),
    ]
  })
  const head = [`${packages} packages, seconds`, 'first update', 'download', 'x direct', 'second update']
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
