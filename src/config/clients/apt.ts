// APT's archives: deb822 .sources files and one-line .list files, each with the keys that verify it (sources.list(5)).
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Note, RepositoryConfig } from '../config.ts'
import { type Discovery, listFiles, type Machine, readSettings } from '../machine.ts'
import { upstreamFromUrl } from '../upstreams.ts'
import { type AptSource, parseDeb822, parseOneLine } from './apt-sources.ts'

const DEB_ARCHITECTURES: Readonly<Record<string, string>> = {
  x64: 'amd64',
  ia32: 'i386',
  arm64: 'arm64',
  arm: 'armhf',
  ppc64: 'ppc64el',
  s390x: 's390x',
  riscv64: 'riscv64',
}

/** One repository for each archive; its suites and components together. */
export async function discoverApt(machine: Machine): Promise<Discovery> {
  const sources = readSources(machine).filter(({ uris }) => !uris.some(machine.isOwn))
  const checked = sources.map((source) => withKeyrings(source, machine))
  const notes = checked.flatMap(({ source, problem }): Note[] =>
    problem === undefined
      ? []
      : [
          {
            about: 'apt',
            kind: 'ignored',
            text: `${source.uris.join(' ')} from ${source.origin}: ${problem}`,
          },
        ],
  )
  const usable = checked.filter(({ problem }) => problem === undefined).map(({ source }) => source)
  const archives = [...Map.groupBy(usable, ({ uris }) => uris[0]?.replace(/\/+$/, '') ?? '').values()]
  const repositories = nameArchives(archives.map((archive) => repositoryOf(archive, machine)))
  const found = repositories.map(
    ({ upstreams, options, origin, mount }): Note => ({
      about: 'apt',
      kind: 'found',
      text: `${upstreams.map(({ url }) => url).join(' ')} (${options.suites?.join(', ')}) from ${origin}, served at ${mount}`,
    }),
  )
  return { repositories, notes: [...found, ...notes] }
}

function readSources({ root }: Machine): readonly AptSource[] {
  const folder = join(root, 'etc', 'apt')
  const lists = [join(folder, 'sources.list'), ...listFiles(join(folder, 'sources.list.d'), '.list')]
  const stanzas = listFiles(join(folder, 'sources.list.d'), '.sources')
  return [
    ...lists.flatMap((file) => parseOneLine(readSettings(file) ?? '', file)),
    ...stanzas.flatMap((file) => parseDeb822(readSettings(file) ?? '', file)),
  ]
}

/** Without Signed-By, apt trusts every key of its trusted store for the archive, and so do we. */
function withKeyrings(source: AptSource, { root }: Machine): { source: AptSource; problem?: string } {
  if (source.uris.some((uri) => !/^https?:\/\//.test(uri) || !URL.canParse(uri))) {
    return { source, problem: 'only http and https archives are served' }
  }
  if (source.trusted)
    return {
      source,
      problem: 'it is marked trusted without a signature, and unsigned indexes are not served',
    }
  if (source.inlineKey)
    return { source, problem: 'its key stands inside the file; save it as a keyring and name that' }
  const trusted = join(root, 'etc', 'apt', 'trusted.gpg')
  const store = [trusted, ...listFiles(`${trusted}.d`, '.gpg', '.asc')].filter((file) => existsSync(file))
  const keyrings = source.keyrings.length > 0 ? source.keyrings.map((file) => join(root, file)) : store
  const missing = keyrings.filter((file) => !existsSync(file))
  if (missing.length > 0) return { source, problem: `its keyring ${missing.join(', ')} is missing` }
  if (keyrings.length === 0) return { source, problem: 'no key verifies it' }
  return { source: { ...source, keyrings } }
}

function repositoryOf(sources: readonly AptSource[], { architecture }: Machine): RepositoryConfig {
  const own = DEB_ARCHITECTURES[architecture] ?? 'amd64'
  const origin = unique(sources.map((one) => one.origin)).join(', ')
  const architectures = unique(sources.flatMap((one) => one.architectures))
  return {
    name: '',
    type: 'deb',
    mount: '',
    upstreams: unique(sources.flatMap(({ uris }) => uris.map((uri) => uri.replace(/\/+$/, '')))).map((uri) =>
      upstreamFromUrl(uri, origin),
    ),
    reserved: [],
    options: {
      privateUpstreams: [],
      suites: unique(sources.flatMap(({ suites }) => suites)),
      components: unique(sources.flatMap(({ components }) => components)),
      architectures: architectures.length > 0 ? architectures : [own],
      keyrings: unique(sources.flatMap(({ keyrings }) => keyrings)),
    },
    origin,
  }
}

// A last path part that says nothing about whose archive it is gets the owner's name before it.
const GENERIC_NAMES = new Set(['', 'apt', 'deb', 'repo', 'repos', 'stable', 'linux', 'packages'])

function nameArchives(repositories: readonly RepositoryConfig[]): readonly RepositoryConfig[] {
  const taken = new Set<string>()
  return repositories.map((repository) => {
    const base = archiveName(repository.upstreams[0]?.url ?? '')
    let name = base
    for (let number = 2; taken.has(name); number += 1) name = `${base}-${number}`
    taken.add(name)
    return { ...repository, name, mount: `/${name}/` }
  })
}

/** `debian`, `debian-security`, `vendor-apt`: the last part of the path, with the owner's domain label when it is generic. */
export function archiveName(text: string): string {
  const { hostname, pathname } = new URL(text)
  const last = pathname.split('/').findLast((part) => part !== '') ?? ''
  const owner = /^[\d.]+$|^\[/.test(hostname) ? '' : (hostname.split('.').at(-2) ?? hostname)
  const name = GENERIC_NAMES.has(last) ? [owner, last].filter((part) => part !== '').join('-') : last
  return (
    name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '') || 'apt'
  )
}

function unique(values: readonly string[]): readonly string[] {
  return [...new Set(values)]
}
