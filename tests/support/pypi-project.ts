// One throw-away project of one Python installer: own home, own cache, own environment, no settings but the index.
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import type { Client } from './clients.ts'
import { trustedCertificates } from './machine.ts'

const RUN_LIMIT_MS = 280_000

export interface Ran {
  readonly code: number
  /** Standard output and error, as they came. */
  readonly output: string
}

export interface PypiProject {
  readonly folder: string
  /** Adds requirements, e.g. `flask>=2`, resolving anew. */
  add(...requirements: string[]): Promise<Ran>
  /** Installs exactly what `add` locked, with hashes, into an empty environment and from an empty cache. */
  frozen(): Promise<Ran>
  /** Any other command of the client. */
  run(...args: string[]): Promise<Ran>
  /** Version in the environment, or undefined. */
  installed(name: string): Promise<string | undefined>
  /** A new, empty environment and cache; the lock stays. */
  clean(): Promise<void>
  remove(): Promise<void>
}

interface Habits {
  add(project: Place, requirements: readonly string[]): Promise<Ran>
  frozen(project: Place): Promise<Ran>
  readonly files: (index: string) => Readonly<Record<string, string>>
  readonly environment: (folder: string, index: string) => Readonly<Record<string, string>>
}

interface Place {
  readonly folder: string
  readonly index: string
  readonly python: string
  readonly run: (...args: string[]) => Promise<Ran>
}

const PIP: Habits = {
  async add({ folder, python, run }, requirements) {
    const ran = await run(
      '--python',
      python,
      'install',
      '--report',
      join(folder, 'report.json'),
      ...requirements,
    )
    if (ran.code === 0) await lockFromReport(folder)
    return ran
  },
  frozen: ({ folder, python, run }) =>
    run('--python', python, 'install', '--require-hashes', '-r', join(folder, 'lock.txt')),
  files: () => ({}),
  environment: (folder, index) => ({
    PIP_CONFIG_FILE: '/dev/null',
    PIP_INDEX_URL: index,
    PIP_CACHE_DIR: join(folder, '.cache'),
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
    PIP_NO_COLOR: '1',
  }),
}

/** pip's own account of what it installed, as a requirements file with hashes. */
async function lockFromReport(folder: string): Promise<void> {
  const { install } = JSON.parse(await readFile(join(folder, 'report.json'), 'utf8')) as {
    install: {
      metadata: { name: string; version: string }
      download_info: { archive_info: { hashes: { sha256: string } } }
    }[]
  }
  const lines = install.map(
    ({ metadata, download_info }) =>
      `${metadata.name}==${metadata.version} --hash=sha256:${download_info.archive_info.hashes.sha256}`,
  )
  await writeFile(join(folder, 'lock.txt'), `${lines.join('\n')}\n`)
}

const UV: Habits = {
  add: ({ run }, requirements) => run('add', '--no-progress', ...requirements),
  frozen: ({ run }) => run('sync', '--frozen', '--no-progress'),
  files: (index) => ({
    'pyproject.toml': `${PYPROJECT}\n[[tool.uv.index]]\nname = "gateway"\nurl = "${index}"\ndefault = true\n`,
  }),
  environment: (folder) => ({
    UV_CACHE_DIR: join(folder, '.cache'),
    XDG_CONFIG_HOME: join(folder, '.home'),
    UV_PYTHON_DOWNLOADS: 'never',
    NO_COLOR: '1',
  }),
}

const POETRY: Habits = {
  add: ({ run }, requirements) => run('add', '--no-ansi', '--no-interaction', ...requirements),
  frozen: ({ run }) => run('install', '--no-root', '--no-ansi', '--no-interaction'),
  files: (index) => ({
    'pyproject.toml': `${PYPROJECT}\n[tool.poetry]\npackage-mode = false\n\n[[tool.poetry.source]]\nname = "gateway"\nurl = "${index}"\npriority = "primary"\n`,
  }),
  environment: (folder) => ({
    POETRY_CACHE_DIR: join(folder, '.cache'),
    POETRY_CONFIG_DIR: join(folder, '.home'),
    POETRY_VIRTUALENVS_IN_PROJECT: 'true',
    PYTHON_KEYRING_BACKEND: 'keyring.backends.null.Keyring',
  }),
}

const PDM: Habits = {
  add: ({ run }, requirements) => run('add', '--no-self', ...requirements),
  frozen: ({ run }) => run('sync', '--no-self'),
  files: (index) => ({
    'pyproject.toml': `${PYPROJECT}\n[tool.pdm]\ndistribution = false\n\n[[tool.pdm.source]]\nname = "pypi"\nurl = "${index}"\n`,
  }),
  environment: (folder) => ({
    PDM_CACHE_DIR: join(folder, '.cache'),
    PDM_CHECK_UPDATE: 'false',
    PDM_IGNORE_STORED_INDEX: '1',
    PDM_NON_INTERACTIVE: '1',
    XDG_CONFIG_HOME: join(folder, '.home'),
    XDG_DATA_HOME: join(folder, '.home'),
    NO_COLOR: '1',
  }),
}

const PYPROJECT = `[project]
name = "project"
version = "1.0.0"
requires-python = ">=3.11,<4"
dependencies = []
`

const HABITS: Readonly<Record<string, Habits>> = {
  pip: PIP,
  'pip-machine': PIP,
  uv: UV,
  poetry: POETRY,
  pdm: PDM,
}

/** `index` is a simple index with `/` at its end. */
export async function createPypiProject(client: Client, index: string): Promise<PypiProject> {
  const habits = HABITS[client.name]
  if (habits === undefined) throw new Error(`${client.name} is no Python installer`)
  const folder = await mkdtemp(join(tmpdir(), `sallyport-${client.name}-`))
  await mkdir(join(folder, '.home'))
  for (const [name, text] of Object.entries(habits.files(index))) await writeFile(join(folder, name), text)
  const environment = {
    PATH: process.env['PATH'] ?? '',
    ...trustedCertificates(),
    HOME: join(folder, '.home'),
    // Wide enough that no reason is broken over two lines.
    COLUMNS: '400',
    PYTHONDONTWRITEBYTECODE: '1',
    ...habits.environment(folder, index),
  }
  const run = async (...args: string[]): Promise<Ran> => {
    const [program = '', ...first] = client.command
    const { exitCode, all } = await execa(program, [...first, ...args], {
      cwd: folder,
      env: environment,
      extendEnv: false,
      reject: false,
      all: true,
      stdin: 'ignore',
      timeout: RUN_LIMIT_MS,
    })
    return { code: exitCode ?? -1, output: all }
  }
  const place: Place = { folder, index, python: join(folder, '.venv/bin/python'), run }
  const clean = async () => {
    for (const name of ['.cache', '.venv']) await rm(join(folder, name), { recursive: true, force: true })
    await emptyEnvironment(join(folder, '.venv'))
  }
  await clean()
  return {
    folder,
    run,
    clean,
    add: (...requirements) => habits.add(place, requirements),
    async frozen() {
      await clean()
      return habits.frozen(place)
    },
    installed: (name) => installedVersion(folder, name),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

let template: Promise<string> | undefined

/** Copies one environment that was made once; making each anew would cost more than the tests. */
async function emptyEnvironment(folder: string): Promise<void> {
  template ??= makeTemplate()
  await cp(await template, folder, { recursive: true, verbatimSymlinks: true })
}

async function makeTemplate(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sallyport-venv-'))
  await execa('python3', ['-m', 'venv', '--without-pip', folder])
  process.once('exit', () => void rm(folder, { recursive: true, force: true }))
  return folder
}

/** From the `<name>-<version>.dist-info` folder that every installer leaves. */
async function installedVersion(folder: string, name: string): Promise<string | undefined> {
  const lib = join(folder, '.venv/lib')
  const [python] = await readdir(lib).catch(() => [])
  if (python === undefined) return undefined
  const names = await readdir(join(lib, python, 'site-packages'))
  const wanted = name.replace(/[-_.]+/g, '_').toLowerCase()
  const info = names.find(
    (one) =>
      one.endsWith('.dist-info') &&
      one
        .replace(/-[^-]+\.dist-info$/, '')
        .replace(/[-_.]+/g, '_')
        .toLowerCase() === wanted,
  )
  return info === undefined ? undefined : /-([^-]+)\.dist-info$/.exec(info)?.[1]
}
