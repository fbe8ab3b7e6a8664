// Advisory records as rows, and back.
import { hash } from 'node:crypto'
import type { Insertable, Selectable } from 'kysely'
import type { AdvisoryEntry, AdvisoryFacts, AdvisoryRecord, AffectedPackage } from '../model/advisory.ts'
import type { PurlType } from '../model/claim.ts'
import type { FeedState } from './advisories-store.ts'
import type { AdvisoriesTable, AdvisoryFeedsTable, AdvisoryPackagesTable } from './advisory-tables.ts'
import { type LedgerDatabase, readJson } from './ledger-database.ts'

export const ADVISORY_COLUMNS = [
  'number',
  'feed',
  'id',
  'since',
  'until',
  'fingerprint',
  'modified',
  'withdrawn',
  'body',
] as const satisfies readonly (keyof AdvisoriesTable)[]

export const PACKAGE_COLUMNS = [
  'advisory',
  'type',
  'name',
  'release',
  'body',
] as const satisfies readonly (keyof AdvisoryPackagesTable)[]

/** A record ready to be written: equal fingerprints need no write. */
export interface PreparedAdvisory {
  readonly id: string
  readonly modified: string
  readonly withdrawn: boolean
  readonly body: string
  readonly fingerprint: string
  readonly packages: readonly Omit<Insertable<AdvisoryPackagesTable>, 'advisory'>[]
  readonly keys: readonly string[]
}

type PackageBody = Pick<AffectedPackage, 'names' | 'ranges' | 'versions'>

export function prepareAdvisory({ affected, ...facts }: AdvisoryRecord): PreparedAdvisory {
  const body = JSON.stringify(facts)
  const packages = affected.map(({ type, name, release, names, ranges, versions }) => ({
    type,
    name,
    release,
    body: JSON.stringify({ names, ranges, versions } satisfies PackageBody),
  }))
  return {
    id: facts.id,
    modified: facts.modified,
    withdrawn: facts.withdrawn,
    body,
    fingerprint: hash('sha256', fingerprinted(body, packages), 'base64url').slice(0, 22),
    packages,
    keys: [...new Set([...facts.aliases, ...(facts.digests ?? [])])],
  }
}

/** Bodies are JSON, which has no NUL in it, and names are kept apart by it. */
function fingerprinted(body: string, packages: PreparedAdvisory['packages']): string {
  return [body, ...packages.flatMap((one) => [one.type, one.name, one.release, one.body])].join('\0')
}

export type EntryRow = Pick<Selectable<AdvisoryPackagesTable>, 'type' | 'name' | 'release'> & {
  readonly package_body: string
  readonly advisory_body: string
}

export function entryOf(db: LedgerDatabase, row: EntryRow): AdvisoryEntry {
  return {
    ...readJson<AdvisoryFacts>(db, row.advisory_body, 'advisories.body'),
    ...readJson<PackageBody>(db, row.package_body, 'advisory_packages.body'),
    type: row.type as PurlType,
    name: row.name,
    release: row.release,
  }
}

export function feedState(db: LedgerDatabase, row: Selectable<AdvisoryFeedsTable>): FeedState {
  return {
    name: row.name,
    kind: row.kind,
    source: row.source,
    types: readJson<PurlType[]>(db, row.types, 'advisory_feeds.types'),
    audits: readJson<PurlType[]>(db, row.audits, 'advisory_feeds.audits'),
    ...optional('checkedAt', row.checked_at),
    ...optional('importedAt', row.imported_at),
    ...optional('sourceTime', row.source_time),
    ...optional('wholeAt', row.whole_at),
    ...optional('cursor', row.cursor),
    ...(row.failed_at === null || row.failure === null
      ? {}
      : { lastError: { at: row.failed_at, message: row.failure } }),
    records: row.records,
    withdrawn: row.withdrawn,
    foreign: row.foreign_records,
    broken: row.broken,
    brokenExamples: readJson<string[]>(db, row.broken_examples, 'advisory_feeds.broken_examples'),
  }
}

function optional<K extends string>(key: K, value: string | null): { [key in K]?: string } {
  return value === null ? {} : ({ [key]: value } as { [key in K]?: string })
}
