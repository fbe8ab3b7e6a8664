// What the .xz format allows beside the ordinary, what it does not, and how much a bomb may hold.
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import lzma from 'lzma-native'
import { describe, expect, it } from 'vitest'
import { Budget } from '../../src/archive/budget.ts'
import { ByteReader } from '../../src/archive/byte-reader.ts'
import { unxzStream } from '../../src/archive/xz-stream.ts'
import { DEFAULT_READ_LIMITS, type ReadLimits } from '../../src/model/limits.ts'
import { readAll } from '../support/bytes.ts'
import { type XzShape, xzStream } from '../support/xz-writer.ts'

/** npm leaves the fast decoder's binary out where the Node that installs is too old for it. */
const DECODERS = [
  ['the fast decoder', undefined],
  ['liblzma alone', Promise.resolve(undefined)],
] as const

/** By liblzma's own encoder, the fast way. */
function compress(data: Buffer): Promise<Buffer> {
  const { createStream } = lzma as unknown as {
    createStream: (coder: string, options: object) => NodeJS.ReadWriteStream
  }
  const stream = createStream('easyEncoder', { preset: 0 })
  stream.end(data)
  return readAll(stream as unknown as AsyncIterable<Uint8Array>)
}

it('the lock file lets npm install the fast decoder with any Node', async () => {
  const lock: unknown = JSON.parse(
    await readFile(new URL('../../package-lock.json', import.meta.url), 'utf8'),
  )
  const { packages } = lock as { packages: Record<string, { engines?: object }> }
  const binaries = Object.keys(packages).filter((path) => path.startsWith('node_modules/@napi-rs/lzma-'))
  expect(binaries.length).toBeGreaterThan(5)
  // An optional package whose engines do not fit is left out without a word.
  expect(binaries.filter((path) => packages[path]?.engines !== undefined)).toEqual([])
})

describe.each(DECODERS)('unxzStream by %s', (_name, decoder) => {
  function decode(bytes: Buffer, limits: Partial<ReadLimits> = {}): Promise<Buffer> {
    const budget = new Budget({ ...DEFAULT_READ_LIMITS, ...limits })
    budget.bytesIn(bytes.length)
    return readAll(unxzStream(new ByteReader([bytes]), budget, decoder))
  }

  it.each([10, 70_000, 3_000_000])('unpacks blocks of %i stored bytes', async (size) => {
    const blocks = [randomBytes(size), randomBytes(size)]
    expect((await decode(xzStream({ blocks }))).equals(Buffer.concat(blocks))).toBe(true)
  })

  it('unpacks what is larger than one piece, with and without compression', async () => {
    const stored = randomBytes(45_000_000)
    expect((await decode(xzStream({ blocks: [stored] }))).equals(stored)).toBe(true)
    const packed = Buffer.alloc(3_000_000, randomBytes(100_000))
    expect((await decode(await compress(packed))).equals(packed)).toBe(true)
  })

  it('unpacks a filter chain', async () => {
    // Delta with distance 1 over a constant difference.
    const filters = { count: 1, bytes: Buffer.of(3, 1, 0) }
    const stream = xzStream({ blocks: [Buffer.of(1, 1, 1, 1)], filters, check: 1 })
    // The writer sums what is stored, the decoder what comes out of the filter.
    await expect(decode(stream)).rejects.toMatchObject({ code: 'PACKAGE_INVALID' })
    expect([...(await decode(xzStream({ blocks: [Buffer.of(0, 0)], filters })))]).toEqual([0, 0])
  })

  it.each<[string, XzShape]>([
    ['a wrong check of a block', { wrongCheck: true }],
    ['an index that tells another size', { indexOff: 1 }],
    ['an index with more blocks', { indexCount: 2 }],
    ['an index with fewer blocks', { blocks: [Buffer.from('a'), Buffer.from('b')], indexCount: 1 }],
    ['a kind of check that no decoder knows', { check: 7 }],
    ['a dictionary size out of range', { dictionary: 41 }],
    ['a filter that is none', { filters: { count: 1, bytes: Buffer.of(0x77, 0) } }],
    ['LZMA2 before LZMA2', { filters: { count: 1, bytes: Buffer.of(0x21, 1, 22) } }],
  ])('refuses %s', async (_, shape) => {
    await expect(decode(xzStream(shape))).rejects.toMatchObject({ code: 'PACKAGE_INVALID' })
  })

  it('refuses a dictionary beyond the memory of the decoder, before it is made', async () => {
    await expect(decode(xzStream({ dictionary: 32 }))).rejects.toMatchObject({
      code: 'TOO_LARGE',
      facts: { rule: 'archive-limit-memory' },
    })
    expect((await decode(xzStream({ dictionary: 28 }))).toString()).toBe('text') // 64 MiB: `xz -9`
  })

  it('refuses a stream of very many empty blocks', async () => {
    const blocks = Array.from({ length: 50_001 }, () => Buffer.alloc(0))
    await expect(decode(xzStream({ blocks }))).rejects.toMatchObject({
      code: 'TOO_LARGE',
      facts: { rule: 'archive-limit-entries' },
    })
    expect((await decode(xzStream({ blocks: blocks.slice(0, 300) }))).length).toBe(0)
  })

  it('notices any changed byte of the frame', async () => {
    const whole = xzStream({ blocks: [Buffer.from('one'), Buffer.from('two')] })
    for (let at = 0; at < whole.length; at += 1) {
      const changed = Buffer.from(whole)
      changed[at] = (changed[at] ?? 0) ^ 0x40
      await expect(decode(changed), `byte ${at}`).rejects.toThrow()
    }
  })

  it('stops a bomb at the limit without unpacking the rest', async () => {
    const bomb = await compress(Buffer.alloc(60_000_000))
    const before = process.memoryUsage().rss
    await expect(decode(bomb, { maxUnpackedBytes: 10_000_000 })).rejects.toMatchObject({
      code: 'TOO_LARGE',
      facts: { rule: 'archive-limit-bytes-out' },
    })
    expect(process.memoryUsage().rss - before).toBeLessThan(40_000_000)
  })

  it('leaves off when nobody reads on', async () => {
    const reader = new ByteReader([await compress(randomBytes(2_000_000))])
    for await (const piece of unxzStream(reader, new Budget(DEFAULT_READ_LIMITS), decoder)) {
      expect(piece.length).toBeGreaterThan(0)
      break
    }
  })
})
