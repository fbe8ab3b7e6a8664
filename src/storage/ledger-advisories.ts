// Advisories in the ledger: look-ups by package, CVE and digest, and the joined parts that import and track changes.
import type { AdvisoryEntry } from '../model/advisory.ts'
import type { AdvisoriesStore } from './advisories-store.ts'
import { type EntryRow, entryOf } from './advisory-rows.ts'
import { openAdvisoryChanges } from './ledger-advisory-changes.ts'
import { openAdvisoryFeeds } from './ledger-advisory-feeds.ts'
import { openAdvisoryImport } from './ledger-advisory-import.ts'
import { openAdvisoryScores } from './ledger-advisory-scores.ts'
import type { LedgerDatabase } from './ledger-database.ts'
import { prepareQuery } from './prepared-query.ts'

export function openAdvisories(db: LedgerDatabase): AdvisoriesStore {
  const queries = prepareQueries(db)
  const changes = openAdvisoryChanges(db)
  const scores = openAdvisoryScores(db, changes)

  const entries = async (rows: readonly EntryRow[]): Promise<readonly AdvisoryEntry[]> =>
    rows.length === 0 ? [] : scores.withScores(rows.map((row) => entryOf(db, row)))

  return {
    ...openAdvisoryFeeds(db, changes),
    beginImport: openAdvisoryImport(db, changes),
    replaceScores: scores.replaceScores,
    serial: changes.serial,
    changesSince: changes.changesSince,
    decidedPlaces: changes.decidedPlaces,
    async entriesOf(type, names) {
      const rows: EntryRow[] = []
      for (const name of new Set(names)) rows.push(...(await queries.ofPackage(db.read, { type, name })))
      return entries(rows)
    },
    async entriesOfReleases(type, releases) {
      const rows = await visible(db)
        .where('p.type', '=', type)
        .where((row) =>
          row.or([
            row('p.release', '=', ''),
            ...releases.flatMap((release) => [
              row('p.release', '=', release),
              row('p.release', 'like', `${release}:%`),
            ]),
          ]),
        )
        .execute()
      return entries(rows)
    },
    async entriesOfAdvisory(id) {
      const named = await queries.ofId(db.read, { id })
      const aliased = await queries.ofKey(db.read, { key: id })
      return entries([...named, ...aliased])
    },
    async entriesOfDigest(sha256) {
      return entries(await queries.ofKey(db.read, { key: sha256 }))
    },
  }
}

/** Packages of records that count now: not of an import that is still under way, nor replaced by a finished one. */
function visible({ read }: LedgerDatabase) {
  return read
    .selectFrom('advisory_packages as p')
    .innerJoin('advisories as a', 'a.number', 'p.advisory')
    .innerJoin('advisory_feeds as f', 'f.name', 'a.feed')
    .whereRef('a.since', '<=', 'f.epoch')
    .where((row) => row.or([row('a.until', 'is', null), row('a.until', '>', row.ref('f.epoch'))]))
    .select(['p.type', 'p.name', 'p.release', 'p.body as package_body', 'a.body as advisory_body'])
}

function prepareQueries(db: LedgerDatabase) {
  return {
    ofPackage: prepareQuery((value) =>
      visible(db).where('p.type', '=', value('type')).where('p.name', '=', value('name')),
    ),
    ofId: prepareQuery((value) => visible(db).where('a.id', '=', value('id'))),
    ofKey: prepareQuery((value) =>
      visible(db).innerJoin('advisory_keys as k', 'k.advisory', 'a.number').where('k.key', '=', value('key')),
    ),
  }
}
