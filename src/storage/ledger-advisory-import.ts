// An import beside the records in force: written in short transactions that nobody sees, switched on by one.
import type { AdvisoryRecord } from '../model/advisory.ts'
import type { PurlType } from '../model/claim.ts'
import type { FeedImport, FeedOutcome, TouchedPackage } from './advisories-store.ts'
import { type PreparedAdvisory, prepareAdvisory } from './advisory-rows.ts'
import { type Batch, openBatches } from './ledger-advisory-batches.ts'
import type { AdvisoryChangeLog } from './ledger-advisory-changes.ts'
import { MOST_TOUCHED } from './ledger-advisory-changes.ts'
import { type FeedLease, takeLease } from './ledger-advisory-lease.ts'
import { inTransaction, type LedgerDatabase, type Writing } from './ledger-database.ts'

/** Rows in one transaction: few enough that others never wait long for the write lock. */
const SWEPT_ROWS = 2000

export function openAdvisoryImport(db: LedgerDatabase, changes: AdvisoryChangeLog) {
  const batches = openBatches(db)

  return async (feed: string): Promise<FeedImport> => {
    const lease = await takeLease(db, feed)
    await dropAbandoned(db, lease)
    const batch = batches.begin(lease, await isEmpty(db, feed))
    return {
      get differences() {
        return { added: batch.added, changed: batch.changed }
      },
      async add(records) {
        const newest = new Map<string, PreparedAdvisory>()
        for (const record of records.map((one: AdvisoryRecord) => prepareAdvisory(one)))
          if ((newest.get(record.id)?.modified ?? '') <= record.modified) newest.set(record.id, record)
        await inTransaction(db, async (writing) => {
          await lease.renew(writing)
          await batch.write(writing, [...newest.values()])
        })
      },
      async finish(outcome, whole) {
        const removed = whole ? await endUnseen(db, lease, batch) : 0
        const result = await inTransaction(db, async (writing) => {
          await lease.renew(writing)
          const touched = await touchedBy(writing, lease, batch.firstNumber)
          await switchOn(writing, lease, outcome, whole, touched.length > 0)
          return changes.record(writing, feed, outcome.at, touched)
        })
        await dropEnded(db, feed, lease.epoch + 1)
        return { removed, changes: result }
      },
      async abandon() {
        await lease.release()
        await dropAbandoned(db, lease)
      },
    }
  }
}

async function isEmpty({ read }: LedgerDatabase, feed: string): Promise<boolean> {
  const row = await read
    .selectFrom('advisories')
    .select('number')
    .where('feed', '=', feed)
    .limit(1)
    .executeTakeFirst()
  return row === undefined
}

/** Ends what a whole import did not see, in short transactions; nothing of it counts before the switch. */
async function endUnseen(db: LedgerDatabase, lease: FeedLease, batch: Batch): Promise<number> {
  let removed = 0
  for (let after = 0; ; ) {
    const rows = await db.read
      .selectFrom('advisories')
      .select('number')
      .where('feed', '=', lease.feed)
      .where('number', '>', after)
      .where('since', '<=', lease.epoch)
      .where('until', 'is', null)
      .orderBy('number')
      .limit(SWEPT_ROWS)
      .execute()
    const last = rows.at(-1)
    if (last === undefined) return removed
    after = last.number
    const gone = rows.map(({ number }) => number).filter((number) => !batch.kept.has(number))
    removed += gone.length
    if (gone.length === 0) continue
    await inTransaction(db, async (writing) => {
      await lease.renew(writing)
      await writing
        .updateTable('advisories')
        .set({ until: lease.epoch + 1 })
        .where('number', 'in', gone)
        .execute()
    })
  }
}

/** Packages of records that begin or end to count with this import; one more than can be told when there are many. */
async function touchedBy(
  writing: Writing,
  { feed, epoch }: FeedLease,
  firstNumber: number,
): Promise<TouchedPackage[]> {
  const packages = writing
    .selectFrom('advisory_packages as p')
    .innerJoin('advisories as a', 'a.number', 'p.advisory')
    .where('a.feed', '=', feed)
    .select(['p.type', 'p.name'])
    .distinct()
    .limit(MOST_TOUCHED + 1)
  const begun = await packages
    .where('a.number', '>=', firstNumber)
    .where('a.since', '=', epoch + 1)
    .execute()
  const ended = await packages.where('a.until', '=', epoch + 1).execute()
  const all = new Map([...begun, ...ended].map((row) => [`${row.type} ${row.name}`, row]))
  return [...all.values()].map(({ type, name }) => ({ type: type as PurlType, name }))
}

async function switchOn(
  writing: Writing,
  { feed, epoch }: FeedLease,
  outcome: FeedOutcome,
  whole: boolean,
  changed: boolean,
): Promise<void> {
  const { records, withdrawn } = whole ? outcome : await countAnew(writing, feed, epoch + 1)
  const { kind, source, types, audits, at, sourceTime, cursor, foreign, broken, brokenExamples } = outcome
  const plus = whole ? 0 : 1
  await writing
    .updateTable('advisory_feeds')
    .set((row) => ({
      epoch: epoch + 1,
      kind,
      source,
      ...(whole ? { types: JSON.stringify(types), audits: JSON.stringify(audits) } : {}),
      checked_at: at,
      source_time: sourceTime ?? null,
      cursor: cursor ?? null,
      failed_at: null,
      failure: null,
      lease: null,
      lease_until: null,
      records,
      withdrawn,
      foreign_records: plus === 0 ? foreign : row('foreign_records', '+', foreign),
      broken: plus === 0 ? broken : row('broken', '+', broken),
      broken_examples: JSON.stringify(brokenExamples),
      ...(changed ? { imported_at: at } : {}),
      ...(whole ? { whole_at: at } : {}),
    }))
    .where('name', '=', feed)
    .execute()
}

async function countAnew(
  writing: Writing,
  feed: string,
  epoch: number,
): Promise<{ records: number; withdrawn: number }> {
  const rows = await writing
    .selectFrom('advisories')
    .select((one) => ['withdrawn', one.fn.countAll<number>().as('count')])
    .where('feed', '=', feed)
    .where('since', '<=', epoch)
    .where((row) => row.or([row('until', 'is', null), row('until', '>', epoch)]))
    .groupBy('withdrawn')
    .execute()
  const count = (withdrawn: number) => Number(rows.find((row) => row.withdrawn === withdrawn)?.count ?? 0)
  return { records: count(0), withdrawn: count(1) }
}

/** What an import that never finished has left: its rows go, what it had ended counts on. */
async function dropAbandoned(db: LedgerDatabase, { feed, epoch }: FeedLease): Promise<void> {
  await dropRows(db, () =>
    db.read.selectFrom('advisories').select('number').where('feed', '=', feed).where('since', '>', epoch),
  )
  await inTransaction(db, async (writing) => {
    await writing
      .updateTable('advisories')
      .set({ until: null })
      .where('feed', '=', feed)
      .where('until', '>', epoch)
      .execute()
  })
  await dropEnded(db, feed, epoch)
}

async function dropEnded(db: LedgerDatabase, feed: string, epoch: number): Promise<void> {
  await dropRows(db, () =>
    db.read.selectFrom('advisories').select('number').where('feed', '=', feed).where('until', '<=', epoch),
  )
}

type Numbers = ReturnType<
  () => { limit(count: number): { execute(): Promise<readonly { readonly number: number }[]> } }
>

async function dropRows(db: LedgerDatabase, find: () => Numbers): Promise<void> {
  for (;;) {
    const numbers = (await find().limit(SWEPT_ROWS).execute()).map(({ number }) => number)
    if (numbers.length === 0) return
    await inTransaction(db, async (writing) => {
      await writing.deleteFrom('advisory_packages').where('advisory', 'in', numbers).execute()
      await writing.deleteFrom('advisory_keys').where('advisory', 'in', numbers).execute()
      await writing.deleteFrom('advisories').where('number', 'in', numbers).execute()
    })
  }
}
