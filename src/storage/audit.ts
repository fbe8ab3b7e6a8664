// The contract of the audit log: entries that are only ever appended, each carrying the hash of the one before.
import type { JsonObject } from '../model/claim.ts'

/** What somebody did, before it has a place in the chain. */
export interface AuditFact {
  /** ISO 8601, by the clock of whoever wrote it. */
  readonly at: string
  /** `gateway`, `examination`, `cli:alice`, `token:ci`, ... */
  readonly actor: string
  /** `decided`, `waived`, `token-created`, `published`, ...: docs/audit.md lists them. */
  readonly action: string
  /** What it was done to: a package URL, a digest, a repository, a token. */
  readonly subject: string
  /** Secrets are redacted before it is hashed. */
  readonly details: JsonObject
}

export interface AuditEntry extends AuditFact {
  /** 1, 2, 3, ... without a gap. */
  readonly sequence: number
  /** Hash of the entry before; 64 zeros for the first. */
  readonly previous: string
  /** Lower-case hex SHA-256 over all the above. */
  readonly hash: string
}

/** A signed statement of where the chain stood: what was cut off behind it, or rewritten before it, shows. */
export interface AuditCheckpoint {
  readonly sequence: number
  readonly hash: string
  /** ISO 8601. */
  readonly at: string
  /** SPKI of the Ed25519 key, base64. */
  readonly publicKey: string
  /** Base64. */
  readonly signature: string
}

export interface AuditFilter {
  /** Only entries behind this sequence. */
  readonly after?: number
  readonly action?: string
  readonly actor?: string
  readonly subject?: string
  /** ISO 8601, inclusive. */
  readonly since?: string
  readonly until?: string
  /** Default 1000. */
  readonly limit?: number
  /** Newest first instead of in order. */
  readonly newestFirst?: boolean
}

/** A second place that has to take an entry before it counts. Called inside the transaction that appends. */
export interface AuditCopy {
  /** `entriesAfter` gives what the ledger already holds. Throws AUDIT_FAILED when it cannot be written. */
  write(
    entries: readonly AuditEntry[],
    entriesAfter: (sequence: number) => Promise<readonly AuditEntry[]>,
  ): Promise<void>
  /** Throws AUDIT_FAILED when it could not be written. */
  check(): void
}

export interface AuditStore {
  /** All or nothing, in this order. Throws AUDIT_FAILED or LEDGER_FAILED. */
  append(facts: readonly AuditFact[]): Promise<readonly AuditEntry[]>
  entries(filter: AuditFilter): Promise<readonly AuditEntry[]>
  last(): Promise<AuditEntry | undefined>
  addCheckpoint(checkpoint: AuditCheckpoint): Promise<void>
  /** In order. */
  checkpoints(): Promise<readonly AuditCheckpoint[]>
  /** From now on every entry goes to this place as well, or is not written at all. */
  copyTo(copy: AuditCopy): void
  /** Throws the failure of the last append until one succeeds; tries one itself then. */
  check(now: Date): Promise<void>
}
