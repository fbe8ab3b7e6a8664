// The contract of recorded requests: who was given which bytes, who was refused them, and what all asked for.
import type { VerdictEntry } from './ledger.ts'

export interface RefusedRequest {
  readonly repository: string
  readonly path: string
  /** ISO 8601. */
  readonly at: string
  readonly outcome: 'held' | 'blocked'
  /** Rule of the heaviest reason. */
  readonly rule: string
  readonly tokenLabel?: string
  readonly clientAddress: string
  readonly userAgent: string
}

/** One artifact that somebody asked for in a span of time. */
export interface RequestedArtifact {
  readonly repository: string
  readonly path: string
  readonly served: number
  readonly refused: number
  /** ISO 8601. */
  readonly lastAt: string
}

/** One client and the bytes it was given. */
export interface Recipient {
  readonly clientAddress: string
  readonly tokenLabel?: string
  readonly userAgent: string
  readonly downloads: number
  /** ISO 8601. */
  readonly firstAt: string
  readonly lastAt: string
}

export interface ServedArtifact {
  readonly repository: string
  readonly path: string
  readonly name: string
  readonly version: string
  readonly sha256: string
}

export interface RequestStore {
  recordRefusals(refusals: readonly RefusedRequest[]): Promise<void>
  /** Newest first. */
  refusals(filter: {
    readonly repository?: string
    readonly path?: string
    readonly limit?: number
  }): Promise<readonly RefusedRequest[]>
  /** Everything that was asked for since then, most wanted first. */
  requestedSince(since: string): Promise<readonly RequestedArtifact[]>
  /** Everybody who was given these bytes under this path, first come first. */
  recipientsOf(repository: string, path: string, sha256: string): Promise<readonly Recipient[]>
  /** Artifacts of a package that were given to anybody, listed by an index today or not. */
  served(filter: {
    readonly type: string
    readonly name: string
    readonly version?: string
  }): Promise<readonly ServedArtifact[]>
  /** Versions of a package that were given to anybody. */
  servedVersions(repository: string, name: string): Promise<readonly string[]>
  /** Verdicts recorded after this one, by whatever process, oldest first, with the number to ask from next. */
  verdictsAfter(id: number): Promise<{ readonly id: number; readonly entries: readonly VerdictEntry[] }>
  /** Number of the newest verdict. */
  newestVerdictId(): Promise<number>
  /** Newest verdicts whose bytes are known, in the order in which they were made, after this number. */
  decided(after: number, limit: number): Promise<readonly (VerdictEntry & { readonly id: number })[]>
  /** Forgets refusals older than this. */
  dropRefusals(before: string): Promise<void>
}
