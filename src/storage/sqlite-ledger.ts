// The ledger in one SQLite file, shared by any number of threads and processes of this machine.
import { mkdir, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { Kysely, Migrator, sql } from 'kysely'
import { GatewayError } from '../model/errors.ts'
import type { Ledger } from './ledger.ts'
import { openAdvisories } from './ledger-advisories.ts'
import { openArtifacts } from './ledger-artifacts.ts'
import { openAudit } from './ledger-audit.ts'
import { openClaimChanges } from './ledger-claim-changes.ts'
import { openClaims } from './ledger-claims.ts'
import { inTransaction, type LedgerDatabase, ledgerFailed, unreadable } from './ledger-database.ts'
import { openDeliveries } from './ledger-deliveries.ts'
import { openDownloads } from './ledger-downloads.ts'
import { openIndexes } from './ledger-indexes.ts'
import { openRecalls } from './ledger-recalls.ts'
import { openRequests } from './ledger-requests.ts'
import { openSettings } from './ledger-settings.ts'
import { openTokens } from './ledger-tokens.ts'
import { openVerdicts } from './ledger-verdicts.ts'
import { openWaivers } from './ledger-waivers.ts'
import { allMigrations } from './migrations/all.ts'
import { NodeSqliteDialect } from './node-sqlite-dialect.ts'
import { prepareQuery } from './prepared-query.ts'
import type { Tables } from './tables.ts'

export interface SqliteLedgerOptions {
  /** How long a write waits for another thread's or process's lock before it fails. */
  readonly lockWaitMs?: number
}

const DEFAULT_LOCK_WAIT_MS = 15_000

/** Opens the file, makes it when it is missing, and brings its tables up to date. Throws LEDGER_FAILED, naming the file. */
export async function openSqliteLedger(file: string, options: SqliteLedgerOptions = {}): Promise<Ledger> {
  const place = resolve(file)
  const lockWaitMs = options.lockWaitMs ?? DEFAULT_LOCK_WAIT_MS
  const db: LedgerDatabase = {
    place,
    write: connect(place, false, lockWaitMs),
    read: connect(place, true, lockWaitMs),
  }
  try {
    await mkdir(dirname(place), { recursive: true })
    await migrate(db.write)
    return await joinParts(db)
  } catch (error) {
    await db.write.destroy()
    throw ledgerFailed(place, error)
  }
}

function connect(file: string, readOnly: boolean, lockWaitMs: number): Kysely<Tables> {
  const asError = (thrown: unknown) => ledgerFailed(file, thrown)
  return new Kysely<Tables>({ dialect: new NodeSqliteDialect({ file, readOnly, lockWaitMs, asError }) })
}

async function migrate(write: Kysely<Tables>): Promise<void> {
  const migrations = Object.fromEntries(allMigrations.map(({ name, migration }) => [name, migration]))
  const provider = { getMigrations: async () => migrations }
  const { error } = await new Migrator({
    db: write,
    provider,
    allowUnorderedMigrations: true,
  }).migrateToLatest()
  if (error !== undefined) throw error
}

async function joinParts(db: LedgerDatabase): Promise<Ledger> {
  const inode = await inodeOf(db)
  const { audit, append } = openAudit(db)
  return {
    audit,
    tokens: openTokens(db, append),
    waivers: openWaivers(db, append),
    ...openClaims(db),
    ...openClaimChanges(db),
    ...openArtifacts(db),
    ...openVerdicts(db, append),
    ...openDownloads(db),
    ...openIndexes(db, append),
    ...openSettings(db),
    requests: openRequests(db),
    recalls: openRecalls(db),
    deliveries: openDeliveries(db),
    advisories: openAdvisories(db),
    revision: openRevision(db),
    async check() {
      await assertWritable(db)
      // A file that was removed or replaced is still open here, and everything written to it would be lost.
      if ((await inodeOf(db)) !== inode) throw replaced(db)
    },
    async close() {
      // The writer goes last: the last connection folds the write-ahead log into the file.
      await db.read.destroy()
      await db.write.destroy()
    },
  }
}

/** `PRAGMA data_version` changes with every commit of another connection, so the counter is read only after one. */
function openRevision(db: LedgerDatabase): () => Promise<number> {
  const dataVersion = sql<{ data_version: number }>`pragma data_version`.compile(db.read)
  const counter = prepareQuery(() => db.read.selectFrom('revision').select('value').where('id', '=', 1))
  let known: { readonly dataVersion: number | undefined; readonly value: number } | undefined
  return async () => {
    const { rows } = await db.read.executeQuery(dataVersion)
    const seen = rows[0]?.data_version
    if (known && known.dataVersion === seen) return known.value
    const [row] = await counter(db.read, {})
    if (!row) throw unreadable(db, 'revision.value')
    known = { dataVersion: seen, value: row.value }
    return row.value
  }
}

async function assertWritable(db: LedgerDatabase): Promise<void> {
  await inTransaction(db, async (writing) => {
    const written = await writing
      .updateTable('revision')
      .set((row) => ({ value: row.ref('value') }))
      .where('id', '=', 1)
      .executeTakeFirst()
    if (written.numUpdatedRows !== 1n) throw unreadable(db, 'revision.value')
  })
}

async function inodeOf(db: LedgerDatabase): Promise<number> {
  try {
    return (await stat(db.place)).ino
  } catch (error) {
    throw ledgerFailed(db.place, error)
  }
}

function replaced({ place }: LedgerDatabase): GatewayError {
  return new GatewayError('LEDGER_FAILED', `the ledger ${place} was removed or replaced while in use`, {
    place,
  })
}
