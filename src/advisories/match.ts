// Which of the entries that name a package name this very version: pure, and the same in the gateway and in every worker.
import { type AdvisoryEntry, rpmSource, type VulnerabilityRecord } from '../model/advisory.ts'
import type { ArtifactClaim, PurlType } from '../model/claim.ts'
import type { MalwareRecord } from '../model/malware.ts'
import { fixAfter, isInRanges, isListed, isWholePackage, type VersionOrder } from './affected-versions.ts'
import { isOfRelease } from './distributions.ts'

export type VersionOrders = Readonly<Record<PurlType, VersionOrder>>

/** What of a claim is matched. */
export type MatchedClaim = Pick<ArtifactClaim, 'type' | 'name' | 'version' | 'digests' | 'facts'>

/** A package name with the version that belongs to it: a binary and its source may differ in both. */
export interface NamedVersion {
  readonly name: string
  readonly version: string
  readonly kind: 'binary' | 'source'
}

/** Under which names feeds may know a claim. */
export function namedVersions({
  type,
  name,
  version,
  facts,
}: Pick<MatchedClaim, 'type' | 'name' | 'version' | 'facts'>): readonly NamedVersion[] {
  const binary = { name, version, kind: 'binary' } as const
  if (type === 'npm' || type === 'pypi') return [binary]
  const source = sourceOf(type, version, facts)
  return source === undefined ? [binary, { ...binary, kind: 'source' }] : [binary, source]
}

function sourceOf(type: PurlType, version: string, facts: MatchedClaim['facts']): NamedVersion | undefined {
  const { source, sourceVersion } = facts
  if (type !== 'rpm')
    return typeof source === 'string'
      ? { name: source, version: typeof sourceVersion === 'string' ? sourceVersion : version, kind: 'source' }
      : undefined
  const file = rpmSource(source)
  if (file === undefined) return undefined
  // The file name of a source has no epoch; its binaries have the source's unless they set their own.
  const [epoch = ''] = /^\d+:/.exec(version) ?? []
  return { name: file.name, version: `${epoch}${file.version}`, kind: 'source' }
}

export interface Matches {
  readonly malware: readonly MalwareRecord[]
  readonly vulnerabilities: readonly VulnerabilityRecord[]
}

const NOTHING: Matches = { malware: [], vulnerabilities: [] }

/**
 * `entries` may name other packages as well. `releases` are those that the repository serves (`Debian:12`); records of another
 * one do not count, and without any only records about every release do.
 */
export function matchEntries(
  entries: readonly AdvisoryEntry[],
  claim: MatchedClaim,
  orders: VersionOrders,
  releases: readonly string[] = [],
): Matches {
  if (entries.length === 0) return NOTHING
  const known = remembered.get(entries) ?? new Map<string, Matches>()
  const key = keyOf(claim, releases)
  const found = known.get(key)
  if (found !== undefined) return found
  const matches = match(entries, claim, orders[claim.type], releases)
  if (known.size >= MOST_REMEMBERED) known.clear()
  remembered.set(entries, known.set(key, matches))
  return matches
}

/** Entries of a package are one list until a feed changes them; a client asks for the same versions all day. */
const remembered = new WeakMap<readonly AdvisoryEntry[], Map<string, Matches>>()
const MOST_REMEMBERED = 1000

function keyOf({ name, version, digests, facts }: MatchedClaim, releases: readonly string[]): string {
  const { source, sourceVersion } = facts
  return [name, version, digests.sha256, source, sourceVersion, ...releases].join('\0')
}

function match(
  entries: readonly AdvisoryEntry[],
  claim: MatchedClaim,
  order: VersionOrder,
  releases: readonly string[],
): Matches {
  const versions = namedVersions(claim)
  const malware = new Map<string, MalwareRecord>()
  const vulnerabilities = new Map<string, VulnerabilityRecord>()
  for (const entry of entries) {
    const version = namedBy(entry, claim, versions, order, releases)
    if (version === undefined) continue
    if (entry.kind === 'vulnerability') vulnerabilities.set(entry.id, vulnerabilityOf(entry, version, order))
    else malware.set(entry.id, malwareOf(entry))
  }
  return { malware: [...malware.values()], vulnerabilities: [...vulnerabilities.values()] }
}

/** The version under which the entry names the claim; undefined when it does not. */
function namedBy(
  entry: AdvisoryEntry,
  { type, digests }: MatchedClaim,
  versions: readonly NamedVersion[],
  order: VersionOrder,
  releases: readonly string[],
): string | undefined {
  if (entry.withdrawn || entry.type !== type || !isOfReleases(entry, releases)) return undefined
  const { sha256 } = digests
  if (sha256 !== undefined && entry.digests?.includes(sha256)) return versions[0]?.version ?? ''
  return versions.find(
    ({ name, version, kind }) =>
      name === entry.name &&
      (entry.names === 'either' || kind === 'source') &&
      isAffected(entry, version, order),
  )?.version
}

function isOfReleases({ release }: AdvisoryEntry, releases: readonly string[]): boolean {
  return release === '' || releases.some((one) => isOfRelease(release, one))
}

export function isAffected(
  { ranges, versions }: Pick<AdvisoryEntry, 'ranges' | 'versions'>,
  version: string,
  order: VersionOrder,
): boolean {
  return isWholePackage(ranges) || isInRanges(order, version, ranges) || isListed(order, version, versions)
}

function vulnerabilityOf(entry: AdvisoryEntry, version: string, order: VersionOrder): VulnerabilityRecord {
  const { id, aliases, summary, severity, score, epss, kev } = entry
  const fixed = fixAfter(order, version, entry.ranges)
  return {
    id,
    aliases,
    summary,
    kev: kev === true,
    ...(severity === undefined ? {} : { severity }),
    ...(score === undefined ? {} : { score }),
    ...(epss === undefined ? {} : { epss }),
    ...(fixed === undefined ? {} : { fixed }),
  }
}

export function malwareOf({ id, kind, summary, source, ranges }: AdvisoryEntry): MalwareRecord {
  return {
    id,
    kind: kind === 'vulnerability' ? 'malware' : kind,
    summary,
    source,
    wholePackage: isWholePackage(ranges),
  }
}

/** Of entries from several feeds, with one id, only the newest count; so a feed can withdraw what another one says. */
export function newestEntries(...feeds: readonly (readonly AdvisoryEntry[])[]): readonly AdvisoryEntry[] {
  const filled = feeds.filter((entries) => entries.length > 0)
  const all = filled.length === 1 ? (filled[0] ?? []) : filled.flat()
  const newest = new Map<string, string>()
  for (const { id, modified } of all) if ((newest.get(id) ?? '') <= modified) newest.set(id, modified)
  return all.filter(({ id, modified, withdrawn }) => !withdrawn && newest.get(id) === modified)
}
