// Packages files: where each stanza and its wanted fields stand. A million lines are looked at, so this goes the shortest way.
import { invalid } from './release.ts'
import { type ClaimedFile, isSafePath, type StanzaNames, stanzaRanges } from './stanzas.ts'

const FIELDS = ['Package', 'Version', 'Architecture', 'Filename', 'Size', 'SHA256', 'Source'] as const
const COLUMN = new Map<string, number>(FIELDS.map((name, at) => [name, at]))
/** Start and end of the stanza, then of each field's value; both 0 for a field that is not there. */
export const PACKAGE_COLUMNS = 2 + 2 * FIELDS.length
const SPACE = 32
const TAB = 9

/**
 * Calls `add` for every stanza; the array is used again for the next. Throws UPSTREAM_INVALID for CR, NUL, a field twice, a missing
 * field, or a Filename that leaves the archive; a half-understood index is not served.
 */
export function scanPackages(text: Buffer, what: string, add: (cells: Uint32Array) => void): void {
  const cells = new Uint32Array(PACKAGE_COLUMNS)
  for (const { start, end, names } of stanzaRanges(text, what)) {
    cells.fill(0)
    cells[0] = start
    cells[1] = end
    const stanza = text.toString('latin1', start, end)
    findFields(stanza, start, names, cells, what)
    check(stanza, start, cells, what)
    add(cells)
  }
}

function findFields(
  stanza: string,
  offset: number,
  names: StanzaNames,
  cells: Uint32Array,
  what: string,
): void {
  for (let at = 0; at < stanza.length; ) {
    const next = stanza.indexOf('\n', at)
    const lineEnd = next < 0 ? stanza.length : next
    const first = stanza.charCodeAt(at)
    if (first !== SPACE && first !== TAB) {
      const name = names.nameAt(stanza, at, lineEnd)
      const column = COLUMN.get(name)
      if (column !== undefined) {
        let [from, to] = [at + name.length + 1, lineEnd]
        while (from < to && stanza.charCodeAt(from) <= SPACE) from += 1
        while (to > from && stanza.charCodeAt(to - 1) <= SPACE) to -= 1
        cells[2 + 2 * column] = offset + from
        cells[3 + 2 * column] = offset + to
      }
    } else if (at === 0) throw invalid(what, 'has a stanza that begins with a continuation line')
    at = lineEnd + 1
  }
}

function check(stanza: string, offset: number, cells: Uint32Array, what: string): void {
  const value = (column: number) =>
    stanza.slice((cells[2 + 2 * column] ?? 0) - offset, (cells[3 + 2 * column] ?? 0) - offset)
  const missing = FIELDS.filter((name, at) => name !== 'Source' && cells[2 + 2 * at] === cells[3 + 2 * at])
  if (missing.length > 0)
    throw invalid(what, `has a stanza without ${missing.join(', ')}: ${stanza.slice(0, 60).split('\n')[0]}`)
  const [name, version, path, size, sha256] = [value(0), value(1), value(3), value(4), value(5)]
  if (!isSafePath(path)) throw invalid(what, `has a Filename that leaves the archive: ${path.slice(0, 100)}`)
  if (!/^[0-9a-f]{64}$/.test(sha256) || !/^\d{1,15}$/.test(size))
    throw invalid(what, `has a Size or SHA256 that cannot be read: ${path}`)
  if (!/^[a-z0-9][a-z0-9+.-]*$/i.test(name) || !/^[A-Za-z0-9.+:~-]+$/.test(version))
    throw invalid(what, `has a Package or Version that cannot be read: ${name} ${version}`.slice(0, 200))
}

/** The path of a stanza that was scanned, from the cells at `row`. */
export function packagePathOf(text: Buffer, cells: Uint32Array, row: number): string {
  const path = valueAt(text, cells, row, 3)
  return path.startsWith('./') ? path.replace(/^(?:\.\/)+/, '') : path
}

/** The package of a stanza that was scanned. Its texts are copies: a piece of a string would keep the whole string. */
export function packageFileOf(text: Buffer, cells: Uint32Array, row: number): ClaimedFile {
  const name = valueAt(text, cells, row, 0)
  const version = valueAt(text, cells, row, 1)
  return {
    name,
    version,
    architecture: valueAt(text, cells, row, 2),
    path: packagePathOf(text, cells, row),
    sizeBytes: Number(valueAt(text, cells, row, 4)),
    sha256: valueAt(text, cells, row, 5),
    ...sourceOf(name, version, valueAt(text, cells, row, 6)),
  }
}

function valueAt(text: Buffer, cells: Uint32Array, row: number, column: number): string {
  const at = row * PACKAGE_COLUMNS + 2 + 2 * column
  return text.toString('latin1', cells[at], cells[at + 1])
}

/** `Source` is left out when it is the package itself, and its version when it is the package's. */
function sourceOf(name: string, version: string, told: string) {
  if (told === '') return { source: name, sourceVersion: version }
  const [, source = told, sourceVersion = version] = /^(\S+)(?:\s+\(([^)]+)\))?$/.exec(told) ?? []
  return { source, sourceVersion }
}
