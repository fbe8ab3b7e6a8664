// The machine's own apt with a private root: no sources, keys, lists or caches but those of the test.
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa, execaSync } from 'execa'

export interface AptRun {
  readonly code: number
  /** Both streams, as apt wrote them. */
  readonly output: string
}

export interface AptClient {
  readonly folder: string
  /** Writes the one source: base and suites of the gateway, and the armoured key that is trusted. */
  trust(source: { url: string; suites: string; components?: string; key: string; types?: string }): void
  get(...args: string[]): Promise<AptRun>
  cache(...args: string[]): Promise<AptRun>
  /** Version that apt would install, or undefined. */
  candidate(name: string): Promise<string | undefined>
  /** Names of the .deb files in the download cache. */
  archives(): string[]
  clean(): void
  remove(): void
}

const RUN_LIMIT_MS = 120_000

export function hasApt(): boolean {
  return execaSync('apt-get', ['--version'], { reject: false }).exitCode === 0
}

export function createAptClient(): AptClient {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-apt-client-'))
  const path = (name: string) => join(folder, name)
  for (const name of [
    'etc/apt/sources.list.d',
    'etc/apt/apt.conf.d',
    'etc/apt/preferences.d',
    'etc/apt/trusted.gpg.d',
    'var/lib/apt/lists/partial',
    'var/cache/apt/archives/partial',
    'var/lib/dpkg',
    'var/log/apt',
  ])
    mkdirSync(path(name), { recursive: true })
  writeFileSync(path('var/lib/dpkg/status'), '')
  const settings = [
    `Dir "${folder}";`,
    `Dir::State::status "${path('var/lib/dpkg/status')}";`,
    'APT::Sandbox::User "root";',
    'APT::Architecture "amd64";',
    'Acquire::http::Proxy "DIRECT";',
    'Acquire::Languages "none";',
    'Acquire::Retries "0";',
    '',
  ]
  writeFileSync(path('apt.conf'), settings.join('\n'))

  async function run(program: string, args: readonly string[]): Promise<AptRun> {
    const ran = await execa(program, args, {
      cwd: folder,
      env: { APT_CONFIG: path('apt.conf'), LC_ALL: 'C.UTF-8', DEBIAN_FRONTEND: 'noninteractive' },
      all: true,
      reject: false,
      timeout: RUN_LIMIT_MS,
    })
    return { code: ran.exitCode ?? -1, output: ran.all }
  }

  return {
    folder,
    trust({ url, suites, components, key, types = 'deb' }) {
      writeFileSync(path('trusted.asc'), key)
      const lines = [
        `Types: ${types}`,
        `URIs: ${url}`,
        `Suites: ${suites}`,
        ...(components === undefined ? [] : [`Components: ${components}`]),
        `Signed-By: ${path('trusted.asc')}`,
        '',
      ]
      writeFileSync(path('etc/apt/sources.list.d/gateway.sources'), lines.join('\n'))
    },
    get: (...args) => run('apt-get', ['-y', ...args]),
    cache: (...args) => run('apt-cache', args),
    async candidate(name) {
      const { output } = await run('apt-cache', ['policy', name])
      const version = /Candidate: (\S+)/.exec(output)?.[1]
      return version === '(none)' ? undefined : version
    },
    archives: () => readdirSync(path('var/cache/apt/archives')).filter((name) => name.endsWith('.deb')),
    clean() {
      for (const name of this.archives()) rmSync(join(path('var/cache/apt/archives'), name))
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
