// The tables of the ledger as Kysely sees them. JSON is text, times are ISO 8601 text, flags are 0 and 1: the same in SQLite and PostgreSQL.
import type { Generated } from 'kysely'
import type { AdvisoryTables } from './advisory-tables.ts'
import type { DeliveriesTable, RecallsTable, RefusalsTable } from './tables-drift.ts'

export interface ClaimsTable {
  id: Generated<number>
  repository: string
  path: string
  index_key: string
  type: string
  name: string
  version: string
  url: string
  /** JSON of Digests. */
  digests: string
  claimed_bytes: number | null
  published_at: string | null
  /** JSON object. */
  facts: string
  /** SHA-256 over the whole claim: equal fingerprints need no write. */
  fingerprint: string
  /** The bytes that were fetched and matched; null until then, and again when the digests change. */
  sha256: string | null
  size_bytes: number | null
  /** Newest verdict on exactly these bytes under this path. */
  verdict_id: number | null
}

/** Every pairing of a claim with bytes that was ever made; never removed, so that swapped bytes are noticed later. */
export interface ArtifactsTable {
  id: Generated<number>
  repository: string
  path: string
  type: string
  name: string
  version: string
  sha256: string
  size_bytes: number
  /** JSON of the digests that the claim promised then. */
  digests: string
  linked_at: string
}

export interface EvidenceTable {
  id: Generated<number>
  sha256: string
  type: string
  examination_key: string
  examined_at: string
  /** JSON of Evidence. */
  body: string
}

export interface VerdictsTable {
  id: Generated<number>
  repository: string
  path: string
  type: string
  name: string
  version: string
  sha256: string
  outcome: string
  /** JSON of reasons and of warnings. */
  reasons: string
  warnings: string
  reconsider_at: string | null
  policy: string
  examination_key: string
  decided_at: string
  actor: string
  /** 1 for the newest verdict of a path, whatever its bytes were. */
  newest: number
}

export interface DownloadsTable {
  id: Generated<number>
  repository: string
  path: string
  sha256: string
  at: string
  token_label: string | null
  client_address: string
  user_agent: string
  status: number
}

export interface AttemptsTable {
  id: Generated<number>
  repository: string
  path: string
  at: string
  code: string
  message: string
}

export interface IndexSetsTable {
  repository: string
  key: string
  fetched_at: string
  /** JSON of IndexSet. */
  body: string
}

export interface GenerationsTable {
  repository: string
  key: string
  number: number
  created_at: string
  input_key: string
  /** JSON: request path to blob. */
  documents: string
  valid_until: string | null
}

/** Which blobs an index set (number 0) or a generation holds on to. */
export interface DocumentBlobsTable {
  repository: string
  key: string
  number: number
  sha256: string
}

export interface SettingsTable {
  key: string
  value: string
}

/** The audit log, see storage/audit.ts. */
export interface AuditTable {
  sequence: number
  at: string
  actor: string
  action: string
  subject: string
  /** JSON object, as it was hashed. */
  details: string
  previous: string
  hash: string
}

export interface AuditCheckpointsTable {
  sequence: number
  hash: string
  at: string
  public_key: string
  signature: string
}

export interface WaiversTable {
  id: string
  effect: string
  name: string | null
  created_at: string
  /** JSON of Waiver. */
  body: string
  ended_at: string | null
  ended_by: string | null
  end_reason: string | null
  /** Grows with every change of the table. */
  changed: number
}

export interface TokensTable {
  id: string
  label: string
  role: string
  /** JSON list of globs. */
  repositories: string
  secret_sha256: string
  created_at: string
  created_by: string
  expires_at: string | null
  revoked_at: string | null
  /** Grows with every change of the table. */
  changed: number
}

/** One row: grows with every change that makes a cached answer stale. */
export interface RevisionTable {
  id: number
  value: number
}

export interface Tables extends AdvisoryTables {
  claims: ClaimsTable
  artifacts: ArtifactsTable
  evidence: EvidenceTable
  verdicts: VerdictsTable
  downloads: DownloadsTable
  attempts: AttemptsTable
  index_sets: IndexSetsTable
  generations: GenerationsTable
  document_blobs: DocumentBlobsTable
  settings: SettingsTable
  tokens: TokensTable
  waivers: WaiversTable
  audit: AuditTable
  audit_checkpoints: AuditCheckpointsTable
  revision: RevisionTable
  refusals: RefusalsTable
  recalls: RecallsTable
  deliveries: DeliveriesTable
}
