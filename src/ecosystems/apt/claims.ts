// From stanzas to claims.
import type { ArtifactClaim } from '../../model/claim.ts'
import type { IndexSet } from '../../model/index-set.ts'
import type { ReadContext } from '../ecosystem.ts'
import { sourceFacts } from '../same-source.ts'
import { isListing, readListing } from './listing.ts'
import { invalid } from './release.ts'
import { ARCHIVE_KEY } from './requests.ts'
import type { StanzaTable } from './stanza-table.ts'
import type { ClaimedFile } from './stanzas.ts'

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
 * What every stanza of every Packages and Sources file promises, made anew at each iteration. The same file listed twice with other digests is refused while
 * it is read.
 */
export async function readArchiveClaims(
  index: IndexSet,
  context: ReadContext,
): Promise<Iterable<ArtifactClaim>> {
  const origin = originOf(index, context)
  const files: { name: string; stanzas: StanzaTable }[] = []
  for (const document of index.documents.filter(isListing)) {
    const { stanzas } = await readListing(document, context)
    files.push({ name: document.name, stanzas })
  }
  return { [Symbol.iterator]: () => claimsOf(files, origin) }
}

function* claimsOf(
  listings: readonly { readonly name: string; readonly stanzas: StanzaTable }[],
  origin: ClaimOrigin,
): Generator<ArtifactClaim> {
  const seen = new Map<string, string>()
  for (const { name, stanzas } of listings)
    for (let at = 0; at < stanzas.count; at += 1)
      for (const file of stanzas.filesOf(at)) {
        const { path, sha256 } = file
        const known = seen.get(path)
        if (known !== undefined && known !== sha256)
          throw invalid(name, `promises other bytes of ${path} than another stanza`)
        if (known !== undefined) continue
        seen.set(path, sha256)
        yield claimOf(file, origin)
      }
}

/** The claim of one file of a stanza. */
export function claimOf(file: ClaimedFile, origin: ClaimOrigin): ArtifactClaim {
  const { name, version, path, sha256, sizeBytes, architecture, source, sourceVersion } = file
  return {
    repository: origin.repository,
    type: 'deb',
    name,
    version,
    path,
    indexKey: ARCHIVE_KEY,
    url: `${origin.base}/${encodePath(path)}`,
    digests: { sha256 },
    sizeBytes,
    facts: { architecture, source, sourceVersion, ...origin.sourceFacts },
  }
}

function encodePath(path: string): string {
  return /^[\w./~-]+$/.test(path) ? path : path.split('/').map(encodeURIComponent).join('/')
}
