// Writes the records of an import that differ from those in force, a batch at a time.
import type { Insertable } from 'kysely'
import { ADVISORY_COLUMNS, PACKAGE_COLUMNS, type PreparedAdvisory } from './advisory-rows.ts'
import type { AdvisoriesTable, AdvisoryKeysTable, AdvisoryPackagesTable } from './advisory-tables.ts'
import type { FeedLease } from './ledger-advisory-lease.ts'
import type { LedgerDatabase, Writing } from './ledger-database.ts'
import { prepareQuery, prepareRows } from './prepared-query.ts'

/** The batches of one import. */
export interface Batch {
  /** Rows of the feed that the import says again. */
  readonly kept: ReadonlySet<number>
  readonly added: number
  readonly changed: number
  /** New rows have this number or a higher one. */
  readonly firstNumber: number
  write(writing: Writing, records: readonly PreparedAdvisory[]): Promise<void>
}

interface Known {
  readonly number: number
  readonly id: string
  readonly since: number
  readonly until: number | null
  readonly fingerprint: string
  readonly modified: string
}

type AdvisoryRow = Insertable<AdvisoriesTable>

const ASKED_AT_ONCE = 100

export function openBatches(db: LedgerDatabase): {
  /** `isEmpty`: the feed has no record yet, so that only what this import said before need be looked up. */
  begin(lease: FeedLease, isEmpty: boolean): Batch
} {
  const statements = prepareStatements(db)

  async function knownOf(
    writing: Writing,
    feed: string,
    ids: readonly string[],
  ): Promise<Map<string, Known[]>> {
    const found: Known[] = []
    for (let at = 0; at < ids.length; at += ASKED_AT_ONCE) {
      const names = Array.from({ length: ASKED_AT_ONCE }, (_, place) => [`id${place}`, ids[at + place] ?? ''])
      found.push(...(await statements.known(writing, { feed, ...Object.fromEntries(names) })))
    }
    return Map.groupBy(found, ({ id }) => id)
  }

  return {
    begin({ feed, epoch }, isEmpty) {
      const said = new Set<string>()
      const kept = new Set<number>()
      let firstNumber = Number.MAX_SAFE_INTEGER
      let added = 0
      let changed = 0

      /** Whether the record must be written; ends or removes what it takes the place of. */
      async function makesWay(
        writing: Writing,
        record: PreparedAdvisory,
        known: readonly Known[],
      ): Promise<boolean> {
        const staged = known.find(({ since }) => since > epoch)
        const current = known.find(({ since, until }) => since <= epoch && (until === null || until > epoch))
        if (staged !== undefined) {
          if (staged.modified > record.modified) return false
          await statements.dropPackages(writing, { number: staged.number })
          await statements.dropKeys(writing, { number: staged.number })
          await statements.drop(writing, { number: staged.number })
        }
        if (current === undefined) {
          if (staged === undefined) added += 1
          return true
        }
        if (current.fingerprint === record.fingerprint) {
          kept.add(current.number)
          if (current.until !== null) await statements.goOn(writing, { number: current.number })
          return false
        }
        if (staged === undefined) changed += 1
        await statements.end(writing, { number: current.number, until: epoch + 1 })
        return true
      }

      return {
        kept,
        get firstNumber() {
          return firstNumber
        },
        get added() {
          return added
        },
        get changed() {
          return changed
        },
        async write(writing, records) {
          const ids = records.map(({ id }) => id)
          const known = await knownOf(writing, feed, isEmpty ? ids.filter((id) => said.has(id)) : ids)
          if (isEmpty) for (const id of ids) said.add(id)
          const fresh: PreparedAdvisory[] = []
          for (const record of records)
            if (await makesWay(writing, record, known.get(record.id) ?? [])) fresh.push(record)
          const [newest] = await statements.newest(writing, {})
          const first = Number(newest?.number ?? 0) + 1
          firstNumber = Math.min(firstNumber, first)
          await addRows(writing, fresh, { feed, since: epoch + 1, first })
        },
      }
    },
  }

  async function addRows(
    writing: Writing,
    records: readonly PreparedAdvisory[],
    { feed, since, first }: { feed: string; since: number; first: number },
  ): Promise<void> {
    const advisories: AdvisoryRow[] = []
    const packages: Insertable<AdvisoryPackagesTable>[] = []
    const keys: AdvisoryKeysTable[] = []
    for (const [at, { id, modified, withdrawn, body, fingerprint, ...rest }] of records.entries()) {
      const number = first + at
      advisories.push({
        number,
        feed,
        id,
        since,
        until: null,
        fingerprint,
        modified,
        withdrawn: withdrawn ? 1 : 0,
        body,
      })
      for (const one of rest.packages) packages.push({ advisory: number, ...one })
      for (const key of rest.keys) keys.push({ key, advisory: number })
    }
    // In the order of the indexes by name, whose pages are then written one after the other.
    packages.sort((a, b) => compare(a.name, b.name))
    keys.sort((a, b) => compare(a.key, b.key))
    await statements.addAdvisories(writing, advisories)
    await statements.addPackages(writing, packages)
    await statements.addKeys(writing, keys)
  }
}

/** As SQLite compares texts, near enough for locality. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function prepareStatements({ write }: LedgerDatabase) {
  return {
    known: prepareQuery((value) =>
      write
        .selectFrom('advisories')
        .select(['number', 'id', 'since', 'until', 'fingerprint', 'modified'])
        .where('feed', '=', value('feed'))
        .where(
          'id',
          'in',
          Array.from({ length: ASKED_AT_ONCE }, (_, place) => value(`id${place}`)),
        ),
    ),
    newest: prepareQuery(() =>
      write.selectFrom('advisories').select('number').orderBy('number', 'desc').limit(1),
    ),
    end: prepareQuery((_, number) =>
      write
        .updateTable('advisories')
        .set({ until: number('until') })
        .where('number', '=', number('number')),
    ),
    goOn: prepareQuery((_, number) =>
      write.updateTable('advisories').set({ until: null }).where('number', '=', number('number')),
    ),
    drop: prepareQuery((_, number) => write.deleteFrom('advisories').where('number', '=', number('number'))),
    dropPackages: prepareQuery((_, number) =>
      write.deleteFrom('advisory_packages').where('advisory', '=', number('number')),
    ),
    dropKeys: prepareQuery((_, number) =>
      write.deleteFrom('advisory_keys').where('advisory', '=', number('number')),
    ),
    addAdvisories: prepareRows<AdvisoryRow>(ADVISORY_COLUMNS, (rows) =>
      write.insertInto('advisories').values(rows),
    ),
    addPackages: prepareRows<Insertable<AdvisoryPackagesTable>>(PACKAGE_COLUMNS, (rows) =>
      write.insertInto('advisory_packages').values(rows),
    ),
    addKeys: prepareRows<AdvisoryKeysTable>(['key', 'advisory'], (rows) =>
      write.insertInto('advisory_keys').values(rows),
    ),
  }
}
