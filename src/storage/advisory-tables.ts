// The advisory tables as Kysely sees them.
import type { Generated } from 'kysely'

export interface AdvisoryFeedsTable {
  name: string
  kind: string
  source: string
  /** JSON list of package types. */
  types: string
  /** JSON list of those of them with vulnerabilities. */
  audits: string
  checked_at: string | null
  imported_at: string | null
  source_time: string | null
  whole_at: string | null
  cursor: string | null
  failed_at: string | null
  failure: string | null
  records: Generated<number>
  withdrawn: Generated<number>
  foreign_records: Generated<number>
  broken: Generated<number>
  /** JSON list of texts. */
  broken_examples: string
  /** Number of the last finished import: rows of a later one are not seen yet. */
  epoch: Generated<number>
  /** Who imports, and until when (milliseconds since the epoch) that is believed. */
  lease: string | null
  lease_until: number | null
}

/** A record counts from the import `since` on, up to but not including `until`. */
export interface AdvisoriesTable {
  number: number
  feed: string
  id: string
  since: number
  until: number | null
  fingerprint: string
  modified: string
  withdrawn: number
  /** JSON of AdvisoryFacts. */
  body: string
}

export interface AdvisoryPackagesTable {
  advisory: number
  type: string
  name: string
  release: string
  /** JSON of names, ranges and versions. */
  body: string
}

export interface AdvisoryKeysTable {
  /** An alias, or the SHA-256 of an artifact. */
  key: string
  advisory: number
}

export interface AdvisoryScoresTable {
  cve: string
  kev: number | null
  epss: number | null
}

export interface AdvisoryChangesTable {
  serial: Generated<number>
  feed: string
  at: string
  everything: number
  /** JSON list of [type, name]. */
  touched: string
}

export interface AdvisoryTables {
  advisory_feeds: AdvisoryFeedsTable
  advisories: AdvisoriesTable
  advisory_packages: AdvisoryPackagesTable
  advisory_keys: AdvisoryKeysTable
  advisory_scores: AdvisoryScoresTable
  advisory_changes: AdvisoryChangesTable
}
