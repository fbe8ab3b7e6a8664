// Writes rpm header structures byte by byte, right or wrong as a test asks.

type Value =
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'strings' | 'i18n'; readonly value: readonly string[] }
  | { readonly type: 'int16' | 'int32'; readonly value: readonly number[] }
  | { readonly type: 'bin'; readonly value: Uint8Array }

export type HeaderTag = { readonly tag: number } & Value

export interface HeaderOptions {
  /** 62 for the signature header, 63 for the main one; absent writes no region. */
  readonly region?: 62 | 63
  /** Written after the region, where no signature covers them. */
  readonly dribbles?: readonly HeaderTag[]
  /** Changes index entries before they are written. */
  readonly tamper?: (index: IndexEntry[]) => void
}

export interface IndexEntry {
  tag: number
  type: number
  offset: number
  count: number
}

const TYPE = { int16: 3, int32: 4, string: 6, bin: 7, strings: 8, i18n: 9 }

export function buildHeader(tags: readonly HeaderTag[], options: HeaderOptions = {}): Buffer {
  const index: IndexEntry[] = []
  const store: Buffer[] = []
  let bytes = 0
  const put = (data: Buffer, align: number) => {
    const gap = (align - (bytes % align)) % align
    store.push(Buffer.alloc(gap), data)
    bytes += gap + data.length
    return bytes - data.length
  }
  const putTag = (tag: HeaderTag) => {
    const { data, count, align } = encode(tag)
    index.push({ tag: tag.tag, type: TYPE[tag.type], offset: put(data, align), count })
  }
  for (const tag of tags) putTag(tag)
  if (options.region !== undefined) {
    const covered = index.length + 1
    const trailer = entryBytes({ tag: options.region, type: TYPE.bin, offset: -16 * covered, count: 16 })
    index.unshift({ tag: options.region, type: TYPE.bin, offset: put(trailer, 1), count: 16 })
  }
  for (const tag of options.dribbles ?? []) putTag(tag)
  options.tamper?.(index)
  const intro = Buffer.alloc(16)
  intro.set([0x8e, 0xad, 0xe8, 0x01])
  intro.writeUInt32BE(index.length, 8)
  intro.writeUInt32BE(bytes, 12)
  return Buffer.concat([intro, ...index.map(entryBytes), ...store])
}

function encode(tag: HeaderTag): { data: Buffer; count: number; align: number } {
  switch (tag.type) {
    case 'string':
      return { data: Buffer.from(`${tag.value}\0`), count: 1, align: 1 }
    case 'strings':
    case 'i18n':
      return {
        data: Buffer.from(tag.value.map((text) => `${text}\0`).join('')),
        count: tag.value.length,
        align: 1,
      }
    case 'bin':
      return { data: Buffer.from(tag.value), count: tag.value.length, align: 1 }
    default: {
      const width = tag.type === 'int16' ? 2 : 4
      const data = Buffer.alloc(width * tag.value.length)
      for (const [at, value] of tag.value.entries()) data.writeUIntBE(value, at * width, width)
      return { data, count: tag.value.length, align: width }
    }
  }
}

function entryBytes(entry: IndexEntry): Buffer {
  const bytes = Buffer.alloc(16)
  bytes.writeInt32BE(entry.tag, 0)
  bytes.writeUInt32BE(entry.type, 4)
  bytes.writeInt32BE(entry.offset, 8)
  bytes.writeUInt32BE(entry.count, 12)
  return bytes
}
