// Packages text in pieces that are compressed once each: when one stanza goes, only its piece is compressed again.
import { createHash } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { constants, crc32, deflateRawSync } from 'node:zlib'
import type { StanzaTable } from './stanza-table.ts'

/** A run of whole stanzas, with the packed form that it had last. */
export interface Segment {
  readonly start: number
  readonly end: number
  packed?: PackedSegment
}

interface PackedSegment {
  /** Which cuts it was made with. */
  readonly cuts: string
  readonly bytes: Buffer
}

const SEGMENT_BYTES = 1024 * 1024
// Level 1 makes a main archive's Packages 12.5 MB in 0.4 s; level 6 saves an eighth and costs twice as much.
const LEVEL = 1
// RFC 1952: deflate, no flags, no time, fastest level, unknown system.
const GZIP_HEADER = Buffer.from('1f8b08000000000004ff', 'hex')
// RFC 1951: an empty last block.
const LAST_BLOCK = Buffer.from([0x03, 0x00])

export function segmentsOf({ count, startOf }: StanzaTable, length: number): Segment[] {
  const starts = [0]
  for (let at = 0; at < count; at += 1)
    if (startOf(at) - (starts.at(-1) ?? 0) >= SEGMENT_BYTES) starts.push(startOf(at))
  return starts.map((start, at) => ({ start, end: starts[at + 1] ?? length }))
}

/** Cut ranges, in order and without overlap, in bytes. */
export type Cut = readonly [start: number, end: number]

export interface PackedText {
  /** One member, in pieces. */
  readonly gzip: readonly Buffer[]
  /** Of the unpacked bytes. */
  readonly sha256: string
  readonly sizeBytes: number
}

/** The text without the cuts, packed. */
export function packWithout(text: Buffer, segments: readonly Segment[], cuts: readonly Cut[]): PackedText {
  const hash = createHash('sha256')
  const gzip: Buffer[] = [GZIP_HEADER]
  let next = 0
  let checksum = 0
  let sizeBytes = 0
  for (const segment of segments) {
    const inside: Cut[] = []
    for (let cut = cuts[next]; cut !== undefined && cut[0] < segment.end; cut = cuts[++next]) inside.push(cut)
    const kept = keptPieces(text, segment, inside)
    for (const piece of kept) {
      hash.update(piece)
      checksum = crc32(piece, checksum)
      sizeBytes += piece.byteLength
    }
    gzip.push(packedOf(segment, kept, inside))
  }
  const trailer = Buffer.alloc(8)
  trailer.writeUInt32LE(checksum)
  trailer.writeUInt32LE(sizeBytes % 2 ** 32, 4)
  return { gzip: [...gzip, LAST_BLOCK, trailer], sha256: hash.digest('hex'), sizeBytes }
}

/** Packs every segment whole, with a turn for other work after each, so that the first cut finds them ready. */
export async function packAhead(text: Buffer, segments: readonly Segment[]): Promise<void> {
  for (const segment of segments) {
    if (segment.packed !== undefined) continue
    packedOf(segment, [text.subarray(segment.start, segment.end)], [])
    await nextTurn()
  }
}

/** What stands between the cuts, as parts of the text. */
function keptPieces(text: Buffer, { start, end }: Segment, cuts: readonly Cut[]): Buffer[] {
  const kept: Buffer[] = []
  let from = start
  for (const [cutStart, cutEnd] of cuts) {
    if (cutStart > from) kept.push(text.subarray(from, cutStart))
    from = cutEnd
  }
  if (end > from) kept.push(text.subarray(from, end))
  return kept
}

function packedOf(segment: Segment, kept: readonly Buffer[], inside: readonly Cut[]): Buffer {
  const cuts = inside.join(' ')
  if (segment.packed?.cuts === cuts) return segment.packed.bytes
  const [only] = kept
  const bytes = packSegment(kept.length === 1 && only !== undefined ? only : Buffer.concat(kept))
  segment.packed = { cuts, bytes }
  return bytes
}

/** Blocks that end on a byte and refer to nothing before them, so that segments may follow each other in any company. */
function packSegment(bytes: Buffer): Buffer {
  return deflateRawSync(bytes, { level: LEVEL, finishFlush: constants.Z_SYNC_FLUSH })
}
