// One gzip member (RFC 1952), exactly: header, deflate data and trailer, and not a byte of what follows.
import zlib, { type Zlib } from 'node:zlib'
import type { Budget } from './budget.ts'
import type { ByteReader } from './byte-reader.ts'
import { invalidPackage } from './refusal.ts'
import { pumpDecoder } from './zlib-pump.ts'

/** Optional fields of a gzip header, for formats where their presence is odd. */
export interface GzipHeader {
  readonly extraBytes: number
  readonly name?: string
  readonly comment?: string
}

const FIXED_HEADER_BYTES = 10
const FHCRC = 2
const FEXTRA = 4
const FNAME = 8
const FCOMMENT = 16
const RESERVED = 0xe0
const MAX_TEXT_BYTES = 4096
const OUTPUT_BYTES = 256 * 1024

/** Decodes one member and leaves the reader at the byte after it. Throws PACKAGE_INVALID when damaged or cut off. */
export async function* gunzipMember(
  reader: ByteReader,
  budget: Budget,
  onHeader?: (header: GzipHeader) => void,
): AsyncGenerator<Buffer> {
  const header = await readGzipHeader(reader)
  onHeader?.(header)
  let crc = 0
  let length = 0
  const inflate: Zlib & NodeJS.ReadWriteStream = zlib.createInflateRaw({ chunkSize: OUTPUT_BYTES })
  for await (const piece of pumpDecoder(inflate, () => reader.chunk(), reader)) {
    budget.bytesOut(piece.length)
    crc = zlib.crc32(piece, crc)
    length += piece.length
    yield piece
  }
  checkTrailer(await reader.read(8), crc, length)
}

/** Reads a member's header. Throws PACKAGE_INVALID for another method or reserved flags. */
export async function readGzipHeader(reader: ByteReader): Promise<GzipHeader> {
  const fixed = await reader.read(FIXED_HEADER_BYTES)
  if (fixed.readUInt16BE(0) !== 0x1f8b || fixed[2] !== 8) {
    throw invalidPackage('archive-damaged', 'not a gzip member with deflate data')
  }
  const flags = fixed.readUInt8(3)
  if (flags & RESERVED) throw invalidPackage('archive-damaged', 'a gzip header has reserved flags set')
  const extraBytes = flags & FEXTRA ? (await reader.read(2)).readUInt16LE(0) : 0
  await reader.skip(extraBytes)
  const name = flags & FNAME ? await readText(reader) : undefined
  const comment = flags & FCOMMENT ? await readText(reader) : undefined
  if (flags & FHCRC) await reader.skip(2)
  return {
    extraBytes,
    ...(name === undefined ? {} : { name }),
    ...(comment === undefined ? {} : { comment }),
  }
}

/** Compares the trailer (CRC-32 and length modulo 2^32, little endian) with what was decoded. */
export function checkTrailer(trailer: Buffer, crc: number, length: number): void {
  if (trailer.readUInt32LE(0) !== crc || trailer.readUInt32LE(4) !== length % 2 ** 32) {
    throw invalidPackage('archive-damaged', 'a gzip member does not have the checksum or length it claims')
  }
}

async function readText(reader: ByteReader): Promise<string> {
  const ahead = await reader.peek(MAX_TEXT_BYTES)
  const end = ahead.indexOf(0)
  if (end < 0) throw invalidPackage('archive-damaged', 'a gzip header has an endless name or comment')
  return (await reader.read(end + 1)).toString('latin1', 0, end)
}
