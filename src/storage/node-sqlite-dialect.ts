// Kysely on node:sqlite: one connection, statements prepared once, lock waits that do not block the event loop.
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'
import { LRUCache } from 'lru-cache'

export interface NodeSqliteOptions {
  readonly file: string
  readonly readOnly: boolean
  /** How long a statement waits for another thread's or process's write lock. */
  readonly lockWaitMs: number
  /** Turns what SQLite throws into the caller's own error. */
  readonly asError: (thrown: unknown) => Error
}

const PREPARED_STATEMENTS = 256
const SQLITE_BUSY = 5

export class NodeSqliteDialect implements Dialect {
  readonly #options: NodeSqliteOptions

  constructor(options: NodeSqliteOptions) {
    this.#options = options
  }

  createDriver(): Driver {
    return new NodeSqliteDriver(this.#options)
  }

  createQueryCompiler(): SqliteQueryCompiler {
    return new SqliteQueryCompiler()
  }

  createAdapter(): SqliteAdapter {
    return new NodeSqliteAdapter()
  }

  createIntrospector(db: Kysely<unknown>): SqliteIntrospector {
    return new SqliteIntrospector(db)
  }
}

class NodeSqliteAdapter extends SqliteAdapter {
  // Our transactions begin IMMEDIATE, so two processes that migrate at once follow one another.
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}

class NodeSqliteDriver implements Driver {
  readonly #options: NodeSqliteOptions
  readonly #turns = new Turns()
  #connection: NodeSqliteConnection | undefined

  constructor(options: NodeSqliteOptions) {
    this.#options = options
  }

  async init(): Promise<void> {
    this.#connection = new NodeSqliteConnection(this.#options)
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    await this.#turns.take()
    if (!this.#connection) throw new Error('the database is not open')
    return this.#connection
  }

  async releaseConnection(): Promise<void> {
    this.#turns.giveBack()
  }

  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    // IMMEDIATE takes the write lock at once: a lock can then never fail halfway through.
    await connection.executeQuery(CompiledQuery.raw('begin immediate'))
  }

  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('commit'))
  }

  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    // SQLite has already rolled back after a full disk or an I/O error.
    if (this.#connection?.inTransaction) await connection.executeQuery(CompiledQuery.raw('rollback'))
  }

  async destroy(): Promise<void> {
    this.#connection?.close()
    this.#connection = undefined
  }
}

class NodeSqliteConnection implements DatabaseConnection {
  readonly #database: DatabaseSync
  readonly #options: NodeSqliteOptions
  readonly #statements: LRUCache<string, { statement: StatementSync; reads: boolean }>

  constructor(options: NodeSqliteOptions) {
    this.#options = options
    this.#statements = new LRUCache({ max: PREPARED_STATEMENTS })
    this.#database = openDatabase(options)
  }

  get inTransaction(): boolean {
    return this.#database.isTransaction
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    try {
      return this.#run<R>(query)
    } catch (thrown) {
      if (!isBusy(thrown)) throw this.#options.asError(thrown)
      return this.#runWhenFree<R>(query)
    }
  }

  async *streamQuery<R>(query: CompiledQuery): AsyncIterableIterator<QueryResult<R>> {
    yield await this.executeQuery<R>(query)
  }

  close(): void {
    this.#statements.clear()
    this.#database.close()
  }

  async #runWhenFree<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    for (const deadline = Date.now() + this.#options.lockWaitMs; ; ) {
      await sleep(1 + Math.random() * 10)
      try {
        return this.#run<R>(query)
      } catch (thrown) {
        if (!isBusy(thrown) || Date.now() > deadline) throw this.#options.asError(thrown)
      }
    }
  }

  #run<R>(query: CompiledQuery): QueryResult<R> {
    const { statement, reads } = this.#prepare(query.sql)
    const values = query.parameters as readonly SQLInputValue[]
    if (reads) return { rows: statement.all(...values) as R[] }
    const { changes, lastInsertRowid } = statement.run(...values)
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) }
  }

  #prepare(sql: string): { statement: StatementSync; reads: boolean } {
    const known = this.#statements.get(sql)
    if (known) return known
    const statement = this.#database.prepare(sql)
    const prepared = { statement, reads: statement.columns().length > 0 }
    this.#statements.set(sql, prepared)
    return prepared
  }
}

// While opening, the wait inside SQLite is as long as the lock wait (another process may be recovering the log).
// Afterwards it is short and the waiting happens between tries, so that the event loop goes on.
function openDatabase({ file, readOnly, lockWaitMs, asError }: NodeSqliteOptions): DatabaseSync {
  try {
    const database = new DatabaseSync(file, { readOnly, timeout: lockWaitMs })
    if (!readOnly) database.exec('pragma journal_mode = wal')
    database.exec('pragma synchronous = normal; pragma foreign_keys = on; pragma cache_size = -16384')
    database.exec('pragma wal_autocheckpoint = 4000; pragma temp_store = memory; pragma busy_timeout = 2')
    return database
  } catch (thrown) {
    throw asError(thrown)
  }
}

function isBusy(thrown: unknown): boolean {
  // The low byte is the primary result code: https://www.sqlite.org/rescode.html
  return thrown instanceof Error && 'errcode' in thrown && (Number(thrown.errcode) & 0xff) === SQLITE_BUSY
}

/** Lets one caller after the other have the single connection. */
class Turns {
  #taken = false
  readonly #waiting: (() => void)[] = []

  async take(): Promise<void> {
    if (!this.#taken) {
      this.#taken = true
      return
    }
    await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  giveBack(): void {
    const next = this.#waiting.shift()
    if (next) next()
    else this.#taken = false
  }
}
