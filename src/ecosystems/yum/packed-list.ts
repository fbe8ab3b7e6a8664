// One list of packages in packed runs, small enough to be kept: a package is cut from its run, and the other runs stay as they are.
import { crc32 } from 'node:zlib'
import { packRunBehind } from '../packed-runs.ts'
import { invalid } from './invalid.ts'
import { type ListPart, pkgidOf } from './package-list.ts'
import type { PackageTable } from './package-table.ts'

export interface PackedBytes {
  readonly packed: Buffer
  /** Unpacked. */
  readonly sizeBytes: number
  /** CRC-32 of the unpacked bytes. */
  readonly checksum: number
}

/** Whole packages in a row. */
export interface PackedRun extends PackedBytes {
  readonly count: number
  /** As it was packed last without some packages, which are given by their places in the run. */
  cut?: PackedBytes & { readonly places: string }
}

export interface PackedList {
  readonly head: Buffer
  readonly runs: readonly PackedRun[]
  readonly tail: Buffer
  /** For each package of the list: which row of primary has its pkgid first. */
  readonly rows: Uint32Array
  /** In memory. */
  readonly sizeBytes: number
}

const RUN_BYTES = 1024 * 1024
const BLOCK_BYTES = 4 * 1024 * 1024
/** One more run is gathered meanwhile. */
const PACKED_AT_ONCE = 2

/** Packs the parts as they pass; `rowOf` is told every package, in order. */
export async function packList(
  parts: AsyncIterable<ListPart>,
  rowOf: (bytes: Buffer) => number,
): Promise<PackedList> {
  const runs = createRuns()
  const rows: number[] = []
  let head: Buffer = Buffer.alloc(0)
  let tail: Buffer = Buffer.alloc(0)
  for await (const part of parts) {
    if (part.head !== undefined) head = Buffer.from(part.head)
    if (part.tail !== undefined) tail = Buffer.from(part.tail)
    for (const { before, bytes } of part.packages) {
      rows.push(rowOf(bytes))
      if (runs.add(before, bytes)) await runs.behind()
    }
  }
  const packed = await runs.finish()
  const sizeBytes = packed.reduce((sum, run) => sum + run.packed.length, 0) + 4 * rows.length
  return { head, tail, runs: packed, rows: Uint32Array.from(rows), sizeBytes }
}

/** Throws UPSTREAM_INVALID when the list names other packages than primary has. */
export async function packListBeside(
  parts: AsyncIterable<ListPart>,
  type: string,
  primary: PackageTable,
): Promise<PackedList> {
  const known = primary.firstRows()
  const met = new Set<number>()
  const list = await packList(parts, (bytes) => {
    const pkgid = pkgidOf(bytes, type)
    const row = known.get(pkgid)
    if (row === undefined)
      throw invalid(type, `has a package that primary does not have: ${pkgid.slice(0, 64)}`)
    met.add(row)
    return row
  })
  if (met.size !== known.size)
    throw invalid(type, `has ${met.size} of the ${known.size} packages that primary has`)
  return list
}

/** Copies what stays into large blocks: small ones between the passing pieces of a file would hold the memory of these. */
function createKeeping(): (bytes: Buffer) => Buffer {
  let block: Buffer = Buffer.alloc(0)
  let used = 0
  return (bytes) => {
    if (used + bytes.length > block.length) {
      block = Buffer.allocUnsafeSlow(Math.max(BLOCK_BYTES, bytes.length))
      used = 0
    }
    const kept = block.subarray(used, used + bytes.length)
    used += bytes.copy(kept)
    return kept
  }
}

function createRuns() {
  const runs: Promise<PackedRun>[] = []
  // Used in turn: fresh memory for each run would keep the garbage collector busy.
  const buffers = Array.from({ length: PACKED_AT_ONCE + 1 }, () => Buffer.allocUnsafeSlow(2 * RUN_BYTES))
  const keep = createKeeping()
  let count = 0
  let used = 0

  function room(bytes: number): Buffer {
    const turn = runs.length % buffers.length
    const buffer = buffers[turn] ?? Buffer.alloc(0)
    if (used + bytes <= buffer.length) return buffer
    const larger = Buffer.allocUnsafeSlow(2 * (used + bytes))
    buffer.copy(larger, 0, 0, used)
    buffers[turn] = larger
    return larger
  }

  function pack(): void {
    const bytes = room(0).subarray(0, used)
    const run = { count, sizeBytes: used, checksum: crc32(bytes) }
    const packing = packRunBehind(bytes).then((packed) => ({ ...run, packed: keep(packed) }))
    packing.catch(() => undefined) // `behind` or `finish` throws it
    runs.push(packing)
    count = 0
    used = 0
  }

  return {
    /** Whether a run was full; then `behind` must be awaited before the next. */
    add(before: Buffer, bytes: Buffer): boolean {
      const buffer = room(before.length + bytes.length)
      used += before.copy(buffer, used)
      used += bytes.copy(buffer, used)
      count += 1
      if (used < RUN_BYTES) return false
      pack()
      return true
    },
    /** Waits until one of the buffers is free. */
    async behind(): Promise<void> {
      await runs.at(-PACKED_AT_ONCE - 1)
    },
    finish(): Promise<PackedRun[]> {
      if (count > 0) pack()
      return Promise.all(runs)
    },
  }
}
