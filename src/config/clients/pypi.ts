// PyPI's index: what pip and uv are set to, then the default that is built into the installed pip.
import { join } from 'node:path'
import { parse } from 'smol-toml'
import type { UpstreamConfig } from '../config.ts'
import { type Discovery, type Machine, readSettings } from '../machine.ts'
import { upstreamFromUrl } from '../upstreams.ts'
import { parseIni } from './ini.ts'

interface IndexSetting {
  readonly url: string
  readonly origin: string
  /** An index that is asked besides the main one. */
  readonly extra: boolean
}

const ASK_PIP = ['-c', 'from pip._internal.models.index import PyPI; print(PyPI.simple_url)']

/** The PyPI repository of this machine: one main index, and extra ones as private upstreams after it. */
export async function discoverPypi(machine: Machine): Promise<Discovery> {
  const settings = [
    ...pipEnvironment(machine),
    ...uvEnvironment(machine),
    ...pipFiles(machine),
    ...uvFiles(machine),
  ].filter(({ url }) => /^https?:\/\//.test(url) && URL.canParse(url) && !machine.isOwn(url))
  const main = settings.find(({ extra }) => !extra) ?? (await builtInDefault(machine))
  if (main === undefined) {
    const text =
      'no index in any pip or uv setting, and no pip that could tell its default; give repositories[].upstreams'
    return { repositories: [], notes: [{ about: 'pypi', kind: 'missing', text }] }
  }
  const upstreams = [main, ...settings.filter(({ extra }) => extra)]
    .map(({ url, origin, extra }) => upstreamFromUrl(url, origin, { private: extra }))
    .filter(({ url }, index, all) => all.findIndex((one) => one.url === url) === index)
  return {
    repositories: [
      {
        name: 'pypi',
        type: 'pypi',
        mount: '/pypi/',
        upstreams,
        reserved: [],
        options: { privateUpstreams: upstreams.filter((one) => one.private).map(({ url }) => url) },
        origin: main.origin,
      },
    ],
    notes: upstreams.map(noteOf),
  }
}

function noteOf({ url, origin, authorization }: UpstreamConfig) {
  const text = `${url} from ${origin}${authorization === undefined ? '' : ', with credentials'}`
  return { about: 'pypi', kind: 'found', text } as const
}

function pipEnvironment({ environment }: Machine): readonly IndexSetting[] {
  return [
    ...indexes(environment['PIP_INDEX_URL'], 'environment PIP_INDEX_URL', false),
    ...indexes(environment['PIP_EXTRA_INDEX_URL'], 'environment PIP_EXTRA_INDEX_URL', true),
  ]
}

function uvEnvironment({ environment }: Machine): readonly IndexSetting[] {
  return [
    ...indexes(environment['UV_DEFAULT_INDEX'], 'environment UV_DEFAULT_INDEX', false),
    ...indexes(environment['UV_INDEX_URL'], 'environment UV_INDEX_URL', false),
    ...indexes(environment['UV_INDEX'], 'environment UV_INDEX', true),
    ...indexes(environment['UV_EXTRA_INDEX_URL'], 'environment UV_EXTRA_INDEX_URL', true),
  ]
}

/** One URL or several between white space; uv lets each be named: `name=https://...`. */
function indexes(value: string | undefined, origin: string, extra: boolean): readonly IndexSetting[] {
  return (value ?? '')
    .split(/\s+/)
    .filter((part) => part !== '')
    .map((part) => ({ url: part.replace(/^[A-Za-z0-9._-]+=(?=https?:)/, ''), origin, extra }))
}

/** User before global: the nearer file wins in pip. PIP_CONFIG_FILE is read last in pip and so wins over both. */
function pipFiles({ environment, home, root }: Machine): readonly IndexSetting[] {
  const named = environment['PIP_CONFIG_FILE']
  const xdg = environment['XDG_CONFIG_HOME'] ?? join(home, '.config')
  const files = [
    ...(named === undefined || named === '' ? [] : [named]),
    ...(environment['VIRTUAL_ENV'] === undefined ? [] : [join(environment['VIRTUAL_ENV'], 'pip.conf')]),
    join(xdg, 'pip', 'pip.conf'),
    join(home, '.pip', 'pip.conf'),
    join(root, 'etc', 'pip.conf'),
    join(root, 'etc', 'xdg', 'pip', 'pip.conf'),
  ]
  return files.flatMap((file) =>
    parseIni(readSettings(file) ?? '')
      .filter(({ section }) => section === 'global' || section === 'install')
      .flatMap(({ key, value, line }) => {
        const origin = `${file} line ${line}`
        if (key.replaceAll('_', '-') === 'index-url') return indexes(value, origin, false)
        return key.replaceAll('_', '-') === 'extra-index-url' ? indexes(value, origin, true) : []
      }),
  )
}

function uvFiles({ environment, home, root }: Machine): readonly IndexSetting[] {
  const xdg = environment['XDG_CONFIG_HOME'] ?? join(home, '.config')
  const files = [
    ...(environment['UV_CONFIG_FILE'] === undefined ? [] : [environment['UV_CONFIG_FILE']]),
    join(xdg, 'uv', 'uv.toml'),
    join(root, 'etc', 'uv', 'uv.toml'),
  ]
  return files.flatMap((file) => uvIndexes(file, readSettings(file)))
}

function uvIndexes(file: string, text: string | undefined): readonly IndexSetting[] {
  if (text === undefined) return []
  let document: Record<string, unknown>
  try {
    document = parse(text)
  } catch {
    // uv itself refuses the file, so nothing on this machine uses it.
    return []
  }
  const pip = isTable(document['pip']) ? document['pip'] : {}
  const listed = Array.isArray(document['index']) ? document['index'].filter(isTable) : []
  return [
    ...listed.flatMap((table) => indexes(textOf(table['url']), file, table['default'] !== true)),
    ...indexes(textOf(document['index-url']) ?? textOf(pip['index-url']), file, false),
  ]
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

async function builtInDefault({ run, isOwn }: Machine): Promise<IndexSetting | undefined> {
  const url = (await run('python3', ASK_PIP)) ?? (await run('python', ASK_PIP))
  if (url === undefined || !URL.canParse(url) || isOwn(url)) return undefined
  return { url, origin: "pip's built-in default", extra: false }
}
