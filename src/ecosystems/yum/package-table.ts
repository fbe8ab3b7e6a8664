// The packages of one primary, kept small: as text in a few buffers, and read anew at each look.
import type { IndexSet } from '../../model/index-set.ts'
import type { ReadContext } from '../ecosystem.ts'
import { openFile } from './index-files.ts'
import { listParts } from './package-list.ts'
import { type PackedList, packList } from './packed-list.ts'
import { type PrimaryPackage, parsePrimaryPackage } from './primary.ts'
import type { RepomdData } from './repomd.ts'

/** In the order of primary. */
export interface PackageTable {
  readonly count: number
  readonly sizeBytes: number
  /** Read anew at every call. */
  packageOf(at: number): PrimaryPackage
  /** Location, cheaper than the package. */
  pathOf(at: number): string
  /** The first row with the pkgid of this one: one rpm may lie under two paths. */
  firstRowOf(at: number): number
  /** First rows by pkgid. */
  firstRows(): Map<string, number>
  /** primary itself. */
  readonly list: PackedList
}

const BLOCK_BYTES = 1024 * 1024

/** Throws UPSTREAM_INVALID as `listParts` and `parsePrimaryPackage` do. */
export async function readPackageTable(
  index: IndexSet,
  primary: RepomdData,
  context: ReadContext,
): Promise<PackageTable> {
  const read = async () => {
    const rows = createRows()
    const parts = listParts(openFile(index, primary, context), 'primary')
    const list = await packList(parts, (bytes) => rows.add(parsePrimaryPackage(bytes, 'primary')))
    const value = rows.asTable(list)
    return { value, sizeBytes: value.sizeBytes }
  }
  if (context.remember === undefined) return (await read()).value
  return context.remember(`rpm primary ${primary.sha256}`, read)
}

/** Texts in blocks outside of the heap, with where each one stands: location, then the rest as JSON. */
function createRows() {
  const blocks: Buffer[] = []
  const places: number[] = [] // block, start, end of location, end of each row
  const firstRows = new Map<string, number>()
  let used = BLOCK_BYTES
  return {
    /** Returns the first row with the same pkgid. */
    add({ href, ...rest }: PrimaryPackage): number {
      const text = JSON.stringify(rest)
      const bytes = href.length + Buffer.byteLength(text)
      if (used + bytes > (blocks.at(-1)?.length ?? 0)) {
        blocks.push(Buffer.allocUnsafeSlow(Math.max(BLOCK_BYTES, bytes)))
        used = 0
      }
      blocks.at(-1)?.write(href, used, 'latin1') // printable ASCII, as was checked
      blocks.at(-1)?.write(text, used + href.length)
      places.push(blocks.length - 1, used, used + href.length, used + bytes)
      used += bytes
      const row = places.length / 4 - 1
      const first = firstRows.get(rest.pkgid)
      if (first !== undefined) return first
      firstRows.set(rest.pkgid, row)
      return row
    },
    asTable(list: PackedList): PackageTable {
      const cells = Uint32Array.from(places)
      const part = (at: number, from: number, to: number, encoding: 'latin1' | 'utf8') =>
        blocks[cells[at * 4] ?? -1]?.toString(encoding, cells[at * 4 + from], cells[at * 4 + to]) ?? ''
      const count = cells.length / 4
      const pathOf = (at: number) => part(at, 1, 2, 'latin1')
      const packageOf = (at: number): PrimaryPackage => ({
        ...(JSON.parse(part(at, 2, 3, 'utf8')) as Omit<PrimaryPackage, 'href'>),
        href: pathOf(at),
      })
      const firstRowOf = (at: number) => list.rows[at] ?? at
      return {
        count,
        sizeBytes: blocks.length * BLOCK_BYTES + cells.byteLength + list.sizeBytes,
        packageOf,
        pathOf,
        firstRowOf,
        firstRows() {
          const rows = new Map<string, number>()
          for (let at = 0; at < count; at += 1) if (firstRowOf(at) === at) rows.set(packageOf(at).pkgid, at)
          return rows
        },
        list,
      }
    },
  }
}
