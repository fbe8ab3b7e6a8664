// npm's registry: environment, project, user and global .npmrc as npm reads them, then npm's own built-in default.

import { Buffer } from 'node:buffer'
import { join } from 'node:path'
import { Secret } from '../../model/secret.ts'
import type { RepositoryConfig, UpstreamConfig } from '../config.ts'
import { type Discovery, type Machine, readSettings } from '../machine.ts'
import { basicAuthorization, bearerAuthorization, upstreamFromUrl } from '../upstreams.ts'
import { parseIni } from './ini.ts'

interface Setting {
  readonly key: string
  readonly value: string
  readonly origin: string
}

// npm refuses one file in both places, so these are two that are not there.
const ASK_DEFAULT = [
  'config',
  'get',
  'registry',
  '--userconfig=/nonexistent/u',
  '--globalconfig=/nonexistent/g',
]

/** The npm repository this machine's npm is set to, scoped registries as private upstreams whose scope is reserved. */
export async function discoverNpm(machine: Machine): Promise<Discovery> {
  const settings = [...environmentSettings(machine), ...(await fileSettings(machine))]
  const main = settings.find(({ key, value }) => key === 'registry' && isUsable(value, machine))
  const found = main ?? (await builtInDefault(machine))
  if (found === undefined) {
    const text =
      'no registry in any .npmrc, and no npm that could tell its default; give repositories[].upstreams'
    return { repositories: [], notes: [{ about: 'npm', kind: 'missing', text }] }
  }
  const scopes = settings.filter(
    ({ key, value }) => /^@[^:]+:registry$/.test(key) && isUsable(value, machine),
  )
  const repository = repositoryOf(found, scopes, settings)
  const notes = repository.upstreams.map(
    ({ url, origin, authorization }) =>
      ({
        about: 'npm',
        kind: 'found',
        text: `${url} from ${origin}${authorization === undefined ? '' : ', with credentials'}`,
      }) as const,
  )
  return { repositories: [repository], notes }
}

function isUsable(value: string, { isOwn }: Machine): boolean {
  return /^https?:\/\//.test(value) && URL.canParse(value) && !isOwn(value)
}

function environmentSettings({ environment }: Machine): readonly Setting[] {
  return Object.entries(environment).flatMap(([name, value]) => {
    const key = /^npm_config_(.+)$/i.exec(name)?.[1]
    if (key === undefined || value === undefined || value === '') return []
    const isUrlKey = key.startsWith('//') || key.startsWith('@')
    return [{ key: isUrlKey ? key : key.toLowerCase(), value, origin: `environment ${name}` }]
  })
}

/** Project before user before global: npm's own order. */
async function fileSettings(machine: Machine): Promise<readonly Setting[]> {
  const { environment, cwd, home } = machine
  const user = variable(environment, 'npm_config_userconfig') ?? join(home, '.npmrc')
  const global =
    variable(environment, 'npm_config_globalconfig') ??
    (await machine.run('npm', ['config', 'get', 'globalconfig']))
  const files = [join(cwd, '.npmrc'), user, ...(global === undefined ? [] : [global])]
  return [...new Set(files)].flatMap((file) => settingsOfFile(file, machine))
}

function variable(environment: Machine['environment'], name: string): string | undefined {
  const value = environment[name] ?? environment[name.toUpperCase()]
  return value === '' ? undefined : value
}

function settingsOfFile(file: string, { environment }: Machine): readonly Setting[] {
  return parseIni(readSettings(file) ?? '').map(({ key, value, line }) => ({
    key,
    value: value.replace(/\$\{([^}?]+)\??\}/g, (written, name: string) => environment[name] ?? written),
    origin: `${file} line ${line}`,
  }))
}

async function builtInDefault(machine: Machine): Promise<Setting | undefined> {
  const value = await machine.run('npm', ASK_DEFAULT)
  if (value === undefined || !isUsable(value, machine)) return undefined
  return { key: 'registry', value, origin: "npm's built-in default" }
}

function repositoryOf(
  main: Setting,
  scopes: readonly Setting[],
  settings: readonly Setting[],
): RepositoryConfig {
  const first = upstreamOf(main, settings, false)
  const others = scopes
    .map((scope) => upstreamOf(scope, settings, true))
    .filter(({ url }) => url !== first.url)
  const upstreams = [first, ...others].filter(
    ({ url }, index, all) => all.findIndex((one) => one.url === url) === index,
  )
  const reserved = scopes
    .filter(({ value }) => upstreamFromUrl(value, '').url !== first.url)
    .map(({ key }) => `${key.slice(0, key.indexOf(':'))}/*`)
  const privateUpstreams = upstreams.filter((one) => one.private).map(({ url }) => url)
  return {
    name: 'npm',
    type: 'npm',
    mount: '/npm/',
    upstreams,
    reserved: [...new Set(reserved)],
    options: { privateUpstreams },
    origin: main.origin,
  }
}

function upstreamOf(
  { value, origin }: Setting,
  settings: readonly Setting[],
  isPrivate: boolean,
): UpstreamConfig {
  return upstreamFromUrl(value, origin, {
    private: isPrivate,
    authorization: credentialsFor(value, settings),
  })
}

/** npm keeps credentials under `//host/path/:`; the longest path that leads to the registry wins. */
function credentialsFor(registry: string, settings: readonly Setting[]): Secret | undefined {
  const { host, pathname } = new URL(registry)
  let path = pathname.endsWith('/') ? pathname : `${pathname}/`
  for (;;) {
    const found = credentialsUnder(`//${host}${path}`, settings)
    if (found !== undefined || path === '/') return found
    path = path.replace(/[^/]+\/$/, '')
  }
}

function credentialsUnder(prefix: string, settings: readonly Setting[]): Secret | undefined {
  const value = (name: string) =>
    settings.find(({ key }) => key === `${prefix}:${name}` || key === `${prefix.slice(0, -1)}:${name}`)?.value
  const token = value('_authToken')
  if (token !== undefined) return bearerAuthorization(token)
  const both = value('_auth')
  if (both !== undefined) return new Secret(`Basic ${both}`)
  const [username, password] = [value('username'), value('_password')]
  if (username === undefined || password === undefined) return undefined
  // npm keeps the password in base64.
  return basicAuthorization(username, Buffer.from(password, 'base64').toString('utf8'))
}
