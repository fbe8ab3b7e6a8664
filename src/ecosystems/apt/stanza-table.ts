// Where the stanzas of one text stand, as numbers: tens of thousands of objects would weigh as much as the text itself.
import { PACKAGE_COLUMNS, packageFileOf, packagePathOf, scanPackages } from './package-stanzas.ts'
import { scanSources, sourceFilesOf } from './source-stanzas.ts'
import type { ClaimedFile } from './stanzas.ts'

export interface StanzaTable {
  readonly count: number
  /** Bytes that the table itself takes. */
  readonly sizeBytes: number
  /** Range of one stanza in the text, without the blank line behind it. */
  startOf(at: number): number
  endOf(at: number): number
  /** Paths of the files that it promises, cheaper than these. */
  pathsOf(at: number): readonly string[]
  /** Read anew from the text at every call. */
  filesOf(at: number): readonly ClaimedFile[]
}

/** Throws UPSTREAM_INVALID as `scanPackages` and `scanSources` do. */
export function readStanzaTable(
  text: Buffer,
  what: string,
  kind: 'packages' | 'sources' = 'packages',
): StanzaTable {
  return kind === 'packages' ? packagesTable(text, what) : sourcesTable(text, what)
}

function packagesTable(text: Buffer, what: string): StanzaTable {
  const rows = createRows(PACKAGE_COLUMNS)
  scanPackages(text, what, rows.add)
  const cells = rows.finish()
  return {
    count: cells.length / PACKAGE_COLUMNS,
    sizeBytes: cells.byteLength,
    startOf: (at) => cells[PACKAGE_COLUMNS * at] ?? 0,
    endOf: (at) => cells[PACKAGE_COLUMNS * at + 1] ?? 0,
    pathsOf: (at) => [packagePathOf(text, cells, at)],
    filesOf: (at) => [packageFileOf(text, cells, at)],
  }
}

function sourcesTable(text: Buffer, what: string): StanzaTable {
  const rows = createRows(2)
  scanSources(text, what, (start, end) => rows.add([start, end]))
  const cells = rows.finish()
  const filesOf = (at: number) =>
    sourceFilesOf(text.toString('latin1', cells[2 * at], cells[2 * at + 1]), what)
  return {
    count: cells.length / 2,
    sizeBytes: cells.byteLength,
    startOf: (at) => cells[2 * at] ?? 0,
    endOf: (at) => cells[2 * at + 1] ?? 0,
    pathsOf: (at) => filesOf(at).map(({ path }) => path),
    filesOf,
  }
}

const GROWTH = 4096

/** Rows of numbers in one growing array. */
function createRows(columns: number) {
  let cells = new Uint32Array(columns * GROWTH)
  let used = 0
  return {
    add(row: ArrayLike<number>): void {
      if (used === cells.length) {
        const larger = new Uint32Array(cells.length * 2)
        larger.set(cells)
        cells = larger
      }
      cells.set(row, used)
      used += columns
    },
    finish: () => cells.slice(0, used),
  }
}
