// The contract of recalls: approvals that were taken back, and whether they were given again.
import type { PurlType } from '../model/claim.ts'
import type { Reason } from '../model/verdict.ts'

export interface Recall {
  readonly repository: string
  readonly path: string
  readonly type: PurlType
  readonly name: string
  readonly version: string
  readonly sha256: string
  /** ISO 8601: when the approval was taken back. */
  readonly at: string
  readonly outcome: 'held' | 'blocked'
  readonly reasons: readonly Reason[]
  /** ISO 8601: when it was given again; absent while the recall stands. */
  readonly restoredAt?: string
}

export interface RecallStore {
  /** Returns whether it is new: a recall of these bytes that already stands is not written again. */
  record(recall: Recall): Promise<boolean>
  /** Returns whether one stood. */
  restore(repository: string, path: string, at: string): Promise<boolean>
  /** Newest first. `mentions` looks for an advisory or a rule in the reasons. */
  list(filter: {
    readonly type?: string
    readonly name?: string
    readonly version?: string
    readonly mentions?: string
    readonly limit?: number
  }): Promise<readonly Recall[]>
}
