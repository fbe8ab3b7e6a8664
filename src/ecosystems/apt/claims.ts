// From stanzas to claims.
import type { ArtifactClaim } from '../../model/claim.ts'
import type { IndexDocument, IndexSet } from '../../model/index-set.ts'
import type { ReadContext } from '../ecosystem.ts'
import { sourceFacts } from '../same-source.ts'
import { readPackagesFile } from './packages-file.ts'
import { invalid } from './release.ts'
import { ARCHIVE_KEY } from './requests.ts'
import { claimedPath, type StanzaTable } from './stanza-table.ts'
import type { StanzaFields } from './stanzas.ts'

/** What all claims of a set have in common. */
export interface ClaimOrigin {
  readonly repository: string
  /** Base of the upstream that the set was read from. */
  readonly base: string
  /** Facts that the same-source rule reads. */
  readonly sourceFacts: ReturnType<typeof sourceFacts>
}

export function originOf(index: IndexSet, { settings }: Pick<ReadContext, 'settings'>): ClaimOrigin {
  const upstream = index.facts['upstream']
  return {
    repository: settings.name,
    base: typeof upstream === 'string' ? upstream : (settings.upstreams[0] ?? ''),
    sourceFacts: sourceFacts(settings.options),
  }
}

/**
 * Every stanza of every Packages file, made anew at each iteration. The same .deb listed twice with other digests is refused while
 * it is read.
 */
export async function readArchiveClaims(
  index: IndexSet,
  context: ReadContext,
): Promise<Iterable<ArtifactClaim>> {
  const origin = originOf(index, context)
  const files: { name: string; stanzas: StanzaTable }[] = []
  for (const document of index.documents.filter(isPackages)) {
    const { stanzas } = await readPackagesFile(document, context)
    files.push({ name: document.name, stanzas })
  }
  return { [Symbol.iterator]: () => claimsOf(files, origin) }
}

function* claimsOf(
  files: readonly { readonly name: string; readonly stanzas: StanzaTable }[],
  origin: ClaimOrigin,
): Generator<ArtifactClaim> {
  const seen = new Map<string, string>()
  for (const { name, stanzas } of files)
    for (let at = 0; at < stanzas.count; at += 1) {
      const fields = stanzas.fieldsOf(at)
      const path = claimedPath(fields)
      const known = seen.get(path)
      if (known !== undefined && known !== fields.SHA256)
        throw invalid(name, `promises other bytes of ${path} than another stanza`)
      if (known !== undefined) continue
      seen.set(path, fields.SHA256)
      yield claimOf(fields, origin)
    }
}

export function isPackages({ name }: IndexDocument): boolean {
  return /(?:^| |\/)Packages(?:\.[a-z0-9]+)?$/.test(name)
}

/** The claim of one stanza; its path is the stanza's Filename without a leading `./`. */
export function claimOf(fields: StanzaFields, origin: ClaimOrigin): ArtifactClaim {
  const path = claimedPath(fields)
  return {
    repository: origin.repository,
    type: 'deb',
    name: fields.Package,
    version: fields.Version,
    path,
    indexKey: ARCHIVE_KEY,
    url: `${origin.base}/${encodePath(path)}`,
    digests: { sha256: fields.SHA256 },
    sizeBytes: fields.Size,
    facts: {
      architecture: fields.Architecture,
      ...sourceOf(fields),
      ...origin.sourceFacts,
    },
  }
}

function encodePath(path: string): string {
  return /^[\w./~-]+$/.test(path) ? path : path.split('/').map(encodeURIComponent).join('/')
}

/** `Source` is left out when it is the package itself, and its version when it is the package's. */
function sourceOf({ Package, Version, Source }: StanzaFields): { source: string; sourceVersion: string } {
  if (Source === undefined) return { source: Package, sourceVersion: Version }
  const [, source = Source, sourceVersion = Version] = /^(\S+)(?:\s+\(([^)]+)\))?$/.exec(Source) ?? []
  return { source, sourceVersion }
}
