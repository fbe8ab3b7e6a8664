// What the doors tell the world outside: log lines, metrics, alarms. The doors decide nothing by it.
import type { ArtifactClaim } from '../model/claim.ts'
import type { GatewayError } from '../model/errors.ts'
import type { IndexSet } from '../model/index-set.ts'
import type { Verdict } from '../model/verdict.ts'
import type { ClaimChanges } from '../storage/ledger.ts'
import type { TakenBack } from './drift/recalls.ts'
import type { FeedUpdate } from './feed-run.ts'

export interface GateEvents {
  /** One line a decision. `milliseconds` from the first request to the verdict. */
  decided(claim: ArtifactClaim, sha256: string, verdict: Verdict, milliseconds: number): void
  indexRead(repository: string, set: IndexSet, changes: ClaimChanges | undefined, milliseconds: number): void
  /** A new generation is served from now on. */
  published?(repository: string, key: string, number: number, withheld: number, milliseconds: number): void
  /** An approval was taken back, and who had been given the bytes. Once for each recall. */
  revoked?(taken: TakenBack): void
  /** What was taken back is approved again. */
  restored?(claim: ArtifactClaim, sha256: string, verdict: Verdict): void
  /** An upstream index could not be refreshed; the last good one serves on. */
  refreshFailed(repository: string, key: string, error: GatewayError): void
  /** An artifact could not be examined; nothing was served. */
  examinationFailed(claim: ArtifactClaim, error: GatewayError): void
}

/** How a feed of advisories stands. */
export interface FeedStatus {
  readonly name: string
  readonly kind: string
  readonly source: string
  readonly records: number
  readonly withdrawn: number
  readonly broken: number
  /** Milliseconds; absent: it was never imported. */
  readonly ageMs?: number
  readonly maxAgeMs: number
  readonly stale: boolean
  readonly onStale: 'hold' | 'allow'
  readonly lastError?: { readonly at: string; readonly message: string }
}

export interface FeedEvents {
  updated(update: FeedUpdate, milliseconds: number): void
  /** Told once each time a feed becomes stale, and once when it no longer is. */
  staleness(feed: FeedStatus): void
  /** A feed that is configured no more is forgotten with its records. */
  dropped(feed: string): void
  failed(error: GatewayError): void
}
