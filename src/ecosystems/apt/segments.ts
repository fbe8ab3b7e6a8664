// Packages text in pieces that are compressed once each: when one stanza goes, only its piece is compressed again.
import { createHash } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { crc32 } from 'node:zlib'
import { GZIP_HEADER, gzipEnd, packRun } from '../packed-runs.ts'
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
  return { gzip: [...gzip, gzipEnd(checksum, sizeBytes)], sha256: hash.digest('hex'), sizeBytes }
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
  const bytes = packRun(kept.length === 1 && only !== undefined ? only : Buffer.concat(kept))
  segment.packed = { cuts, bytes }
  return bytes
}
