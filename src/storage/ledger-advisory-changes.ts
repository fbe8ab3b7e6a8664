// What changed in the advisories, so that every gateway on this ledger decides anew what is touched, and only that.
import { sql } from 'kysely'
import { rpmSource } from '../model/advisory.ts'
import type { PurlType } from '../model/claim.ts'
import type { AdvisoriesStore, AdvisoryChanges, ClaimPlace, TouchedPackage } from './advisories-store.ts'
import { type LedgerDatabase, prepareRevisionBump, readJson, type Writing } from './ledger-database.ts'
import { prepareQuery } from './prepared-query.ts'

/** More touched packages than this are told as `everything`. */
export const MOST_TOUCHED = 20_000
const KEPT_CHANGES = 50
const NAMES_AT_ONCE = 1000

export interface AdvisoryChangeLog
  extends Pick<AdvisoriesStore, 'serial' | 'changesSince' | 'decidedPlaces'> {
  /** Inside the transaction that makes the change visible; writes nothing when nothing is touched. */
  record(
    writing: Writing,
    feed: string,
    at: string,
    touched: readonly TouchedPackage[] | 'everything',
  ): Promise<AdvisoryChanges>
}

export function openAdvisoryChanges(db: LedgerDatabase): AdvisoryChangeLog {
  const queries = prepareQueries(db)
  const bumpRevision = prepareRevisionBump(db)

  async function serial(): Promise<number> {
    const [row] = await queries.newest(db.read, {})
    return row?.serial ?? 0
  }

  return {
    serial,
    async record(writing, feed, at, touched) {
      const everything = touched === 'everything' || touched.length > MOST_TOUCHED
      const listed = everything ? [] : touched
      if (!everything && listed.length === 0) {
        const [newest] = await queries.newest(writing, {})
        return { serial: newest?.serial ?? 0, everything: false, touched: [] }
      }
      const [row] = await queries.add(writing, {
        feed,
        at,
        everything: everything ? 1 : 0,
        touched: JSON.stringify(listed.map(({ type, name }) => [type, name])),
      })
      const added = row?.serial ?? 0
      await queries.trim(writing, { before: added - KEPT_CHANGES })
      await bumpRevision(writing)
      return { serial: added, everything, touched: listed }
    },
    async changesSince(since) {
      const rows = await queries.since(db.read, { since })
      const newest = rows.at(-1)?.serial ?? since
      const complete = rows.length === newest - since
      const everything = !complete || rows.some((row) => row.everything === 1)
      const pairs = everything
        ? []
        : rows.flatMap((row) => readJson<[PurlType, string][]>(db, row.touched, 'advisory_changes.touched'))
      const touched = new Map(pairs.map(([type, name]) => [`${type} ${name}`, { type, name }]))
      return { serial: newest, everything, touched: [...touched.values()] }
    },
    async decidedPlaces(touched) {
      const found = new Map<string, ClaimPlace>()
      for (const [type, all] of Map.groupBy(touched, (one) => one.type))
        for (let at = 0; at < all.length; at += NAMES_AT_ONCE) {
          const names = all.slice(at, at + NAMES_AT_ONCE).map(({ name }) => name)
          for (const place of await placesOf(db, queries, type, names))
            found.set(`${place.repository}\0${place.path}`, place)
        }
      return [...found.values()]
    },
  }
}

type Queries = ReturnType<typeof prepareQueries>

/** By the package's own name, and by the source that an index says it was built from (a file name in rpm). */
async function placesOf(
  db: LedgerDatabase,
  queries: Queries,
  type: PurlType,
  names: readonly string[],
): Promise<readonly ClaimPlace[]> {
  const asked = { type, names: JSON.stringify(names) }
  const named = await queries.byNames(db.read, asked)
  if (type === 'npm' || type === 'pypi') return named
  if (type !== 'rpm') return [...named, ...(await queries.bySources(db.read, asked))]
  const built: ClaimPlace[] = []
  for (const name of names) {
    const files = await queries.bySourceFile(db.read, { type, from: `${name}-`, to: `${name}.` })
    for (const { repository, path, facts } of files)
      if (sourceNameOf(db, facts) === name) built.push({ repository, path })
  }
  return [...named, ...built]
}

function sourceNameOf(db: LedgerDatabase, facts: string): string | undefined {
  return rpmSource(readJson<{ source?: unknown }>(db, facts, 'claims.facts').source)?.name
}

function prepareQueries(db: LedgerDatabase) {
  const decided = db.read
    .selectFrom('claims')
    .select(['repository', 'path'])
    .where('verdict_id', 'is not', null)
  // Written as in the index `claims_decided_source`, or SQLite does not use it.
  const source = sql<string>`json_extract(facts, '$.source')`
  return {
    newest: prepareQuery(() =>
      db.read.selectFrom('advisory_changes').select('serial').orderBy('serial', 'desc').limit(1),
    ),
    since: prepareQuery((_, number) =>
      db.read
        .selectFrom('advisory_changes')
        .selectAll()
        .where('serial', '>', number('since'))
        .orderBy('serial'),
    ),
    add: prepareQuery((value, number) =>
      db.write
        .insertInto('advisory_changes')
        .values({
          feed: value('feed'),
          at: value('at'),
          everything: number('everything'),
          touched: value('touched'),
        })
        .returning('serial'),
    ),
    trim: prepareQuery((_, number) =>
      db.write.deleteFrom('advisory_changes').where('serial', '<', number('before')),
    ),
    byNames: prepareQuery((value) =>
      decided.where('type', '=', value('type')).where('name', 'in', listed(value('names'))),
    ),
    bySources: prepareQuery((value) =>
      decided.where('type', '=', value('type')).where(source, 'in', listed(value('names'))),
    ),
    bySourceFile: prepareQuery((value) =>
      decided
        .select('facts')
        .where('type', '=', value('type'))
        .where(source, '>=', value('from'))
        .where(source, '<', value('to')),
    ),
  }
}

/** The texts of a JSON array. */
function listed(names: string) {
  return sql<string>`(select value from json_each(${names}))`
}
