// One list of packages in packed runs, a piece each: a package is cut from its run, and the other runs stay as they are.
import { crc32 } from 'node:zlib'
import { freeBytes } from '../../model/free-bytes.ts'
import { packRunBehind } from '../packed-runs.ts'
import type { Pieces } from '../pieces.ts'
import { invalid } from './invalid.ts'
import { keepList, keptList } from './list-pieces.ts'
import { type ListPart, pkgidOf } from './package-list.ts'
import type { PackageTable } from './package-table.ts'

/** Whole packages in a row; the packed bytes are a piece. */
export interface PackedRun {
  readonly count: number
  /** Unpacked. */
  readonly sizeBytes: number
  /** CRC-32 of the unpacked bytes. */
  readonly checksum: number
}

/** Some kilobytes of memory for each thousand packages. */
export interface PackedList {
  /** Begins the key of every piece. */
  readonly key: string
  readonly pieces: Pieces
  readonly head: Buffer
  readonly runs: readonly PackedRun[]
  readonly tail: Buffer
  /** For each package of the list: which row of primary has its pkgid first. */
  readonly rows: Uint32Array
}

export type ListPlace = Pick<PackedList, 'key' | 'pieces'>

const SHA256 = /^[0-9a-f]{64}$/
const RUN_BYTES = 1024 * 1024
/** One more run is gathered meanwhile. */
const PACKED_AT_ONCE = 2

export function runPart(at: number): string {
  return `run ${at}`
}

/** Packs the parts as they pass; `rowOf` is told every package, in order. The caller keeps the list when it is good. */
export async function packList(
  parts: AsyncIterable<ListPart>,
  rowOf: (bytes: Buffer) => number,
  place: ListPlace,
): Promise<PackedList> {
  const runs = createRuns(place)
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
  return { ...place, head, tail, runs: await runs.finish(), rows: Uint32Array.from(rows) }
}

/** As it was kept, or read now. Throws UPSTREAM_INVALID when the list names other packages than primary has. */
export async function packListBeside(
  parts: () => AsyncIterable<ListPart>,
  type: string,
  primary: PackageTable,
  place: ListPlace,
): Promise<PackedList> {
  const kept = keptList(place.key, place.pieces)
  if (kept !== undefined) return kept
  const known = primary.firstRows()
  const met = new Set<number>()
  const list = await packList(
    parts(),
    (bytes) => {
      const pkgid = pkgidOf(bytes, type)
      const row = SHA256.test(pkgid) ? known.find(Buffer.from(pkgid, 'hex')) : undefined
      if (row === undefined)
        throw invalid(type, `has a package that primary does not have: ${pkgid.slice(0, 64)}`)
      met.add(row)
      return row
    },
    place,
  )
  if (met.size !== known.size)
    throw invalid(type, `has ${met.size} of the ${known.size} packages that primary has`)
  keepList(list)
  return list
}

function createRuns({ key, pieces }: ListPlace) {
  const runs: Promise<PackedRun>[] = []
  // Used in turn: fresh memory for each run would keep the garbage collector busy.
  const buffers = Array.from({ length: PACKED_AT_ONCE + 1 }, () => Buffer.allocUnsafeSlow(2 * RUN_BYTES))
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
    const part = runPart(runs.length)
    const packing = packRunBehind(bytes).then((packed) => {
      pieces.write(`${key} ${part}`, packed)
      freeBytes(packed)
      return run
    })
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
