// Where the stanzas of one text stand, as numbers: tens of thousands of objects would weigh as much as the text itself.
import { sourceFilesOf, sourceStanzas } from './source-stanzas.ts'
import { type ClaimedFile, packageFileOf, packageStanzas } from './stanzas.ts'

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

// Start and end of the stanza, start and end of its only path in a Packages file.
const COLUMNS = 4
const GROWTH = 16_384

/** Throws UPSTREAM_INVALID as `packageStanzas` and `sourceStanzas` do. */
export function readStanzaTable(
  text: Buffer,
  what: string,
  kind: 'packages' | 'sources' = 'packages',
): StanzaTable {
  const isSources = kind === 'sources'
  let cells = new Uint32Array(COLUMNS * GROWTH)
  let count = 0
  for (const { start, end, files } of isSources ? sourceStanzas(text, what) : packageStanzas(text, what)) {
    if (COLUMNS * count === cells.length) cells = grown(cells)
    // The first place where the stanza says it; any other would say the same.
    const path = isSources ? '' : (files[0]?.path ?? '')
    const pathStart = isSources ? start : text.indexOf(path, start, 'latin1')
    cells.set([start, end, pathStart, pathStart + path.length], COLUMNS * count)
    count += 1
  }
  const cell = (at: number, column: number) => cells[COLUMNS * at + column] ?? 0
  const stanzaOf = (at: number) => text.toString('latin1', cell(at, 0), cell(at, 1))
  const filesOf = isSources
    ? (at: number) => sourceFilesOf(stanzaOf(at))
    : (at: number) => [packageFileOf(stanzaOf(at))]
  return {
    count,
    sizeBytes: cells.byteLength,
    startOf: (at) => cell(at, 0),
    endOf: (at) => cell(at, 1),
    pathsOf: isSources
      ? (at) => filesOf(at).map(({ path }) => path)
      : (at) => [text.toString('latin1', cell(at, 2), cell(at, 3))],
    filesOf,
  }
}

function grown(cells: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(cells.length * 2)
  larger.set(cells)
  return larger
}
