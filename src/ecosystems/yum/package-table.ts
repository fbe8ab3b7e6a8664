// The packages of one primary, kept small: as lines of text in pieces, and read anew at each look.
import { createHash } from 'node:crypto'
import type { ArtifactClaim } from '../../model/claim.ts'
import type { IndexSet } from '../../model/index-set.ts'
import type { ReadContext } from '../ecosystem.ts'
import type { Pieces } from '../pieces.ts'
import { DigestRows } from './digest-rows.ts'
import { openFile } from './index-files.ts'
import { invalid } from './invalid.ts'
import { keepList, keptList, listKey, pieceOf, piecesInMemory } from './list-pieces.ts'
import { listParts } from './package-list.ts'
import { type ListPlace, type PackedList, packList } from './packed-list.ts'
import { type PrimaryPackage, parsePrimaryPackage, type RpmOrigin, rpmClaim } from './primary.ts'
import type { RepomdData } from './repomd.ts'

export interface PackageRow {
  /** Number of the row. */
  readonly at: number
  /** Location. */
  readonly path: string
  /** Dearer than the path. */
  read(): PrimaryPackage
}

/** In the order of primary. */
export interface PackageTable {
  /** From the first on, at every call. Throws STORE_FAILED, see `pieceOf`. */
  rows(): Generator<PackageRow>
  /** The first row with the pkgid of this one: one rpm may lie under two paths. */
  firstRowOf(at: number): number
  /** First rows by pkgid. */
  firstRows(): DigestRows
  /** primary itself. */
  readonly list: PackedList
}

const BLOCK_BYTES = 1024 * 1024
const NEW_LINE = 0x0a
const SPACE = 0x20

/** As it was kept, or read now. Throws UPSTREAM_INVALID as `listParts` and `parsePrimaryPackage` do, and for two files under one path. */
export async function readPackageTable(
  index: IndexSet,
  primary: RepomdData,
  context: ReadContext,
): Promise<PackageTable> {
  const pieces = context.pieces ?? piecesInMemory()
  const place = { key: listKey(context, primary.sha256, 'primary', primary.sha256), pieces }
  const kept = keptList(place.key, pieces)
  if (kept !== undefined) return tableOf(kept)
  const rows = createRows(place)
  const parts = listParts(openFile(index, primary, context), 'primary')
  const list = await packList(parts, (bytes) => rows.add(parsePrimaryPackage(bytes, 'primary')), place)
  rows.finish()
  keepList(list)
  return tableOf(list)
}

/** Of a path that primary lists twice, the same file is promised twice. */
export function* claimsOf(table: PackageTable, origin: RpmOrigin): Generator<ArtifactClaim> {
  for (const row of table.rows()) yield rpmClaim(row.read(), origin)
}

function blockPart(at: number): string {
  return `rows ${at}`
}

/** One line a package: location, then the rest as JSON. Neither has a line break in it, and the location no space. */
function createRows({ key, pieces }: { key: string; pieces: Pieces }) {
  let block = Buffer.allocUnsafeSlow(BLOCK_BYTES)
  let blocks = 0
  let used = 0
  let row = 0
  const firstRows = new DigestRows()
  const paths = new DigestRows()

  function finish(): void {
    if (used > 0) pieces.write(`${key} ${blockPart(blocks)}`, block.subarray(0, used))
    blocks += 1
    used = 0
  }

  return {
    /** Returns the first row with the same pkgid. */
    add({ href, ...rest }: PrimaryPackage): number {
      const line = `${href} ${JSON.stringify(rest)}\n`
      const bytes = Buffer.byteLength(line)
      if (used + bytes > block.length) finish()
      if (bytes > block.length) block = Buffer.allocUnsafeSlow(bytes)
      used += block.write(line, used)
      const first = firstRows.add(Buffer.from(rest.pkgid, 'hex'), row)
      row += 1
      if (paths.add(createHash('sha256').update(href).digest(), first) !== first)
        throw invalid('primary', `promises two files under ${href}`)
      return first
    },
    finish,
  }
}

function tableOf(list: PackedList): PackageTable {
  const rows = () => rowsOf(list, list.rows.length)
  const firstRowOf = (at: number) => list.rows[at] ?? at
  return {
    rows,
    firstRowOf,
    firstRows() {
      const known = new DigestRows()
      for (const one of rows())
        if (firstRowOf(one.at) === one.at) known.add(Buffer.from(one.read().pkgid, 'hex'), one.at)
      return known
    },
    list,
  }
}

function* rowsOf(place: ListPlace, count: number): Generator<PackageRow> {
  for (let block = 0, at = 0; at < count; block += 1) {
    const bytes = pieceOf(place, blockPart(block))
    for (let start = 0; start < bytes.length; at += 1) {
      const end = bytes.indexOf(NEW_LINE, start)
      yield rowOf(bytes.subarray(start, end), at)
      start = end + 1
    }
  }
}

function rowOf(line: Buffer, at: number): PackageRow {
  const space = line.indexOf(SPACE)
  const path = line.toString('latin1', 0, space)
  return {
    at,
    path,
    read: () => ({
      ...(JSON.parse(line.toString('utf8', space + 1)) as Omit<PrimaryPackage, 'href'>),
      href: path,
    }),
  }
}
