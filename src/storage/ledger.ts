// The contract of the ledger: claims, artifacts, evidence, verdict history, downloads, index sets, generations.
import type { ArtifactClaim, PurlType } from '../model/claim.ts'
import type { Evidence } from '../model/evidence.ts'
import type { IndexSet } from '../model/index-set.ts'
import type { Verdict } from '../model/verdict.ts'
import type { AdvisoriesStore } from './advisories-store.ts'
import type { AuditStore } from './audit.ts'
import type { DeliveryStore } from './deliveries.ts'
import type { RecallStore } from './recalls.ts'
import type { RequestStore } from './requests.ts'
import type { TokenStore } from './tokens.ts'
import type { WaiverStore } from './waivers.ts'

/** What is known of one claimed artifact: the claim, the bytes it turned out to be, and the newest verdict. */
export interface ClaimState {
  readonly claim: ArtifactClaim
  /** Digest of the bytes once fetched under exactly this claim. */
  readonly sha256?: string
  readonly sizeBytes?: number
  readonly verdict?: RecordedVerdict
}

export interface RecordedVerdict extends Verdict {
  readonly sha256: string
  /** Key of the evidence it was derived from. */
  readonly examinationKey: string
  /** ISO 8601. */
  readonly decidedAt: string
  /** `examination`, `policy`, `rescan`, `advisory` or a person's name. */
  readonly actor: string
}

export interface VerdictEntry extends RecordedVerdict {
  /** Grows with every entry. */
  readonly number: number
  readonly repository: string
  readonly type: PurlType
  readonly path: string
  readonly name: string
  readonly version: string
}

export interface Download {
  readonly repository: string
  readonly path: string
  readonly sha256: string
  /** ISO 8601. */
  readonly at: string
  readonly tokenLabel?: string
  readonly clientAddress: string
  readonly userAgent: string
  readonly status: number
}

/** A download that failed to be approved: kept so that retries are bounded and `explain` can tell. */
export interface Attempt {
  readonly repository: string
  readonly path: string
  readonly at: string
  readonly code: string
  readonly message: string
}

export interface ClaimChanges {
  readonly added: number
  readonly changed: number
  readonly removed: number
}

export interface Generation {
  readonly repository: string
  readonly key: string
  readonly number: number
  /** ISO 8601. */
  readonly createdAt: string
  /** Request path to blob. */
  readonly documents: Readonly<
    Record<string, { readonly sha256: string; readonly sizeBytes: number; readonly contentType: string }>
  >
  /** Digest over the upstream set and the policy it was rendered from. */
  readonly inputKey: string
  /** ISO 8601: until when its signed documents are valid; absent when they do not expire. */
  readonly validUntil?: string
}

export interface Ledger {
  readonly advisories: AdvisoriesStore
  /**
   * Makes the claims of one index set exactly these, writing only what differs (compare by fingerprint), in one
   * transaction. A claim whose digests changed keeps its history, and its artifact link is cut (`sha256` undefined again),
   * but `formerSha256` still tells the old bytes.
   */
  replaceClaims(repository: string, indexKey: string, claims: Iterable<ArtifactClaim>): Promise<ClaimChanges>
  claim(repository: string, path: string): Promise<ClaimState | undefined>
  /** All of one index set, with their state; in no order. */
  claimsOf(repository: string, indexKey: string): Promise<readonly ClaimState[]>
  /** Only those of one index set that have a verdict: what a lazy index must consult. */
  decidedClaimsOf(repository: string, indexKey: string): Promise<readonly ClaimState[]>
  /**
   * Other bytes once seen, the first ones, under the same path of the same repository. Not in others: two distributions, or two
   * architectures in apk, build the same name and version into different bytes.
   */
  formerSha256(claim: ArtifactClaim): Promise<string | undefined>

  /** Links a claim to the bytes that were fetched and matched it. Refuses (CLAIM_MISMATCH) when the claim changed meanwhile. */
  linkArtifact(claim: ArtifactClaim, sha256: string, sizeBytes: number): Promise<void>
  /** The newest on these bytes, or with a key the one that was kept under it: each claim on the same bytes has its own. */
  evidence(sha256: string, type: string, examinationKey?: string): Promise<Evidence | undefined>
  /**
   * Evidence and verdict in one transaction, so that no verdict stands without its facts: an approval without evidence on record
   * is refused (INTERNAL). A verdict made without bytes has an empty `sha256`: it joins the history, the claim keeps the one on its
   * bytes. One that repeats the newest of its path, but for the time, is not written again.
   */
  recordVerdict(claim: ArtifactClaim, evidence: Evidence | undefined, verdict: RecordedVerdict): Promise<void>
  verdictHistory(repository: string, path: string): Promise<readonly RecordedVerdict[]>
  /** The newest of each path, newest first; a hundred unless told. */
  verdicts(filter: {
    readonly repository?: string
    readonly type?: string
    readonly name?: string
    readonly version?: string
    readonly sha256?: string
    readonly outcome?: string
    /** One of these. */
    readonly outcomes?: readonly string[]
    /** Only entries with a smaller number: the next page. */
    readonly before?: number
    readonly limit?: number
  }): Promise<readonly VerdictEntry[]>
  /** Newest approved version of a package other than this one, by decision time, with its evidence. */
  lastApproved(
    repository: string,
    name: string,
    exceptVersion: string,
  ): Promise<{ version: string; evidence: Evidence } | undefined>

  recordAttempt(attempt: Attempt): Promise<void>
  attempts(repository: string, path: string): Promise<readonly Attempt[]>
  recordDownloads(downloads: readonly Download[]): Promise<void>
  downloads(filter: {
    readonly sha256?: string
    readonly repository?: string
    readonly path?: string
    readonly limit?: number
  }): Promise<readonly Download[]>

  indexSet(repository: string, key: string): Promise<{ set: IndexSet; fetchedAt: string } | undefined>
  putIndexSet(repository: string, set: IndexSet, fetchedAt: string): Promise<void>
  /**
   * With `drop`, exactly these older numbers go and let go of their blobs; without, all but the newest twenty. False when the ledger
   * has one with that number or a later one already: another gateway was faster, and nothing is written.
   */
  putGeneration(generation: Generation, drop?: readonly number[]): Promise<boolean>
  /** Newest first. */
  generations(repository: string, key: string, limit?: number): Promise<readonly Generation[]>

  readonly requests: RequestStore
  readonly recalls: RecallStore
  readonly deliveries: DeliveryStore

  /** Whether any claim, index set or generation still points at the blob. */
  isReferenced(sha256: string): Promise<boolean>
  /** Grows with every recorded verdict, claim change and revision bump made through any connection. */
  revision(): Promise<number>
  setting(key: string): Promise<string | undefined>
  putSetting(key: string, value: string): Promise<void>
  /** Who did what; entries of verdicts and generations are appended with them. */
  readonly audit: AuditStore
  readonly tokens: TokenStore
  readonly waivers: WaiverStore
  check(): Promise<void>
  close(): Promise<void>
}
