// Where the stanzas of one text stand, as numbers: tens of thousands of objects would weigh as much as the text itself.
import type { StanzaFields } from './stanzas.ts'
import { fieldsOf, stanzasOf } from './stanzas.ts'

export interface StanzaTable {
  readonly count: number
  /** Bytes that the table itself takes. */
  readonly sizeBytes: number
  /** Range of one stanza in the text, without the blank line behind it. */
  startOf(at: number): number
  endOf(at: number): number
  /** Filename without a leading `./`: the path of the claim. */
  pathOf(at: number): string
  /** Read anew from the text at every call. */
  fieldsOf(at: number): StanzaFields
}

// Start and end of the stanza, start and end of its path.
const COLUMNS = 4
const GROWTH = 16_384

/** Throws UPSTREAM_INVALID as `stanzasOf` does. */
export function readStanzaTable(text: Buffer, what: string): StanzaTable {
  let cells = new Uint32Array(COLUMNS * GROWTH)
  let count = 0
  for (const { start, end, fields } of stanzasOf(text, what)) {
    if (COLUMNS * count === cells.length) cells = grown(cells)
    cells[COLUMNS * count] = start
    cells[COLUMNS * count + 1] = end
    // The first place where the stanza says it; any other would say the same.
    const path = claimedPath(fields)
    const pathStart = text.indexOf(path, start, 'latin1')
    cells[COLUMNS * count + 2] = pathStart
    cells[COLUMNS * count + 3] = pathStart + path.length
    count += 1
  }
  const startOf = (at: number) => cells[COLUMNS * at] ?? 0
  const endOf = (at: number) => cells[COLUMNS * at + 1] ?? 0
  return {
    count,
    sizeBytes: cells.byteLength,
    startOf,
    endOf,
    pathOf: (at) => text.toString('latin1', cells[COLUMNS * at + 2], cells[COLUMNS * at + 3]),
    fieldsOf: (at) => fieldsOf(text, startOf(at), endOf(at)),
  }
}

/** A flat repository's `./` is a spelling. */
export function claimedPath({ Filename }: Pick<StanzaFields, 'Filename'>): string {
  return Filename.startsWith('./') ? Filename.replace(/^(?:\.\/)+/, '') : Filename
}

function grown(cells: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(cells.length * 2)
  larger.set(cells)
  return larger
}
