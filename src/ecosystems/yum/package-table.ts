// The packages of one primary, kept small: as text in a few buffers, and read anew at each look.
import type { IndexSet } from '../../model/index-set.ts'
import type { ReadContext } from '../ecosystem.ts'
import { openFile } from './index-files.ts'
import { listedSpans } from './package-list.ts'
import { type PrimaryPackage, parsePrimaryPackage } from './primary.ts'
import type { RepomdData } from './repomd.ts'

/** In the order of primary. */
export interface PackageTable {
  readonly count: number
  readonly sizeBytes: number
  /** Read anew at every call. */
  packageOf(at: number): PrimaryPackage
}

const BLOCK_BYTES = 1024 * 1024

/** Throws UPSTREAM_INVALID as `listedSpans` and `parsePrimaryPackage` do. */
export async function readPackageTable(
  index: IndexSet,
  primary: RepomdData,
  context: ReadContext,
): Promise<PackageTable> {
  const read = async () => {
    const rows = createRows()
    for await (const { bytes } of listedSpans(openFile(index, primary, context), 'primary'))
      if (bytes.length > 0) rows.add(JSON.stringify(parsePrimaryPackage(bytes, 'primary')))
    const value = rows.asTable()
    return { value, sizeBytes: value.sizeBytes }
  }
  if (context.remember === undefined) return (await read()).value
  return context.remember(`rpm primary ${primary.sha256}`, read)
}

/** Texts in blocks outside of the heap, with where each one stands. */
function createRows() {
  const blocks: Buffer[] = []
  const places: number[] = [] // block, start, end of each row
  let used = BLOCK_BYTES
  let sizeBytes = 0
  return {
    add(text: string): void {
      const bytes = Buffer.byteLength(text)
      if (used + bytes > (blocks.at(-1)?.length ?? 0)) {
        blocks.push(Buffer.allocUnsafeSlow(Math.max(BLOCK_BYTES, bytes)))
        used = 0
      }
      blocks.at(-1)?.write(text, used)
      places.push(blocks.length - 1, used, used + bytes)
      used += bytes
      sizeBytes += bytes
    },
    asTable(): PackageTable {
      const cells = Uint32Array.from(places)
      return {
        count: cells.length / 3,
        sizeBytes: sizeBytes + cells.byteLength,
        packageOf(at) {
          const text = blocks[cells[at * 3] ?? -1]?.toString('utf8', cells[at * 3 + 1], cells[at * 3 + 2])
          return JSON.parse(text ?? '') as PrimaryPackage
        },
      }
    },
  }
}
