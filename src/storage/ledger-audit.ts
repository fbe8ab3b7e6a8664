// The audit log in the database: appended inside the transaction of what it tells, or not at all.
import type { Insertable, Selectable } from 'kysely'
import type { JsonObject } from '../model/claim.ts'
import { asGatewayError, type GatewayError } from '../model/errors.ts'
import type { AuditCheckpoint, AuditCopy, AuditEntry, AuditFact, AuditFilter, AuditStore } from './audit.ts'
import { chainOf } from './audit-chain.ts'
import {
  inTransaction,
  type LedgerDatabase,
  ledgerFailed,
  readJson,
  type Writing,
} from './ledger-database.ts'
import { prepareQuery, prepareRows, type Runner } from './prepared-query.ts'
import type { AuditTable } from './tables.ts'

/** Appends within a transaction that is under way, so that the deed and its entry stand or fall together. */
export type AppendAudit = (writing: Writing, facts: readonly AuditFact[]) => Promise<readonly AuditEntry[]>

const DEFAULT_LIMIT = 1000

export function openAudit(db: LedgerDatabase): { readonly audit: AuditStore; readonly append: AppendAudit } {
  const queries = prepareQueries(db)
  let copy: AuditCopy | undefined
  let failure: GatewayError | undefined

  async function lastOf(runner: Runner): Promise<AuditEntry | undefined> {
    const [row] = await queries.last(runner, {})
    return row && entryOf(db, row)
  }

  const append: AppendAudit = async (writing, facts) => {
    if (facts.length === 0) return []
    try {
      const entries = chainOf(facts, await lastOf(writing))
      await queries.add(writing, entries.map(rowOf))
      await copy?.write(entries, async (sequence) =>
        (await queries.after(writing, { sequence })).map((row) => entryOf(db, row)),
      )
      failure = undefined
      return entries
    } catch (thrown) {
      failure = ledgerFailed(db.place, thrown)
      throw failure
    }
  }

  async function appendAlone(facts: readonly AuditFact[]): Promise<readonly AuditEntry[]> {
    return inTransaction(db, (writing) => append(writing, facts))
  }

  return {
    append,
    audit: {
      append: appendAlone,
      entries: async (filter) => (await selectEntries(db, filter)).map((row) => entryOf(db, row)),
      last: () => lastOf(db.read),
      async addCheckpoint(checkpoint) {
        await inTransaction(db, (writing) => queries.addCheckpoint(writing, { ...checkpoint }))
      },
      async checkpoints() {
        return (await queries.checkpoints(db.read, {})).map(
          ({ public_key: publicKey, ...rest }): AuditCheckpoint => ({ ...rest, publicKey }),
        )
      },
      copyTo(place) {
        copy = place
      },
      async check(now) {
        copy?.check()
        if (failure === undefined) return
        const { message } = asGatewayError(failure)
        const details = { failure: message }
        await appendAlone([
          { at: now.toISOString(), actor: 'gateway', action: 'audit-restored', subject: 'audit', details },
        ])
      },
    },
  }
}

function selectEntries(db: LedgerDatabase, filter: AuditFilter): Promise<Selectable<AuditTable>[]> {
  const { after, action, actor, subject, since, until, limit = DEFAULT_LIMIT, newestFirst = false } = filter
  let query = db.read.selectFrom('audit').selectAll()
  if (after !== undefined) query = query.where('sequence', '>', after)
  if (action !== undefined) query = query.where('action', '=', action)
  if (actor !== undefined) query = query.where('actor', '=', actor)
  if (subject !== undefined) query = query.where('subject', '=', subject)
  if (since !== undefined) query = query.where('at', '>=', since)
  if (until !== undefined) query = query.where('at', '<=', until)
  return query
    .orderBy('sequence', newestFirst ? 'desc' : 'asc')
    .limit(limit)
    .execute()
}

function rowOf(entry: AuditEntry): Required<Insertable<AuditTable>> {
  return { ...entry, details: JSON.stringify(entry.details) }
}

function entryOf(db: LedgerDatabase, row: Selectable<AuditTable>): AuditEntry {
  const { sequence, at, actor, action, subject, previous, hash } = row
  const details = readJson<JsonObject>(db, row.details, 'audit.details')
  return { sequence, at, actor, action, subject, details, previous, hash }
}

function prepareQueries(db: LedgerDatabase) {
  return {
    last: prepareQuery(() => db.write.selectFrom('audit').selectAll().orderBy('sequence', 'desc').limit(1)),
    after: prepareQuery((_, number) =>
      db.write
        .selectFrom('audit')
        .selectAll()
        .where('sequence', '>', number('sequence'))
        .orderBy('sequence', 'asc'),
    ),
    add: prepareRows<Required<Insertable<AuditTable>>>(
      ['sequence', 'at', 'actor', 'action', 'subject', 'details', 'previous', 'hash'],
      (rows) => db.write.insertInto('audit').values(rows),
    ),
    addCheckpoint: prepareQuery((value, number) =>
      db.write
        .insertInto('audit_checkpoints')
        .values({
          sequence: number('sequence'),
          hash: value('hash'),
          at: value('at'),
          public_key: value('publicKey'),
          signature: value('signature'),
        })
        .onConflict((conflict) => conflict.doNothing()),
    ),
    checkpoints: prepareQuery(() =>
      db.read.selectFrom('audit_checkpoints').selectAll().orderBy('sequence', 'asc'),
    ),
  }
}
