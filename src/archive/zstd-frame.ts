// One zstd frame (RFC 8878), exactly. node:zlib stops silently after the first frame, so the borders are found by own code.
import zlib from 'node:zlib'
import type { Budget } from './budget.ts'
import type { ByteReader } from './byte-reader.ts'
import { invalidPackage } from './refusal.ts'
import { pumpDecoder } from './zlib-pump.ts'

const FRAME_MAGIC = 0xfd2fb528
const SKIPPABLE_MAGIC = 0x184d2a5
const WINDOW_LOG_MAX = 27 // 128 MiB of decoder memory
const MAX_BLOCK_BYTES = 128 * 1024
const RESERVED_BLOCK = 3
const RLE_BLOCK = 1
const OUTPUT_BYTES = 256 * 1024

/** Whether the four bytes open a frame that decoders skip without output. */
export function isSkippableFrame(head: Buffer): boolean {
  return head.length >= 4 && head.readUInt32LE(0) >>> 4 === SKIPPABLE_MAGIC
}

/** Reads over one skippable frame and returns its length in bytes. */
export async function skipZstdFrame(reader: ByteReader): Promise<number> {
  const head = await reader.read(8)
  const length = head.readUInt32LE(4)
  await reader.skip(length)
  return 8 + length
}

/** Decodes one frame and leaves the reader at the byte after it. Throws PACKAGE_INVALID for damage, cuts and dictionaries. */
export async function* unzstdFrame(reader: ByteReader, budget: Budget): AsyncGenerator<Buffer> {
  const decoder = zlib.createZstdDecompress({
    chunkSize: OUTPUT_BYTES,
    params: { [zlib.constants.ZSTD_d_windowLogMax]: WINDOW_LOG_MAX },
  })
  const blocks = frameParts(reader)
  const nextPart = async (): Promise<Buffer | undefined> => (await blocks.next()).value
  for await (const piece of pumpDecoder(decoder, nextPart, reader)) {
    budget.bytesOut(piece.length)
    yield piece
  }
  if (!(await blocks.next()).done) {
    throw invalidPackage('archive-damaged', 'the zstd decoder stopped before the end of the frame')
  }
}

// Frame: magic(4) descriptor(1) [window(1)] [dictionary id] [content size] blocks... [checksum(4)], RFC 8878 section 3.1.1.
async function* frameParts(reader: ByteReader): AsyncGenerator<Buffer, undefined> {
  const start = await reader.peek(5)
  if (start.length < 5) throw invalidPackage('archive-truncated', 'a zstd frame ends within its header')
  if (start.readUInt32LE(0) !== FRAME_MAGIC) throw invalidPackage('archive-damaged', 'not a zstd frame')
  const descriptor = start.readUInt8(4)
  yield await reader.read(5 + headerBytes(descriptor))
  for (let last = false; !last; ) {
    const head = await reader.peek(3)
    if (head.length < 3) throw invalidPackage('archive-truncated', 'a zstd frame ends without its last block')
    const value = head.readUIntLE(0, 3)
    last = (value & 1) === 1
    yield await reader.read(3 + blockBytes(value))
  }
  if (descriptor & 4) yield await reader.read(4)
  return undefined
}

function headerBytes(descriptor: number): number {
  if (descriptor & 8) throw invalidPackage('archive-damaged', 'a zstd frame header has its reserved bit set')
  if (descriptor & 3) throw invalidPackage('archive-zstd-dictionary', 'a zstd frame asks for a dictionary')
  const singleSegment = (descriptor >> 5) & 1
  const contentSize = [singleSegment, 2, 4, 8][descriptor >> 6] ?? 0
  return (singleSegment ? 0 : 1) + contentSize
}

function blockBytes(header: number): number {
  const type = (header >> 1) & 3
  const size = header >> 3
  if (type === RESERVED_BLOCK) throw invalidPackage('archive-damaged', 'a zstd block has the reserved type')
  if (type === RLE_BLOCK) return 1
  if (size > MAX_BLOCK_BYTES)
    throw invalidPackage('archive-damaged', 'a zstd block is larger than the format allows')
  return size
}
