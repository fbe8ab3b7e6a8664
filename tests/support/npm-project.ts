// One throw-away project of one npm-registry client: own home, own cache, no settings but the registry.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import type { Client } from './clients.ts'
import { trustedCertificates } from './machine.ts'

const RUN_LIMIT_MS = 170_000

export interface Ran {
  readonly code: number
  /** Standard output and error, as they came. */
  readonly output: string
}

export interface NpmProject {
  readonly folder: string
  /** Adds dependencies, e.g. `is-odd@^3`. */
  add(...specs: string[]): Promise<Ran>
  /** Installs from the lockfile only (`npm ci` and its kin), with nothing installed before. */
  frozen(): Promise<Ran>
  /** Adds a dependency to the manifest and the lockfile without running anything of it. */
  lock(spec: string): Promise<Ran>
  /** Points the project at another registry. */
  configure(registry: string): Promise<void>
  /** Any other command of the client. */
  run(...args: string[]): Promise<Ran>
  /** Replaces text in the lockfile. */
  editLockfile(edit: (text: string) => string): Promise<void>
  /** Version in node_modules, or undefined. */
  installed(name: string): Promise<string | undefined>
  /** Forgets node_modules and the cache; keeps the lockfile. */
  clean(): Promise<void>
  remove(): Promise<void>
}

interface Habits {
  readonly add: readonly string[]
  /** Appended to `add` when install scripts must not run. */
  readonly noScripts: readonly string[]
  readonly frozen: readonly string[]
  readonly lockfile: string
  /** Settings files. */
  readonly files: (registry: string, folder: string, token: string) => Readonly<Record<string, string>>
  readonly environment?: (folder: string) => Readonly<Record<string, string>>
}

const NPM: Habits = {
  noScripts: ['--ignore-scripts'],
  add: ['install'],
  frozen: ['ci'],
  lockfile: 'package-lock.json',
  files: (registry, folder, token) => ({
    '.npmrc': [
      `registry=${registry}`,
      authLine(registry, token),
      `cache=${folder}/.cache`,
      'fund=false',
      'update-notifier=false',
      'fetch-retries=1',
      'fetch-retry-mintimeout=50',
      'fetch-retry-maxtimeout=100',
      '',
    ].join('\n'),
  }),
}

const PNPM: Habits = {
  noScripts: ['--ignore-scripts'],
  add: ['add'],
  frozen: ['install', '--frozen-lockfile'],
  lockfile: 'pnpm-lock.yaml',
  files: (registry, folder, token) => ({
    '.npmrc': `registry=${registry}\n${authLine(registry, token)}\n`,
    'pnpm-workspace.yaml': [
      `storeDir: ${folder}/.cache/store`,
      `cacheDir: ${folder}/.cache/pnpm`,
      'fetchRetries: 1',
      'fetchRetryMintimeout: 50',
      'fetchRetryMaxtimeout: 100',
      '',
    ].join('\n'),
  }),
}

const YARN_1: Habits = {
  noScripts: ['--ignore-scripts'],
  add: ['add', '--non-interactive', '--no-progress'],
  frozen: ['install', '--frozen-lockfile', '--non-interactive', '--no-progress'],
  lockfile: 'yarn.lock',
  files: (registry, folder, token) => ({
    '.npmrc': `${authLine(registry, token)}\nalways-auth=true\n`,
    '.yarnrc': `registry "${registry}"\ncache-folder "${folder}/.cache"\ndisable-self-update-check true\n`,
  }),
}

const YARN_BERRY: Habits = {
  noScripts: ['--mode=skip-build'],
  add: ['add'],
  frozen: ['install', '--immutable'],
  lockfile: 'yarn.lock',
  files: (registry, folder, token) => ({
    '.yarnrc.yml': [
      `npmRegistryServer: "${registry}"`,
      ...(token === '' ? [] : [`npmAuthToken: "${token}"`, 'npmAlwaysAuth: true']),
      'unsafeHttpWhitelist: ["127.0.0.1"]',
      'nodeLinker: node-modules',
      'enableTelemetry: false',
      'enableGlobalCache: false',
      `cacheFolder: "${folder}/.cache"`,
      `globalFolder: "${folder}/.global"`,
      'httpRetry: 1',
      '',
    ].join('\n'),
  }),
}

const BUN: Habits = {
  noScripts: ['--ignore-scripts'],
  add: ['add'],
  frozen: ['install', '--frozen-lockfile'],
  lockfile: 'bun.lock',
  files: (registry, _folder, token) => ({
    'bunfig.toml': `[install]\nregistry = { url = "${registry}", token = "${token}" }\n`,
  }),
  environment: (folder) => ({ BUN_INSTALL_CACHE_DIR: `${folder}/.cache` }),
}

function authLine(registry: string, token: string): string {
  return token === '' ? '' : `${registry.replace(/^https?:/, '')}:_authToken=${token}`
}

const HABITS: Readonly<Record<string, Habits>> = {
  npm: NPM,
  'npm-11': NPM,
  'npm-machine': NPM,
  pnpm: PNPM,
  'pnpm-10': PNPM,
  'yarn-1': YARN_1,
  'yarn-berry': YARN_BERRY,
  bun: BUN,
}

/** `registry` ends with `/`. A token is set as the client's credential for it. */
export async function createNpmProject(client: Client, registry: string, token = ''): Promise<NpmProject> {
  const habits = HABITS[client.name]
  if (habits === undefined) throw new Error(`${client.name} is no npm-registry client`)
  const folder = await mkdtemp(join(tmpdir(), `sallyport-${client.name}-`))
  const lockfile = join(folder, habits.lockfile)
  await mkdir(join(folder, '.home'))
  await writeFile(
    join(folder, 'package.json'),
    '{ "name": "project", "version": "1.0.0", "private": true }\n',
  )
  const configure = async (base: string) => {
    const files = habits.files(base, folder, token)
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  }
  if (client.name === 'yarn-berry') await writeFile(lockfile, '') // tells berry that the project's root is here
  await configure(registry)
  const environment = {
    PATH: process.env['PATH'] ?? '',
    ...trustedCertificates(),
    HOME: join(folder, '.home'),
    ...habits.environment?.(folder),
  }
  const run = (...args: string[]) => runClient(client, args, folder, environment)
  const clean = async () => {
    for (const name of ['node_modules', '.cache', '.global', '.yarn', '.pnp.cjs'])
      await rm(join(folder, name), { recursive: true, force: true })
  }
  return {
    folder,
    run,
    clean,
    add: (...specs) => run(...habits.add, ...specs),
    lock: (spec) => run(...habits.add, ...habits.noScripts, spec),
    configure,
    frozen: async () => {
      await clean()
      return run(...habits.frozen)
    },
    editLockfile: async (edit) => writeFile(lockfile, edit(await readFile(lockfile, 'utf8'))),
    installed: (name) => installedVersion(folder, name),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

async function runClient(
  client: Client,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<Ran> {
  const [program = '', ...first] = client.command
  const { exitCode, all } = await execa(program, [...first, ...args], {
    cwd,
    env,
    extendEnv: false,
    reject: false,
    all: true,
    stdin: 'ignore',
    timeout: RUN_LIMIT_MS,
  })
  return { code: exitCode ?? -1, output: all }
}

async function installedVersion(folder: string, name: string): Promise<string | undefined> {
  try {
    const manifest = JSON.parse(
      await readFile(join(folder, 'node_modules', name, 'package.json'), 'utf8'),
    ) as {
      version?: string
    }
    return manifest.version
  } catch {
    return undefined
  }
}
