// Packages text in pieces that are compressed once each: when one stanza goes, only its piece is compressed again.
import { createHash } from 'node:crypto'
import { constants, crc32, deflateRawSync } from 'node:zlib'
import type { Stanza } from './stanzas.ts'

/** A run of whole stanzas. `packed` is filled when it is first needed whole. */
export interface Segment {
  readonly start: number
  readonly end: number
  packed?: Buffer
}

const SEGMENT_CHARACTERS = 1024 * 1024
// Level 1 makes a main archive's Packages 12.5 MB in 0.4 s; level 6 saves an eighth and costs twice as much.
const LEVEL = 1
// RFC 1952: deflate, no flags, no time, fastest level, unknown system.
const GZIP_HEADER = Buffer.from('1f8b08000000000004ff', 'hex')
// RFC 1951: an empty last block.
const LAST_BLOCK = Buffer.from([0x03, 0x00])

export function segmentsOf(stanzas: readonly Stanza[], length: number): Segment[] {
  const starts = [0]
  for (const { start } of stanzas) if (start - (starts.at(-1) ?? 0) >= SEGMENT_CHARACTERS) starts.push(start)
  return starts.map((start, at) => ({ start, end: starts[at + 1] ?? length }))
}

/** Cut ranges, in order and without overlap, in characters. */
export type Cut = readonly [start: number, end: number]

export interface PackedText {
  /** One member. */
  readonly gzip: Buffer
  /** Of the unpacked bytes, which are never held as a whole. */
  readonly sha256: string
  readonly sizeBytes: number
}

/** The text without the cuts, packed. */
export function packWithout(text: string, segments: readonly Segment[], cuts: readonly Cut[]): PackedText {
  const hash = createHash('sha256')
  const packed: Buffer[] = [GZIP_HEADER]
  let next = 0
  let checksum = 0
  let sizeBytes = 0
  for (const segment of segments) {
    const inside: Cut[] = []
    for (let cut = cuts[next]; cut !== undefined && cut[0] < segment.end; cut = cuts[++next]) inside.push(cut)
    const bytes = keptBytes(text, segment, inside)
    if (inside.length === 0) segment.packed ??= packSegment(bytes)
    packed.push(inside.length === 0 ? (segment.packed ?? packSegment(bytes)) : packSegment(bytes))
    hash.update(bytes)
    checksum = crc32(bytes, checksum)
    sizeBytes += bytes.byteLength
  }
  const trailer = Buffer.alloc(8)
  trailer.writeUInt32LE(checksum)
  trailer.writeUInt32LE(sizeBytes % 2 ** 32, 4)
  return { gzip: Buffer.concat([...packed, LAST_BLOCK, trailer]), sha256: hash.digest('hex'), sizeBytes }
}

function keptBytes(text: string, { start, end }: Segment, cuts: readonly Cut[]): Buffer {
  const kept: string[] = []
  let from = start
  for (const [cutStart, cutEnd] of cuts) {
    kept.push(text.slice(from, cutStart))
    from = cutEnd
  }
  kept.push(text.slice(from, end))
  return Buffer.from(kept.join(''), 'latin1')
}

/** Blocks that end on a byte and refer to nothing before them, so that segments may follow each other in any company. */
function packSegment(bytes: Buffer): Buffer {
  return deflateRawSync(bytes, { level: LEVEL, finishFlush: constants.Z_SYNC_FLUSH })
}
