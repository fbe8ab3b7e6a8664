// Where a repository lies: the configured addresses, or the mirrors that a metalink or mirror list names.
import { createHash } from 'node:crypto'
import type { LoadContext } from '../ecosystem.ts'
import { invalid } from './invalid.ts'
import { childOf, parseXml, type XmlElement } from './xml.ts'

export interface UpstreamBases {
  /** Without trailing slash, in the order in which they are tried. */
  readonly bases: readonly string[]
  /** SHA-256 of the repomd.xml files that a metalink knows; absent when nobody says. */
  readonly repomd?: ReadonlySet<string>
}

const REPOMD_PATH = '/repodata/repomd.xml'
const MAX_LIST_BYTES = 4 * 1024 * 1024
const MOST_MIRRORS = 20

/**
 * With `options.mirrors`, each configured address is that of a list. The mirror that was good last time comes first: the addresses of
 * all packages change with it. Throws UPSTREAM_INVALID for a list that cannot be read or names no mirror.
 */
export async function upstreamBases(context: LoadContext): Promise<UpstreamBases> {
  const { upstreams, options } = context.settings
  const kind = options['mirrors']
  if (kind !== 'metalink' && kind !== 'mirrorlist') return { bases: upstreams }
  const text = await fetchList(upstreams, context)
  const found = kind === 'metalink' ? parseMetalink(text) : { bases: parseMirrorList(text) }
  if (found.bases.length === 0) throw invalid('the mirror list', 'names no mirror')
  const last = context.former?.facts['upstream']
  const isFormer = (base: string) => base === last
  return {
    ...found,
    bases: [...found.bases.filter(isFormer), ...found.bases.filter((base) => !isFormer(base))].slice(
      0,
      MOST_MIRRORS,
    ),
  }
}

async function fetchList(upstreams: readonly string[], { fetch, open }: LoadContext): Promise<string> {
  for (const [at, url] of upstreams.entries()) {
    const document = await fetch('mirrors', url, { maxBytes: MAX_LIST_BYTES }).catch((thrown) => {
      if (at === upstreams.length - 1) throw thrown
    })
    if (document !== undefined) return Buffer.from(await open(document)).toString('utf8')
  }
  throw invalid('the mirror list', 'is not there')
}

/** One address a line; `#` begins a comment. */
function parseMirrorList(text: string): string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .flatMap(baseOf)
}

/** Metalink 3 as Fedora's mirror manager writes it: `mm0:alternates` are former versions that mirrors may still have. */
function parseMetalink(text: string): UpstreamBases {
  const root = parseXml(text, 'the metalink')
  const file = childOf(root, 'files')?.children.find(({ attributes }) => attributes['name'] === 'repomd.xml')
  if (root.name !== 'metalink' || file === undefined) throw invalid('the metalink', 'is about no repomd.xml')
  const alternates = childOf(file, 'alternates')?.children ?? []
  const repomd = new Set([file, ...alternates].flatMap(sha256Of))
  if (repomd.size === 0) throw invalid('the metalink', 'has no sha256 of repomd.xml')
  const resources = (childOf(file, 'resources')?.children ?? []).filter(({ name }) => name === 'url')
  const byPreference = [...resources].sort((a, b) => preferenceOf(b) - preferenceOf(a))
  const bases = byPreference.flatMap(({ text: address }) =>
    address.trim().endsWith(REPOMD_PATH) ? baseOf(address.trim().slice(0, -REPOMD_PATH.length)) : [],
  )
  return { bases, repomd }
}

function sha256Of(element: XmlElement): string[] {
  return (childOf(element, 'verification')?.children ?? [])
    .filter(({ attributes }) => attributes['type'] === 'sha256')
    .map(({ text }) => text.trim().toLowerCase())
}

function preferenceOf({ attributes }: XmlElement): number {
  return Number(attributes['preference'] ?? 0) || 0
}

/** Nothing but http and https; which hosts may be asked, the upstream client decides. */
function baseOf(address: string): string[] {
  return /^https?:\/\/[^\s?#]+$/i.test(address) ? [address.replace(/\/+$/, '')] : []
}

/** Throws UPSTREAM_INVALID when a metalink knows another repomd.xml than this one. */
export function checkAgainstMetalink(bytes: Uint8Array, { repomd }: UpstreamBases, base: string): void {
  if (repomd === undefined || repomd.has(createHash('sha256').update(bytes).digest('hex'))) return
  throw invalid('repomd.xml', `of ${base} is none that the metalink knows`)
}
