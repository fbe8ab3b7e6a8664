// Builds zip files record by record, so that local headers, directory and end can contradict each other.
import { crc32, deflateRawSync } from 'node:zlib'

export interface ZipHeader {
  readonly name?: string | Buffer
  readonly method?: number
  readonly flags?: number
  readonly crc?: number
  readonly compressed?: number
  readonly size?: number
  readonly extra?: Buffer
}

export interface RawZipEntry {
  readonly name: string | Buffer
  readonly data?: string | Uint8Array
  readonly method?: number
  readonly flags?: number
  readonly mode?: number
  /** What the local header says otherwise than the directory. */
  readonly local?: ZipHeader
  /** What the directory says otherwise than the data. */
  readonly central?: ZipHeader & { readonly offset?: number }
  /** Bytes before the local header and after the data. */
  readonly before?: Uint8Array
  readonly after?: Uint8Array
  /** Not in the directory at all. */
  readonly hidden?: boolean
}

export interface RawZipOptions {
  readonly prefix?: Uint8Array
  readonly suffix?: Uint8Array
  readonly comment?: Uint8Array
  readonly beforeDirectory?: Uint8Array
  readonly afterDirectory?: Uint8Array
  /** Added to the offsets in the end record, and what it says otherwise. */
  readonly end?: {
    readonly count?: number
    readonly bytes?: number
    readonly offset?: number
    readonly disk?: number
  }
}

const EMPTY = Buffer.alloc(0)

export function rawZip(entries: readonly RawZipEntry[], options: RawZipOptions = {}): Buffer {
  const parts: Buffer[] = [Buffer.from(options.prefix ?? EMPTY)]
  const directory: Buffer[] = []
  let at = parts[0]?.length ?? 0
  for (const entry of entries) {
    const packed = pack(entry)
    const before = Buffer.from(entry.before ?? EMPTY)
    const local = localHeader({ ...packed.header, ...entry.local })
    const after = Buffer.from(entry.after ?? EMPTY)
    if (!entry.hidden) directory.push(centralRecord(entry, packed.header, at + before.length))
    const piece = Buffer.concat([before, local, packed.bytes, after])
    parts.push(piece)
    at += piece.length
  }
  const beforeDirectory = Buffer.from(options.beforeDirectory ?? EMPTY)
  const records = Buffer.concat(directory)
  const end = endRecord({
    count: directory.length,
    bytes: records.length,
    offset: at + beforeDirectory.length,
    disk: 0,
    ...options.end,
    comment: Buffer.from(options.comment ?? EMPTY),
  })
  const after = Buffer.from(options.afterDirectory ?? EMPTY)
  return Buffer.concat([...parts, beforeDirectory, records, after, end, Buffer.from(options.suffix ?? EMPTY)])
}

/** Signature, CRC-32, two sizes: what follows the data when the header's flag 3 is set. */
export function dataDescriptor(data: string, signed = true): Buffer {
  const bytes = Buffer.alloc(12)
  bytes.writeUInt32LE(crc32(data), 0)
  bytes.writeUInt32LE(deflateRawSync(Buffer.from(data)).length, 4)
  bytes.writeUInt32LE(Buffer.byteLength(data), 8)
  return signed ? Buffer.concat([Buffer.from('504b0708', 'hex'), bytes]) : bytes
}

export function endRecord(fields: {
  count: number
  bytes: number
  offset: number
  disk: number
  comment: Buffer
}): Buffer {
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(fields.disk, 4)
  end.writeUInt16LE(fields.count, 8)
  end.writeUInt16LE(fields.count, 10)
  end.writeUInt32LE(fields.bytes, 12)
  end.writeUInt32LE(fields.offset, 16)
  end.writeUInt16LE(fields.comment.length, 20)
  return Buffer.concat([end, fields.comment])
}

function pack(entry: RawZipEntry): { header: Required<ZipHeader>; bytes: Buffer } {
  const data = Buffer.from(entry.data ?? '')
  const method = entry.method ?? 8
  const bytes = method === 8 ? deflateRawSync(data) : data
  const header = {
    name: entry.name,
    method,
    flags: entry.flags ?? 0,
    crc: crc32(data),
    compressed: bytes.length,
    size: data.length,
    extra: EMPTY,
  }
  return { header, bytes }
}

function localHeader({
  name = '',
  method = 0,
  flags = 0,
  crc = 0,
  compressed = 0,
  size = 0,
  extra = EMPTY,
}: ZipHeader): Buffer {
  const header = Buffer.alloc(30)
  const bytes = Buffer.from(name as string)
  header.writeUInt32LE(0x04034b50, 0)
  header.writeUInt16LE(20, 4)
  header.writeUInt16LE(flags, 6)
  header.writeUInt16LE(method, 8)
  header.writeUInt32LE(crc, 14)
  header.writeUInt32LE(compressed, 18)
  header.writeUInt32LE(size, 22)
  header.writeUInt16LE(bytes.length, 26)
  header.writeUInt16LE(extra.length, 28)
  return Buffer.concat([header, bytes, extra])
}

function centralRecord(entry: RawZipEntry, header: Required<ZipHeader>, offset: number): Buffer {
  const said = { ...header, offset, ...entry.central }
  const name = Buffer.from(said.name as string)
  const record = Buffer.alloc(46)
  record.writeUInt32LE(0x02014b50, 0)
  record.writeUInt16LE((3 << 8) | 20, 4)
  record.writeUInt16LE(20, 6)
  record.writeUInt16LE(said.flags, 8)
  record.writeUInt16LE(said.method, 10)
  record.writeUInt32LE(said.crc, 16)
  record.writeUInt32LE(said.compressed, 20)
  record.writeUInt32LE(said.size, 24)
  record.writeUInt16LE(name.length, 28)
  record.writeUInt16LE(said.extra.length, 30)
  record.writeUInt32LE(((entry.mode ?? 0o100644) << 16) >>> 0, 38)
  record.writeUInt32LE(said.offset, 42)
  return Buffer.concat([record, name, said.extra])
}
