// Writes .xz streams of stored LZMA2 chunks, with any part changed, so that what encoders never write can be tested.
import { crc32 } from 'node:zlib'

export interface XzShape {
  readonly blocks?: readonly Buffer[]
  /** One byte of LZMA2 properties; default: a dictionary of 8 MiB. */
  readonly dictionary?: number
  /** Added to the unpacked size that the index tells of the first block. */
  readonly indexOff?: number
  readonly indexCount?: number
  /** Filters before LZMA2, as written in the block header, and how many they are. */
  readonly filters?: { readonly count: number; readonly bytes: Buffer }
  /** Changes the CRC-32 of each block's data. */
  readonly wrongCheck?: boolean
  /** Low bits of the check's kind; default: CRC-32. */
  readonly check?: number
}

export function xzStream(shape: XzShape = {}): Buffer {
  const { blocks = [Buffer.from('text')], check = 1 } = shape
  const flags = Buffer.of(0, check)
  const written = blocks.map((data) => block(data, shape))
  const records = written.map(({ unpadded }, at) =>
    Buffer.concat([
      number(unpadded),
      number((blocks[at]?.length ?? 0) + (at === 0 ? (shape.indexOff ?? 0) : 0)),
    ]),
  )
  const index = summed(
    padded(Buffer.concat([Buffer.of(0), number(shape.indexCount ?? blocks.length), ...records])),
  )
  const backward = Buffer.alloc(4)
  backward.writeUInt32LE(index.length / 4 - 1)
  const tail = Buffer.concat([backward, flags])
  return Buffer.concat([
    Buffer.from('fd377a585a00', 'hex'),
    summed(flags),
    ...written.map(({ bytes }) => bytes),
    index,
    sum(tail),
    tail,
    Buffer.from('YZ'),
  ])
}

function block(data: Buffer, shape: XzShape): { bytes: Buffer; unpadded: number } {
  const { dictionary = 22, filters = { count: 0, bytes: Buffer.alloc(0) } } = shape
  const fields = Buffer.concat([Buffer.of(filters.count), filters.bytes, Buffer.of(0x21, 1, dictionary)])
  const body = Buffer.concat([Buffer.of(0), fields])
  const unsummed = Buffer.concat([body, Buffer.alloc((4 - (body.length % 4)) % 4)])
  unsummed[0] = unsummed.length / 4
  const header = summed(unsummed)
  const packed = Buffer.concat([...stored(data), Buffer.of(0)])
  const check = sum(data)
  if (shape.wrongCheck) check[0] = (check[0] ?? 0) ^ 1
  return {
    bytes: Buffer.concat([header, padded(packed), check]),
    unpadded: header.length + packed.length + check.length,
  }
}

/** Uncompressed chunks of at most 64 KiB, the first with a new dictionary. */
function stored(data: Buffer): Buffer[] {
  const chunks: Buffer[] = []
  for (let at = 0; at < data.length; at += 65_536) {
    const part = data.subarray(at, at + 65_536)
    chunks.push(Buffer.of(at === 0 ? 1 : 2, (part.length - 1) >> 8, (part.length - 1) & 0xff), part)
  }
  return chunks
}

function number(value: number): Buffer {
  const bytes: number[] = []
  let left = value
  for (; left > 0x7f; left = Math.floor(left / 128)) bytes.push((left % 128) | 0x80)
  return Buffer.from([...bytes, left])
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)])
}

function summed(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, sum(bytes)])
}

function sum(bytes: Buffer): Buffer {
  const value = Buffer.alloc(4)
  value.writeUInt32LE(crc32(bytes))
  return value
}
