// YUM's repositories: sections of .repo files with a base URL and local keys (dnf.conf(5)).
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Note, RepositoryConfig } from '../config.ts'
import { type Discovery, listFiles, type Machine, readSettings, readText } from '../machine.ts'
import { upstreamFromUrl } from '../upstreams.ts'
import { parseIni } from './ini.ts'

const RPM_ARCHITECTURES: Readonly<Record<string, string>> = {
  x64: 'x86_64',
  ia32: 'i386',
  arm64: 'aarch64',
  ppc64: 'ppc64le',
  s390x: 's390x',
}

interface RepoSection {
  readonly id: string
  readonly fields: ReadonlyMap<string, string>
  readonly origin: string
}

export async function discoverYum(machine: Machine): Promise<Discovery> {
  const variables = variablesOf(machine)
  const sections = readSections(machine).filter(
    ({ fields }) => !/^(0|no|false)$/i.test(fields.get('enabled') ?? '1'),
  )
  const results = sections.map((section) => repositoryOf(section, variables, machine))
  return {
    repositories: results.flatMap((one) => ('repository' in one ? [one.repository] : [])),
    notes: results.flatMap((one) => one.notes),
  }
}

function readSections({ root }: Machine): readonly RepoSection[] {
  return listFiles(join(root, 'etc', 'yum.repos.d'), '.repo').flatMap((file) => {
    const sections = Map.groupBy(parseIni(readSettings(file) ?? ''), ({ section }) => section)
    return [...sections].map(([id, entries]) => ({
      id,
      fields: new Map(entries.map(({ key, value }) => [key.toLowerCase(), value])),
      origin: `${file} [${id}]`,
    }))
  })
}

type Result = { repository: RepositoryConfig; notes: readonly Note[] } | { notes: readonly Note[] }

function repositoryOf({ id, fields, origin }: RepoSection, variables: Variables, machine: Machine): Result {
  const bases = listOf(fields.get('baseurl'), variables).filter(
    (url) => /^https?:\/\//.test(url) && URL.canParse(url),
  )
  if (bases.some(machine.isOwn)) return { notes: [] }
  if (bases.length === 0)
    return ignored(origin, 'it has no http or https baseurl; give one mirror as upstream')
  const keys = listOf(fields.get('gpgkey'), variables)
  const local = keys.flatMap((key) =>
    key.startsWith('file:') ? [join(machine.root, new URL(key).pathname)] : [],
  )
  const missing = local.filter((file) => !existsSync(file))
  if (missing.length > 0) return ignored(origin, `its key ${missing.join(', ')} is missing`)
  if (local.length === 0)
    return ignored(origin, 'no local key verifies it; save its gpgkey as a file and name that')
  const signsMetadata = /^(1|yes|true|on)$/i.test(fields.get('repo_gpgcheck') ?? '')
  const name =
    id
      .toLowerCase()
      .replace(/[^a-z0-9._-]+/g, '-')
      .replace(/^[^a-z0-9]+/, '') || 'yum'
  const repository: RepositoryConfig = {
    name,
    type: 'rpm',
    mount: `/${name}/`,
    upstreams: bases.map((url) => upstreamFromUrl(url, origin)),
    reserved: [],
    // gpgkey signs packages; it signs the metadata only where repo_gpgcheck says so.
    options: { privateUpstreams: [], vendorKeys: local, ...(signsMetadata ? { keys: local } : {}) },
    origin,
  }
  const text = `${repository.upstreams.map(({ url }) => url).join(' ')} from ${origin}, served at ${repository.mount}`
  return { repository, notes: [{ about: 'yum', kind: 'found', text }] }
}

function ignored(origin: string, why: string): Result {
  return { notes: [{ about: 'yum', kind: 'ignored', text: `${origin}: ${why}` }] }
}

type Variables = ReadonlyMap<string, string>

/** `$releasever`, `$basearch` and what the vars folders define. */
function variablesOf({ root, architecture }: Machine): Variables {
  const release = /^VERSION_ID="?([0-9]+)/m.exec(readText(join(root, 'etc', 'os-release')) ?? '')?.[1]
  const files = ['etc/yum/vars', 'etc/dnf/vars'].flatMap((folder) => listFiles(join(root, folder), ''))
  return new Map([
    ['basearch', RPM_ARCHITECTURES[architecture] ?? architecture],
    ...(release === undefined ? [] : [['releasever', release] as const]),
    ...files.map((file) => [file.slice(file.lastIndexOf('/') + 1), (readText(file) ?? '').trim()] as const),
  ])
}

function listOf(value: string | undefined, variables: Variables): readonly string[] {
  return (value ?? '')
    .replace(/\$\{?([A-Za-z0-9_]+)\}?/g, (written, name: string) => variables.get(name) ?? written)
    .split(/[\s,]+/)
    .filter((part) => part !== '')
}
