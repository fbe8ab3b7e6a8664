// The parts of one xz stream in order (The .xz File Format 1.2.1), so that its decoder is given exactly this stream.
import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { tooLarge } from './budget.ts'
import type { ByteReader } from './byte-reader.ts'
import { invalidPackage } from './refusal.ts'

const MAGIC = Buffer.from('fd377a585a00', 'hex')
const FOOTER_MAGIC = 'YZ'
/** None, CRC-32, CRC-64, SHA-256: what decoders can check. The number is the bytes that each takes. */
const CHECK_BYTES: Readonly<Record<number, number>> = { 0: 0, 1: 4, 4: 8, 10: 32 }
const LZMA2 = 0x21
/** `xz -9` asks for 64 MiB. With 128 MiB the decoder would need more than that. */
const MAX_DICTIONARY_BYTES = 96 * 1024 * 1024

/** Encoders make one a core, or one of some MiB. What unpacks to nothing costs no budget, so that its number must be bounded. */
const MAX_BLOCKS = 50_000

export interface XzPart {
  readonly bytes: Buffer
  /** What the decoder makes of it, exactly: each chunk tells. */
  readonly unpackedBytes: number
}

/** What the index at the end must say again of all blocks: their number and the sizes of each. */
class Blocks {
  readonly #hash = createHash('sha256')
  count = 0

  add(unpaddedBytes: number, unpackedBytes: number): void {
    this.count += 1
    if (this.count > MAX_BLOCKS)
      throw tooLarge('archive-limit-entries', `more than ${MAX_BLOCKS} xz blocks`, MAX_BLOCKS)
    this.#hash.update(`${unpaddedBytes} ${unpackedBytes}\n`)
  }

  digest(): string {
    return this.#hash.digest('hex')
  }
}

/** Leaves the reader at the byte after the stream. Throws PACKAGE_INVALID, or TOO_LARGE for a huge dictionary. */
export async function* xzParts(reader: ByteReader): AsyncGenerator<XzPart> {
  const header = await reader.read(12)
  const flags = header.subarray(6, 8)
  const checkBytes = CHECK_BYTES[header.readUInt8(7)]
  if (!header.subarray(0, 6).equals(MAGIC) || flags[0] !== 0 || checkBytes === undefined)
    throw damaged('no xz stream header')
  checkSum(header.subarray(6))
  yield plain(header)
  const blocks = new Blocks()
  for (;;) {
    const first = (await reader.read(1)).readUInt8(0)
    if (first === 0) break
    yield* blockParts(reader, first, checkBytes, blocks)
  }
  yield* endParts(reader, flags, blocks)
}

async function* blockParts(
  reader: ByteReader,
  first: number,
  checkBytes: number,
  blocks: Blocks,
): AsyncGenerator<XzPart> {
  const header = Buffer.concat([Buffer.of(first), await reader.read((first + 1) * 4 - 1)])
  checkSum(header)
  const told = readBlockHeader(header)
  yield plain(header)
  let packedBytes = 0
  let unpackedBytes = 0
  for (let ended = false; !ended; ) {
    const chunk = await lzma2Chunk(reader)
    packedBytes += chunk.bytes.length
    unpackedBytes += chunk.unpackedBytes
    ended = chunk.unpackedBytes === 0
    yield chunk
  }
  if ((told.packed ?? packedBytes) !== packedBytes || (told.unpacked ?? unpackedBytes) !== unpackedBytes)
    throw damaged('a block whose header tells other sizes')
  blocks.add(header.length + packedBytes + checkBytes, unpackedBytes)
  const padding = await reader.read((4 - (packedBytes % 4)) % 4)
  if (padding.some((byte) => byte !== 0)) throw damaged('block padding that is not zero')
  yield plain(Buffer.concat([padding, await reader.read(checkBytes)]))
}

/** Section 3.1: sizes, then filters, of which the last must be LZMA2. */
function readBlockHeader(header: Buffer): { packed?: number; unpacked?: number } {
  const flags = header.readUInt8(1)
  if (flags & 0x3c) throw damaged('a block header with reserved bits')
  const fields = new Fields(header.subarray(2, -4))
  const sizes = {
    ...(flags & 0x40 ? { packed: fields.number() } : {}),
    ...(flags & 0x80 ? { unpacked: fields.number() } : {}),
  }
  for (let left = flags & 3; left >= 0; left -= 1) {
    const id = fields.number()
    const properties = fields.bytes(fields.number())
    if ((id === LZMA2) !== (left === 0)) throw damaged('a filter chain that does not end with LZMA2')
    if (id === LZMA2) checkDictionary(properties)
  }
  if (fields.rest().some((byte) => byte !== 0)) throw damaged('a block header with more than it may have')
  return sizes
}

/** Section 5.3.1. */
function checkDictionary(properties: Buffer): void {
  const bits = properties.length === 1 ? properties.readUInt8(0) : 255
  if (bits > 40) throw damaged('LZMA2 properties out of range')
  if ((2 | (bits & 1)) * 2 ** ((bits >> 1) + 11) > MAX_DICTIONARY_BYTES)
    throw tooLarge('archive-limit-memory', 'the decoder would need too much memory', MAX_DICTIONARY_BYTES)
}

/** One LZMA2 chunk: control byte, sizes, data of at most 64 KiB. The last is a zero byte and unpacks to nothing. */
async function lzma2Chunk(reader: ByteReader): Promise<XzPart> {
  const control = (await reader.peek(1))[0] ?? 0
  if (control === 0) return plain(await reader.read(1))
  if (control > 2 && control < 0x80) throw damaged('an unknown kind of LZMA2 chunk')
  const head = await reader.peek(5)
  if (head.length < 5) throw invalidPackage('archive-truncated', 'the xz data ends too early')
  const low = head.readUInt16BE(1)
  if (control <= 2) return { bytes: await reader.read(3 + low + 1), unpackedBytes: low + 1 }
  const packed = head.readUInt16BE(3) + 1
  const propertyBytes = control >= 0xc0 ? 1 : 0
  return {
    bytes: await reader.read(5 + propertyBytes + packed),
    unpackedBytes: ((control & 0x1f) << 16) + low + 1,
  }
}

/** Sections 4 and 2.1.2: index and footer; the index' first byte was read. */
async function* endParts(reader: ByteReader, flags: Buffer, blocks: Blocks): AsyncGenerator<XzPart> {
  const index = new IndexBytes(reader)
  const listed = new Blocks()
  const count = await index.number()
  if (count !== blocks.count) throw damaged('an index of another number of blocks')
  for (let left = count; left > 0; left -= 1) listed.add(await index.number(), await index.number())
  if (listed.digest() !== blocks.digest()) throw damaged('an index that tells other sizes')
  yield plain(await index.end())
  const footer = await reader.read(12)
  if (footer.readUInt32LE(0) !== crc32(footer.subarray(4, 10))) throw damaged('a wrong checksum')
  const isWhole = footer.subarray(8, 10).equals(flags) && footer.toString('latin1', 10) === FOOTER_MAGIC
  if (!isWhole || (footer.readUInt32LE(4) + 1) * 4 !== index.sizeBytes) throw damaged('no xz stream footer')
  yield plain(footer)
}

/** The index as it is read, kept for the decoder. */
class IndexBytes {
  readonly #reader: ByteReader
  readonly #parts: Buffer[] = [Buffer.of(0)]
  sizeBytes = 1

  constructor(reader: ByteReader) {
    this.#reader = reader
  }

  async number(): Promise<number> {
    const peeked = await this.#reader.peek(9)
    const fields = new Fields(peeked)
    const value = fields.number()
    this.#keep(await this.#reader.read(peeked.length - fields.rest().length))
    return value
  }

  async end(): Promise<Buffer> {
    const padding = await this.#reader.read((4 - (this.sizeBytes % 4)) % 4)
    if (padding.some((byte) => byte !== 0)) throw damaged('index padding that is not zero')
    this.#keep(padding)
    this.#keep(await this.#reader.read(4))
    const whole = Buffer.concat(this.#parts)
    checkSum(whole)
    return whole
  }

  #keep(bytes: Buffer): void {
    this.#parts.push(Buffer.from(bytes))
    this.sizeBytes += bytes.length
  }
}

/** Numbers of one to nine bytes, section 1.2, and plain bytes. */
class Fields {
  #bytes: Buffer

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  number(): number {
    let value = 0
    for (let at = 0; at < 9; at += 1) {
      const byte = this.#bytes[at]
      if (byte === undefined) throw invalidPackage('archive-truncated', 'a number is cut off')
      value += (byte & 0x7f) * 2 ** (7 * at)
      if (byte & 0x80) continue
      if ((byte === 0 && at > 0) || !Number.isSafeInteger(value)) break
      this.#bytes = this.#bytes.subarray(at + 1)
      return value
    }
    throw damaged('a number out of range')
  }

  bytes(count: number): Buffer {
    if (count > this.#bytes.length) throw damaged('a block header that is too short')
    const taken = this.#bytes.subarray(0, count)
    this.#bytes = this.#bytes.subarray(count)
    return taken
  }

  rest(): Buffer {
    return this.#bytes
  }
}

/** The last four bytes are the CRC-32 of those before. */
function checkSum(bytes: Buffer): void {
  const end = bytes.length - 4
  if (crc32(bytes.subarray(0, end)) !== bytes.readUInt32LE(end)) throw damaged('a wrong checksum')
}

function plain(bytes: Buffer): XzPart {
  return { bytes, unpackedBytes: 0 }
}

function damaged(what: string): Error {
  return invalidPackage('archive-damaged', `the xz data is damaged: ${what}`)
}
