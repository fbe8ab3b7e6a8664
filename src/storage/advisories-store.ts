// The contract of the ledger's advisories: records by package, scores by CVE, the state of each feed, and what changed.
import type { AdvisoryEntry, AdvisoryRecord } from '../model/advisory.ts'
import type { PurlType } from '../model/claim.ts'

export interface FeedCounts {
  /** In force: neither withdrawn nor of an ecosystem that is not served. */
  readonly records: number
  readonly withdrawn: number
  readonly foreign: number
  readonly broken: number
  /** The first twenty, each `where: why`. */
  readonly brokenExamples: readonly string[]
}

export interface FeedState extends FeedCounts {
  readonly name: string
  /** `osv`, `kev`, `epss` or `own`. */
  readonly kind: string
  readonly source: string
  /** Kinds of package that its records are about; empty before the first import. */
  readonly types: readonly PurlType[]
  /** Those of them of which it knows vulnerabilities, not only malware. */
  readonly audits: readonly PurlType[]
  /** ISO 8601, our clock: when the source last answered with all it has. */
  readonly checkedAt?: string
  /** ISO 8601: when records last changed here. */
  readonly importedAt?: string
  /** ISO 8601: what the source says of its own age (a file's time). */
  readonly sourceTime?: string
  /** ISO 8601: last import of the whole, not of changes. */
  readonly wholeAt?: string
  /** Where increments go on from: the feed's own word. */
  readonly cursor?: string
  readonly lastError?: { readonly at: string; readonly message: string }
}

/** How an import ends. */
export interface FeedOutcome
  extends FeedCounts,
    Pick<FeedState, 'kind' | 'source' | 'types' | 'audits' | 'sourceTime' | 'cursor'> {
  /** ISO 8601. */
  readonly at: string
}

export interface TouchedPackage {
  readonly type: PurlType
  readonly name: string
}

/** Where a claim is: what an examination is asked by. */
export interface ClaimPlace {
  readonly repository: string
  readonly path: string
}

export interface AdvisoryChanges {
  /** Number of the last change; 0 when there was none. */
  readonly serial: number
  /** So many packages changed that they are not listed, or the changes asked for are no longer kept. */
  readonly everything: boolean
  readonly touched: readonly TouchedPackage[]
}

/**
 * One import under way. Nothing of it is seen before `finish`; until then, and for ever when it is abandoned or the process dies,
 * the feed answers as before.
 */
export interface FeedImport {
  /** Writes what differs from what the feed has; of several records with one id the newest counts. */
  add(records: readonly AdvisoryRecord[]): Promise<void>
  /** What `finish` would change. */
  readonly differences: { readonly added: number; readonly changed: number }
  /**
   * Switches to the new records at once. `whole`: what was not added is gone from the feed. Counts of an import that is not
   * whole are of this import alone, and the feed's totals are counted anew.
   */
  finish(outcome: FeedOutcome, whole: boolean): Promise<{ removed: number; changes: AdvisoryChanges }>
  abandon(): Promise<void>
}

export interface AdvisoriesStore {
  feeds(): Promise<readonly FeedState[]>
  /** Throws BUSY while another import of the feed is under way. */
  beginImport(feed: string): Promise<FeedImport>
  /** Makes the known exploited CVE ids, or the probabilities of exploitation, exactly these, in one transaction. */
  replaceScores(
    feed: string,
    scores: ReadonlyMap<string, number>,
    outcome: FeedOutcome,
  ): Promise<AdvisoryChanges>
  /** The source was asked and has nothing new. */
  feedUnchanged(feed: string, at: string, cursor?: string): Promise<void>
  feedFailed(feed: string, kind: string, source: string, at: string, message: string): Promise<void>
  /** Forgets a feed and its records. */
  dropFeed(feed: string): Promise<AdvisoryChanges>
  /** Entries that name any of the packages, withdrawn ones too, with scores. Names as `advisoryName` spells them. */
  entriesOf(type: PurlType, names: readonly string[]): Promise<readonly AdvisoryEntry[]>
  /** Every entry of these releases (`Debian:12`) and those of every release. */
  entriesOfReleases(type: PurlType, releases: readonly string[]): Promise<readonly AdvisoryEntry[]>
  /** Entries of records under this id or alias. */
  entriesOfAdvisory(id: string): Promise<readonly AdvisoryEntry[]>
  /** Entries of malware records that name these very bytes. */
  entriesOfDigest(sha256: string): Promise<readonly AdvisoryEntry[]>
  /** Number of the last change; cheap enough to ask twice a second. */
  serial(): Promise<number>
  changesSince(serial: number): Promise<AdvisoryChanges>
  /** Claims with a verdict that these packages name, as binary or as source. */
  decidedPlaces(touched: readonly TouchedPackage[]): Promise<readonly ClaimPlace[]>
}
