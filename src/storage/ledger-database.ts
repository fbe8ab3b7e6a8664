// What every part of the ledger works on: a way to read, a way to write, and one kind of failure.
import type { Kysely, Transaction } from 'kysely'
import { GatewayError } from '../model/errors.ts'
import { prepareQuery, type Runner } from './prepared-query.ts'
import type { Tables } from './tables.ts'

export interface LedgerDatabase {
  /** Where the data is, for error messages: a file name or a server without credentials. */
  readonly place: string
  /** Single statements only; sees what is committed and never waits for this process's own writer. */
  readonly read: Kysely<Tables>
  readonly write: Kysely<Tables>
}

export type Writing = Transaction<Tables>

/** Runs writes that stand or fall together. Failures that are not ours become LEDGER_FAILED. */
export async function inTransaction<T>(
  db: LedgerDatabase,
  action: (writing: Writing) => Promise<T>,
): Promise<T> {
  try {
    return await db.write.transaction().execute(action)
  } catch (error) {
    throw ledgerFailed(db.place, error)
  }
}

export function ledgerFailed(place: string, thrown: unknown): GatewayError {
  if (thrown instanceof GatewayError) return thrown
  const reason = thrown instanceof Error ? thrown.message : String(thrown)
  return new GatewayError(
    'LEDGER_FAILED',
    `the ledger ${place} failed: ${reason}`,
    { place },
    { cause: thrown },
  )
}

/** Parses a JSON column. What is unreadable is a failure that names the place, never an empty value. */
export function readJson<T>(db: LedgerDatabase, text: string, column: string): T {
  try {
    return JSON.parse(text) as T
  } catch (error) {
    throw unreadable(db, column, error)
  }
}

export function unreadable(db: LedgerDatabase, column: string, cause?: unknown): GatewayError {
  const message = `the ledger ${db.place} holds unreadable data in ${column}`
  return new GatewayError('LEDGER_FAILED', message, { place: db.place, column }, { cause })
}

/** Makes the revision grow, inside the transaction that gives the reason. */
export function prepareRevisionBump(db: LedgerDatabase): (writing: Runner) => Promise<void> {
  const bump = prepareQuery(() =>
    db.write
      .updateTable('revision')
      .set((row) => ({ value: row('revision.value', '+', 1) }))
      .where('id', '=', 1),
  )
  return async (writing) => {
    await bump(writing, {})
  }
}
