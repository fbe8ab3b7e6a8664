// Builds tar archives block by block, so that every field can be wrong.

export interface RawTarEntry {
  readonly name?: string | Buffer
  readonly type?: string
  readonly data?: string | Uint8Array
  /** Size field as written; the length of `data` unless told. */
  readonly size?: string | number | Buffer
  readonly mode?: string
  readonly linkname?: string
  readonly magic?: string
  readonly prefix?: string
  /** Checksum field as written. */
  readonly checksum?: string
}

const BLOCK = 512

/** One header block with its content, filled up to whole blocks. */
export function rawEntry(entry: RawTarEntry): Buffer {
  const data = Buffer.from(entry.data ?? '')
  const header = Buffer.alloc(BLOCK)
  put(header, 0, entry.name ?? 'package/file')
  put(header, 100, entry.mode ?? '0000644\0')
  put(header, 108, '0000000\0')
  put(header, 116, '0000000\0')
  put(header, 124, sizeField(entry.size ?? data.length))
  put(header, 136, '00000000000\0')
  put(header, 156, entry.type ?? '0')
  put(header, 157, entry.linkname ?? '')
  put(header, 257, entry.magic ?? 'ustar\u000000')
  put(header, 345, entry.prefix ?? '')
  put(header, 148, entry.checksum ?? checksumOf(header))
  return Buffer.concat([header, data, Buffer.alloc((BLOCK - (data.length % BLOCK)) % BLOCK)])
}

/** An archive of entries and raw blocks, with its two end blocks. */
export function rawTar(...parts: readonly (RawTarEntry | Buffer)[]): Buffer {
  return Buffer.concat([
    ...parts.map((part) => (Buffer.isBuffer(part) ? part : rawEntry(part))),
    Buffer.alloc(2 * BLOCK),
  ])
}

/** A pax extended header (`x`, or `g` for all entries) with these records in order. */
export function paxEntry(records: readonly (readonly [string, string])[], type = 'x'): RawTarEntry {
  return {
    name: 'PaxHeader',
    type,
    data: Buffer.concat(records.map(([key, value]) => paxRecord(key, value))),
  }
}

export function paxRecord(key: string, value: string): Buffer {
  const body = Buffer.from(` ${key}=${value}\n`)
  let length = body.length + 1
  while (String(length).length + body.length !== length) length = String(length).length + body.length
  return Buffer.concat([Buffer.from(String(length)), body])
}

function sizeField(size: string | number | Buffer): string | Buffer {
  return typeof size === 'number' ? `${size.toString(8).padStart(11, '0')}\0` : size
}

function checksumOf(header: Buffer): string {
  const blank = Buffer.from(header)
  blank.fill(0x20, 148, 156)
  const sum = blank.reduce((total, byte) => total + byte, 0)
  return `${sum.toString(8).padStart(6, '0')}\0 `
}

function put(header: Buffer, at: number, value: string | Buffer): void {
  Buffer.from(value as string).copy(header, at)
}
