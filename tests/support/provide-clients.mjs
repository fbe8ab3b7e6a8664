// Installs the package managers under test, at pinned versions, into a git-ignored cache.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const LIST = new URL('../clients/clients.json', import.meta.url)
const CACHE = fileURLToPath(new URL('../.cache/clients/', import.meta.url))
const INSTALL_LIMIT_MS = 600_000

/**
 * Clients of `clients/clients.json`: name, registry (npm, pypi or machine), package, version, entry or module, and `also`: requirements
 * that its own leave too open.
 */
export function listedClients() {
  return JSON.parse(readFileSync(LIST, 'utf8'))
}

/** Folder of an installed client; it exists only when the installation is complete. */
export function clientFolder({ name, version }) {
  return join(CACHE, `${name}-${version}`)
}

/** Program and first arguments that run the client, or undefined when it is not there. */
export function clientCommand(client) {
  if (client.registry === 'machine') return onPath(client.command)
  const folder = clientFolder(client)
  if (!existsSync(folder)) return undefined
  if (client.registry === 'pypi') return [join(folder, 'bin', 'python'), '-m', client.module]
  const entry = join(folder, 'node_modules', client.entry)
  return /\.[mc]?js$/.test(entry) ? [process.execPath, entry] : [entry]
}

/** Installs what is absent, two at a time; returns what is still missing, each with the reason. */
export async function provideClients() {
  const absent = listedClients().filter((client) => clientCommand(client) === undefined)
  const missing = []
  const work = absent.values()
  const worker = async () => {
    for (const client of work) {
      const why = client.registry === 'machine' ? 'it is not in PATH' : await install(client)
      if (why !== undefined) missing.push({ name: client.name, why })
    }
  }
  await Promise.all([worker(), worker()])
  return missing
}

/** Installs into a temporary folder and renames it, so that two runs at once do no harm. Returns what went wrong. */
async function install(client) {
  if (process.platform !== 'linux') return 'only pinned for Linux'
  mkdirSync(CACHE, { recursive: true })
  const folder = mkdtempSync(join(CACHE, '.new-'))
  console.log(`with-clients: installing ${client.package} ${client.version}`)
  try {
    for (const [command, ...args] of installSteps(client, folder)) await succeed(command, args, folder)
    if (!existsSync(clientFolder(client))) renameSync(folder, clientFolder(client))
    return undefined
  } catch (error) {
    return error.message
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function installSteps(client, folder) {
  const spec =
    client.registry === 'npm' ? `${client.package}@${client.version}` : `${client.package}==${client.version}`
  if (client.registry === 'npm')
    return [
      [
        'npm',
        'install',
        '--prefix',
        folder,
        '--no-save',
        '--no-package-lock',
        '--ignore-scripts',
        '--no-audit',
        '--no-fund',
        spec,
      ],
    ]
  return [
    ['python3', '-m', 'venv', folder],
    [
      join(folder, 'bin', 'python'),
      '-m',
      'pip',
      'install',
      '--quiet',
      '--disable-pip-version-check',
      spec,
      ...(client.also ?? []),
    ],
  ]
}

function succeed(command, args, cwd) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: INSTALL_LIMIT_MS,
    })
    let said = ''
    child.stderr.on('data', (chunk) => {
      said = (said + chunk).slice(-2000)
    })
    child.on('error', reject)
    child.on('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(lastLine(said) ?? `${command} failed`)),
    )
  })
}

function lastLine(text) {
  return text.trim().split('\n').at(-1) || undefined
}

function onPath(command) {
  const found = (process.env.PATH ?? '').split(':').find((folder) => existsSync(join(folder, command)))
  return found === undefined ? undefined : [join(found, command)]
}
