// Every decoder on honest streams in pieces of all sizes, and on what decoders silently read in different ways.

import { gzipSync, zstdCompressSync } from 'node:zlib'
import lzma from 'lzma-native'
import { describe, expect, it } from 'vitest'
import { Budget } from '../../src/archive/budget.ts'
import { ByteReader } from '../../src/archive/byte-reader.ts'
import {
  type Compression,
  decompress,
  decompressMember,
  detectCompression,
  reportDecompression,
} from '../../src/archive/decompress.ts'
import { HazardLog } from '../../src/archive/hazards.ts'
import { DEFAULT_READ_LIMITS, type ReadLimits } from '../../src/model/limits.ts'
import { patternBytes, readAll } from '../support/bytes.ts'

const TEXT = Buffer.from('several words, several times\n'.repeat(40))
// The same text by bzip2 1.0.8 -9: no encoder among our dependencies.
const BZIP2 = Buffer.from(
  'QlpoOTFBWSZTWX2GCeMAAfPRgAAQQAQmJp2AIABwUwAAFKlPSBtTymhMifAngTQq2E0JkJsT6E/CcE2E4JgTgnBOCYEyEwJ/F3JFOFCQfYYJ4w==',
  'base64',
)
const EMPTY_BZIP2 = Buffer.from('425a683917724538509000000000', 'hex')
const EMPTY_ZSTD_SKIP = Buffer.concat([Buffer.from('502a4d1804000000', 'hex'), Buffer.from('skip')])

type Kind = Exclude<Compression, 'none'>
const KINDS: readonly Kind[] = ['gzip', 'xz', 'lzma', 'bzip2', 'zstd']

async function encode(kind: Kind, data: Buffer): Promise<Buffer> {
  if (kind === 'gzip') return gzipSync(data)
  if (kind === 'zstd') return zstdCompressSync(data)
  if (kind === 'bzip2') return data.length === 0 ? EMPTY_BZIP2 : BZIP2
  return encodeLzma(kind, data)
}

/** liblzma's own encoders by way of the library's native interface. */
function encodeLzma(kind: 'xz' | 'lzma', data: Buffer): Promise<Buffer> {
  const { createStream } = lzma as unknown as {
    createStream: (coder: string, options: object) => NodeJS.ReadWriteStream
  }
  const stream = createStream(kind === 'xz' ? 'easyEncoder' : 'aloneEncoder', { preset: 6 })
  stream.end(data)
  return readAll(stream as unknown as AsyncIterable<Uint8Array>)
}

function* pieces(bytes: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function decode(bytes: Buffer, kind: Compression, size = 4096, limits: Partial<ReadLimits> = {}) {
  const budget = new Budget({ ...DEFAULT_READ_LIMITS, ...limits })
  budget.bytesIn(bytes.length)
  const stream = decompress(pieces(bytes, size), kind, budget)
  const output = await readAll(stream)
  const hazards = new HazardLog()
  reportDecompression(stream.report, hazards)
  return {
    output,
    report: stream.report,
    rules: hazards.findings.map(({ rule, severity }) => `${severity} ${rule}`),
  }
}

describe.each(KINDS)('%s', (kind) => {
  it.each([1, 3, 64, 100_000])('gives the same bytes in pieces of %i', async (size) => {
    const bytes = await encode(kind, TEXT)
    const { output, report, rules } = await decode(bytes, kind, size)
    expect(output.equals(TEXT)).toBe(true)
    expect(report).toMatchObject({
      members: 1,
      bytesIn: bytes.length,
      bytesOut: TEXT.length,
      trailingBytes: 0,
    })
    expect(rules).toEqual([])
  })

  it('reads an empty stream', async () => {
    const { output, report } = await decode(await encode(kind, Buffer.alloc(0)), kind)
    expect(output.length).toBe(0)
    expect(report).toMatchObject({ members: 1, trailingBytes: 0 })
  })

  it('is recognised by its first bytes', async () => {
    expect(detectCompression(await encode(kind, TEXT))).toBe(kind)
  })

  it('never ends well when cut off, wherever that is', async () => {
    const bytes = await encode(kind, TEXT)
    for (let end = 0; end < bytes.length; end++) {
      await expect(decode(bytes.subarray(0, end), kind), `cut at ${end}`).rejects.toMatchObject({
        code: 'PACKAGE_INVALID',
      })
    }
  })

  it('reports bytes after the end', async () => {
    const { output, report, rules } = await decode(
      Buffer.concat([await encode(kind, TEXT), Buffer.from('more')]),
      kind,
      50,
    )
    expect(output.equals(TEXT)).toBe(true)
    expect(report.trailingBytes).toBe(4)
    expect(rules).toEqual(['critical archive-trailing-data'])
  })

  it('stops a member exactly at its end', async () => {
    const bytes = await encode(kind, TEXT)
    const reader = new ByteReader(pieces(Buffer.concat([bytes, Buffer.from('rest')]), 37))
    const output = await readAll(decompressMember(reader, kind, new Budget(DEFAULT_READ_LIMITS)))
    expect(output.equals(TEXT)).toBe(true)
    expect(reader.position).toBe(bytes.length)
    expect((await reader.read(4)).toString()).toBe('rest')
  })

  it('stops at the limit of unpacked bytes', async () => {
    const limits = { maxUnpackedBytes: 1000 }
    await expect(decode(await encode(kind, TEXT), kind, 4096, limits)).rejects.toMatchObject({
      code: 'TOO_LARGE',
      facts: { rule: 'archive-limit-bytes-out', limit: 1000 },
    })
  })
})

describe.each(['gzip', 'xz', 'bzip2', 'zstd'] as const)('two %s members', (kind) => {
  it.each([0, 16])('are both read and reported, %i zero bytes between them', async (zeros) => {
    const bytes = await encode(kind, TEXT)
    const { output, rules } = await decode(Buffer.concat([bytes, Buffer.alloc(zeros), bytes]), kind, 61)
    expect(output.length).toBe(2 * TEXT.length)
    expect(rules).toContain('critical archive-multiple-members')
  })
})

describe('what is left after a member', () => {
  it('may be zero padding after gzip and whole words of it after xz', async () => {
    for (const kind of ['gzip', 'xz'] as const) {
      const { rules, report } = await decode(
        Buffer.concat([await encode(kind, TEXT), Buffer.alloc(512)]),
        kind,
      )
      expect(rules).toEqual([])
      expect(report.paddingBytes).toBe(512)
    }
  })

  it('may not be zero padding where decoders refuse it', async () => {
    for (const kind of ['zstd', 'bzip2', 'lzma'] as const) {
      const { rules } = await decode(Buffer.concat([await encode(kind, TEXT), Buffer.alloc(3)]), kind)
      expect(rules).toEqual(['medium archive-padding'])
    }
  })
})

describe('zstd frames', () => {
  it.each(['before', 'after'])('are reported when skippable, %s the data', async (place) => {
    const frame = await encode('zstd', TEXT)
    const bytes = Buffer.concat(place === 'before' ? [EMPTY_ZSTD_SKIP, frame] : [frame, EMPTY_ZSTD_SKIP])
    const { output, rules } = await decode(bytes, 'zstd', 5)
    expect(output.equals(TEXT)).toBe(true)
    expect(rules).toEqual(['critical archive-skippable-frame'])
  })

  it('are refused when they ask for a dictionary', async () => {
    const frame = Buffer.from(await encode('zstd', TEXT))
    frame[4] = (frame[4] ?? 0) | 1
    await expect(decode(frame, 'zstd')).rejects.toMatchObject({ facts: { rule: 'archive-zstd-dictionary' } })
  })

  it('of many blocks and of blocks that are stored are followed', async () => {
    const noise = patternBytes(700_000)
    const { output } = await decode(zstdCompressSync(noise), 'zstd', 8192)
    expect(output.equals(noise)).toBe(true)
  })
})

describe('limits', () => {
  it('count the ratio after the grace', async () => {
    const bomb = gzipSync(Buffer.alloc(4_000_000))
    const limits = { ratioGraceBytes: 1_000_000, maxRatio: 200 }
    await expect(decode(bomb, 'gzip', 4096, limits)).rejects.toMatchObject({
      code: 'TOO_LARGE',
      facts: { rule: 'archive-limit-ratio' },
    })
  })

  it('refuse an LZMA dictionary beyond the memory of the decoder', async () => {
    // .lzma header: properties, dictionary of 1 GiB, unknown length; then the start of any data.
    const header = Buffer.from('5d00000040ffffffffffffffff0000000000', 'hex')
    await expect(decode(header, 'lzma')).rejects.toMatchObject({
      code: 'TOO_LARGE',
      facts: { rule: 'archive-limit-memory' },
    })
  })

  it('notice a checksum that is wrong', async () => {
    for (const kind of ['gzip', 'xz', 'bzip2'] as const) {
      const bytes = Buffer.from(await encode(kind, TEXT))
      // gzip: CRC-32 in the trailer; xz: in the index; bzip2: the last bits of the stream's CRC.
      const at = bytes.length - (kind === 'gzip' ? 8 : kind === 'xz' ? 16 : 3)
      bytes[at] = (bytes[at] ?? 0) ^ 0xff
      await expect(decode(bytes, kind), kind).rejects.toMatchObject({ code: 'PACKAGE_INVALID' })
    }
  })
})
