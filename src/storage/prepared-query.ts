// Queries compiled once by Kysely; a call only binds values. Compiling anew would cost more than most of our queries.
import type { Compilable, CompiledQuery, QueryExecutorProvider } from 'kysely'

/** Whatever can run a query: the database or a transaction. */
export interface Runner extends QueryExecutorProvider {
  executeQuery<R>(query: CompiledQuery<R>): Promise<{ readonly rows: R[] }>
}

export type Values = Readonly<Record<string, unknown>>

class Placeholder {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
}

/** Stands for a text, or for a number, that is bound at the call. */
export type TextPlaceholder = (name: string) => string
export type NumberPlaceholder = (name: string) => number

/** Compiles a query with placeholders; the result runs it with values by name. */
export function prepareQuery<R>(
  build: (value: TextPlaceholder, number: NumberPlaceholder) => Compilable<R>,
): (db: Runner, values: Values) => Promise<readonly R[]> {
  const compiled = build(placeholder<string>, placeholder<number>).compile()
  return async (db, values) => {
    const parameters = compiled.parameters.map((part) => bind(part, values))
    return (await db.executeQuery<R>({ ...compiled, parameters })).rows
  }
}

// Statements for these many rows at once; few sizes, so that few statements are prepared.
const ROW_COUNTS = [100, 10, 1] as const

class RowPlaceholder {
  readonly row: number
  readonly column: string
  constructor(row: number, column: string) {
    this.row = row
    this.column = column
  }
}

/** Compiles a statement over many rows; the result runs it over any number of rows, many at a time. */
export function prepareRows<Row extends object>(
  columns: readonly (keyof Row & string)[],
  build: (rows: Row[]) => Compilable<unknown>,
): (db: Runner, rows: readonly Row[]) => Promise<void> {
  const statements = ROW_COUNTS.map((count) => {
    const compiled = build(Array.from({ length: count }, (_, row) => placeholderRow(columns, row))).compile()
    return { count, compiled }
  })
  return async (db, rows) => {
    let done = 0
    for (const { count, compiled } of statements) {
      for (; rows.length - done >= count; done += count) {
        const from = done
        const parameters = compiled.parameters.map((part) => bindRow(part, rows, from))
        await db.executeQuery({ ...compiled, parameters })
      }
    }
  }
}

function placeholderRow<Row extends object>(columns: readonly (keyof Row & string)[], row: number): Row {
  return Object.fromEntries(columns.map((column) => [column, new RowPlaceholder(row, column)])) as Row
}

function bindRow(part: unknown, rows: readonly object[], from: number): unknown {
  if (!(part instanceof RowPlaceholder)) return part
  const value: unknown = Reflect.get(rows[from + part.row] ?? {}, part.column)
  if (value === undefined) throw new Error(`no value for ${part.column}`)
  return value
}

// The one place where a placeholder passes for a value: Kysely carries it untouched into the compiled parameters.
function placeholder<T>(name: string): T {
  return new Placeholder(name) as unknown as T
}

function bind(part: unknown, values: Values): unknown {
  if (!(part instanceof Placeholder)) return part
  if (!(part.name in values)) throw new Error(`no value for ${part.name}`)
  return values[part.name]
}
