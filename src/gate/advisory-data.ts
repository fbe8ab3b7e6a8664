// What the doors ask of advisories: entries by package from the embedded records and the ledger, cached until a feed changes.
import { LRUCache } from 'lru-cache'
import type { MalwareFeed } from '../advisories/malware-feed.ts'
import { newestEntries } from '../advisories/match.ts'
import { type AdvisoryEntry, advisoryName, type StaleFeed } from '../model/advisory.ts'
import type { PurlType } from '../model/claim.ts'
import type { AdvisoryChanges } from '../storage/advisories-store.ts'
import type { Ledger } from '../storage/ledger.ts'

export interface AdvisoryData {
  /** Changes when anything that names one of these packages does; of a whole kind of package without names. */
  revisionOf(type: PurlType, names?: readonly string[]): string
  /** In force, of any release; a withdrawn record has removed what it withdraws. */
  entriesOf(type: PurlType, names: readonly string[]): Promise<readonly AdvisoryEntry[]>
  /** Entries of malware records that name these very bytes. */
  entriesOfDigest(sha256: string): Promise<readonly AdvisoryEntry[]>
  /** Those of every release of a repository, for a whole index; see `entriesOf`. */
  entriesOfReleases(type: PurlType, releases: readonly string[]): Promise<readonly AdvisoryEntry[]>
  /** Feeds about this kind of package that are older than allowed. */
  staleFeeds(type: PurlType): readonly StaleFeed[]
  /** Updates such feeds before something is decided; waits a bounded time and never throws. */
  ensureFresh(type: PurlType): Promise<void>
  /** Whether a feed other than the embedded records may name this kind of package. */
  answersFor(type: PurlType): boolean
  /** Whether questions about vulnerabilities are answered here, passed on, or cannot be answered before a feed is read. */
  audits(type: PurlType): 'answered' | 'passed' | 'unread'
  /** What changed in the ledger is void in memory. */
  apply(changes: AdvisoryChanges): void
}

/** How feeds stand; see feeds.ts. Without any configured nothing is ever stale. */
export interface FeedFreshness {
  readonly staleFeeds: (type: PurlType) => readonly StaleFeed[]
  readonly ensureFresh: (type: PurlType) => Promise<void>
  readonly answersFor: (type: PurlType) => boolean
  readonly audits: (type: PurlType) => 'answered' | 'passed' | 'unread'
}

export const NO_FEEDS: FeedFreshness = {
  staleFeeds: () => [],
  ensureFresh: async () => {},
  answersFor: () => false,
  audits: () => 'passed',
}

const REMEMBERED_ENTRIES = 50_000
/** Packages whose revision differs from that of their kind; beyond this the kind's own grows and they are forgotten. */
const REMEMBERED_REVISIONS = 50_000

export function createAdvisoryData(parts: {
  readonly ledger: Pick<Ledger, 'advisories'>
  readonly feed: MalwareFeed
  readonly freshness: () => FeedFreshness
}): AdvisoryData {
  const { ledger, feed } = parts
  const entries = new LRUCache<string, { readonly value: readonly AdvisoryEntry[] }>({
    maxSize: REMEMBERED_ENTRIES,
    sizeCalculation: ({ value }) => 1 + value.length,
    maxEntrySize: REMEMBERED_ENTRIES,
  })
  const ofPackage = new Map<string, number>()
  const ofType = new Map<PurlType, number>()
  let all = 0
  let count = 0

  async function load(type: PurlType, name: string): Promise<readonly AdvisoryEntry[]> {
    const key = `${type} ${name}`
    const known = entries.get(key)
    if (known !== undefined) return known.value
    const before = count
    const stored = await ledger.advisories.entriesOf(type, [name])
    const value = await merge(feed.entriesOf(type, name), stored)
    if (before === count) entries.set(key, { value })
    return value
  }

  /** A feed may withdraw an embedded record, and name no package any more when it does. */
  async function merge(
    embedded: readonly AdvisoryEntry[],
    stored: readonly AdvisoryEntry[],
  ): Promise<readonly AdvisoryEntry[]> {
    if (embedded.length === 0) return newestEntries(stored)
    const unseen = embedded.filter(({ id }) => !stored.some((one) => one.id === id))
    const elsewhere = await Promise.all(unseen.map(({ id }) => ledger.advisories.entriesOfAdvisory(id)))
    const asked = new Set([...embedded, ...stored])
    return newestEntries(embedded, stored, elsewhere.flat()).filter((entry) => asked.has(entry))
  }

  return {
    revisionOf(type, names) {
      const own = names?.map((name) => ofPackage.get(`${type} ${advisoryName(type, name)}`) ?? 0).join('.')
      return `${feed.revision}.${all}.${names === undefined ? (ofType.get(type) ?? 0) : own}`
    },
    async entriesOf(type, names) {
      const [first, ...more] = [...new Set(names.map((name) => advisoryName(type, name)))]
      if (first === undefined) return []
      const found = await load(type, first)
      if (more.length === 0) return found
      const others = await Promise.all(more.map((name) => load(type, name)))
      return [...found, ...others.flat()]
    },
    async entriesOfDigest(sha256) {
      return merge(feed.entriesOfDigest(sha256), await ledger.advisories.entriesOfDigest(sha256))
    },
    async entriesOfReleases(type, releases) {
      return newestEntries(await ledger.advisories.entriesOfReleases(type, releases))
    },
    staleFeeds: (type) => parts.freshness().staleFeeds(type),
    ensureFresh: (type) => parts.freshness().ensureFresh(type),
    answersFor: (type) => parts.freshness().answersFor(type),
    audits: (type) => parts.freshness().audits(type),
    apply({ everything, touched }) {
      count += 1
      if (everything || ofPackage.size + touched.length > REMEMBERED_REVISIONS) {
        all = count
        ofPackage.clear()
        ofType.clear()
        entries.clear()
        return
      }
      for (const { type, name } of touched) {
        ofPackage.set(`${type} ${name}`, count)
        ofType.set(type, count)
        entries.delete(`${type} ${name}`)
      }
    },
  }
}
