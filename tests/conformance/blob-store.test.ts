// What every blob store must do, whatever it stores on.
import { createHash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { allBlobStores } from '../../src/storage/all.ts'
import type { BlobStore } from '../../src/storage/blob-store.ts'
import { bodyOf, brokenBodyOf, patternBytes, readAll, sha256Of } from '../support/bytes.ts'

const LIMIT = { maxBytes: 64 * 1024 * 1024 }

describe.each(allBlobStores)('$scheme blob store', ({ openForTest }) => {
  let store: BlobStore

  beforeEach(async () => {
    store = await openForTest()
  })

  afterEach(async () => {
    await store.close()
  })

  async function contentOf(sha256: string): Promise<string | undefined> {
    const body = await store.open(sha256)
    return body && (await readAll(body.stream())).toString()
  }

  it('gives back what was put in, under its digest', async () => {
    const stored = await store.put(bodyOf('hello ', 'world'), LIMIT)
    expect(stored.sha256).toBe(sha256Of('hello world'))
    expect(stored.sizeBytes).toBe(11)
    expect(await contentOf(stored.sha256)).toBe('hello world')
  })

  it('computes all four digests', async () => {
    const { digests } = await store.put(bodyOf('a', '', 'bc'), LIMIT)
    for (const name of ['md5', 'sha1', 'sha256', 'sha512'] as const) {
      expect(digests[name]).toBe(createHash(name).update('abc').digest('hex'))
    }
  })

  it('keeps an empty body', async () => {
    const stored = await store.put(bodyOf(), LIMIT)
    expect(stored).toMatchObject({ sha256: sha256Of(''), sizeBytes: 0 })
    expect(await contentOf(stored.sha256)).toBe('')
  })

  it('keeps a body of several megabytes in odd pieces, whole', async () => {
    const bytes = patternBytes(3_000_001)
    const pieces = [1, 70_000, 1_000_000, 1_000_003].map((at, index, all) =>
      bytes.subarray(all[index - 1] ?? 0, at),
    )
    const stored = await store.put(bodyOf(...pieces, bytes.subarray(1_000_003)), LIMIT)
    expect(stored.sha256).toBe(sha256Of(bytes))
    const body = await store.open(stored.sha256)
    expect(body && bytes.equals(await readAll(body.stream()))).toBe(true)
  })

  it('takes a body that reuses its buffer for every piece', async () => {
    async function* reusing() {
      const buffer = Buffer.alloc(4)
      for (const word of ['aaaa', 'bbbb', 'cccc']) {
        buffer.write(word)
        yield buffer
      }
    }
    const stored = await store.put(reusing(), LIMIT)
    expect(await contentOf(stored.sha256)).toBe('aaaabbbbcccc')
  })

  it.each([
    [{ start: 0, end: 0 }, 'h'],
    [{ start: 6, end: 10 }, 'world'],
    [{ start: 4, end: 6 }, 'o w'],
    [{ start: 6, end: 999 }, 'world'],
  ])('gives the range %j', async (range, wanted) => {
    const { sha256 } = await store.put(bodyOf('hello world'), LIMIT)
    const body = await store.open(sha256, range)
    expect(body?.sizeBytes).toBe(11)
    expect(body && (await readAll(body.stream())).toString()).toBe(wanted)
  })

  it.each([
    { start: 11, end: 12 },
    { start: 5, end: 4 },
    { start: -1, end: 4 },
  ])('refuses the range %j', async (range) => {
    const { sha256 } = await store.put(bodyOf('hello world'), LIMIT)
    await expect(store.open(sha256, range)).rejects.toMatchObject({ code: 'BAD_REQUEST' })
  })

  it('does not keep a body that exceeds the limit', async () => {
    await expect(store.put(bodyOf('12345', '678901'), { maxBytes: 10 })).rejects.toMatchObject({
      code: 'TOO_LARGE',
    })
    expect(await store.open(sha256Of('12345678901'))).toBeUndefined()
    expect(await store.sweep(async () => true, -1)).toEqual({ temporary: 0, orphans: 0 })
  })

  it('keeps a body of exactly the limit', async () => {
    const { sha256 } = await store.put(bodyOf('1234567890'), { maxBytes: 10 })
    expect(await contentOf(sha256)).toBe('1234567890')
  })

  it('does not keep a body that breaks off, and says why it broke off', async () => {
    const broken = new Error('connection lost')
    await expect(store.put(brokenBodyOf(broken, 'half of it'), LIMIT)).rejects.toBe(broken)
    expect(await store.open(sha256Of('half of it'))).toBeUndefined()
    expect(await store.sweep(async () => true, -1)).toEqual({ temporary: 0, orphans: 0 })
  })

  it('takes the same bytes from many writers at once', async () => {
    const bytes = patternBytes(200_000)
    const all = await Promise.all(Array.from({ length: 20 }, () => store.put(bodyOf(bytes), LIMIT)))
    expect(new Set(all.map((stored) => stored.sha256))).toEqual(new Set([sha256Of(bytes)]))
    const body = await store.open(sha256Of(bytes))
    expect(body && bytes.equals(await readAll(body.stream()))).toBe(true)
  })

  it('keeps what need not survive a power cut all the same', async () => {
    const { sha256 } = await store.put(bodyOf('an index'), { ...LIMIT, durable: false })
    expect(await contentOf(sha256)).toBe('an index')
  })

  it('knows no blob that was never put in', async () => {
    expect(await store.open(sha256Of('nothing'))).toBeUndefined()
  })

  it.each(['', '../../etc/passwd', 'A'.repeat(64), 'a'.repeat(63), `${'a'.repeat(64)}/`])(
    'refuses the name %j',
    async (name) => {
      await expect(store.open(name)).rejects.toMatchObject({ code: 'INTERNAL' })
      await expect(store.delete(name)).rejects.toMatchObject({ code: 'INTERNAL' })
    },
  )

  it('deletes, also twice', async () => {
    const { sha256 } = await store.put(bodyOf('short-lived'), LIMIT)
    await store.delete(sha256)
    await store.delete(sha256)
    expect(await store.open(sha256)).toBeUndefined()
  })

  it('sweeps only blobs that are old enough and that nobody refers to', async () => {
    const kept = await store.put(bodyOf('referenced'), LIMIT)
    const orphan = await store.put(bodyOf('orphan'), LIMIT)
    const asked: string[] = []
    const isReferenced = async (sha256: string) => {
      asked.push(sha256)
      return sha256 === kept.sha256
    }
    expect(await store.sweep(isReferenced, 60_000)).toEqual({ temporary: 0, orphans: 0 })
    expect(asked).toEqual([])
    expect(await store.sweep(isReferenced, -1)).toEqual({ temporary: 0, orphans: 1 })
    expect(asked.sort()).toEqual([kept.sha256, orphan.sha256].sort())
    expect(await contentOf(kept.sha256)).toBe('referenced')
    expect(await store.open(orphan.sha256)).toBeUndefined()
  })

  it('sweeps nothing when the question fails', async () => {
    const { sha256 } = await store.put(bodyOf('in doubt'), LIMIT)
    const failing = async () => {
      throw new Error('ledger is down')
    }
    await expect(store.sweep(failing, -1)).rejects.toThrow('ledger is down')
    expect(await contentOf(sha256)).toBe('in doubt')
  })

  it('can be checked', async () => {
    await expect(store.check()).resolves.toBeUndefined()
    expect(await store.sweep(async () => true, -1)).toEqual({ temporary: 0, orphans: 0 })
  })
})
