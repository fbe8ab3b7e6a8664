// What the filesystem store does on its own disk: damage, leftovers, a full disk.
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rename, truncate, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { type FilesystemBlobStore, openFilesystemBlobStore } from '../../src/storage/filesystem-blob-store.ts'
import { bodyOf, patternBytes, readAll, sha256Of } from '../support/bytes.ts'

const LIMIT = { maxBytes: 64 * 1024 * 1024 }
const SMALL = Buffer.from('a small blob')
const LARGE = patternBytes(3 * 1024 * 1024)

let directory: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sallyport-blobs-'))
})

function pathOf(sha256: string): string {
  return join(directory, 'blobs', sha256.slice(0, 2), sha256.slice(2, 4), sha256)
}

async function stored(bytes: Uint8Array): Promise<string> {
  const store = await openFilesystemBlobStore(directory)
  const { sha256 } = await store.put(bodyOf(bytes), LIMIT)
  await store.close()
  return sha256
}

async function flipOneByte(sha256: string): Promise<void> {
  const bytes = await readFile(pathOf(sha256))
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 0x01
  await writeFile(pathOf(sha256), bytes)
}

async function expectSetAside(store: FilesystemBlobStore, sha256: string): Promise<void> {
  expect(existsSync(pathOf(sha256))).toBe(false)
  expect((await readdir(join(directory, 'damaged'))).some((name) => name.startsWith(sha256))).toBe(true)
  expect(await store.open(sha256)).toBeUndefined()
}

describe('the tree', () => {
  it('is the one that is drawn in the source', async () => {
    const sha256 = await stored(SMALL)
    expect(await readFile(pathOf(sha256))).toEqual(SMALL)
    expect((await readdir(directory)).sort()).toEqual(['blobs', 'damaged', 'tmp'])
    expect(await readdir(join(directory, 'tmp'))).toEqual([])
  })

  it('tells the edge where the bytes are', async () => {
    const store = await openFilesystemBlobStore(directory)
    const { sha256 } = await store.put(bodyOf(SMALL), LIMIT)
    expect((await store.open(sha256))?.location).toBe(pathOf(sha256))
  })
})

describe('damage', () => {
  it('in a small blob is seen at its first opening in a process', async () => {
    const sha256 = await stored(SMALL)
    await flipOneByte(sha256)
    const store = await openFilesystemBlobStore(directory)
    await expect(store.open(sha256)).rejects.toMatchObject({ code: 'STORE_FAILED', facts: { sha256 } })
    await expectSetAside(store, sha256)
  })

  it('in a small blob is seen by the sample when it comes later', async () => {
    const store = await openFilesystemBlobStore(directory, { hashFirstBytes: 1024, oneIn: 5 })
    const { sha256 } = await store.put(bodyOf(SMALL), LIMIT)
    await flipOneByte(sha256)
    for (let opening = 1; opening < 5; opening += 1) expect(await store.open(sha256)).toBeDefined()
    await expect(store.open(sha256)).rejects.toMatchObject({ code: 'STORE_FAILED' })
    await expectSetAside(store, sha256)
  })

  it('in a large blob is found in the background and told at the next opening', async () => {
    const sha256 = await stored(LARGE)
    await flipOneByte(sha256)
    const store = await openFilesystemBlobStore(directory)
    expect(await store.open(sha256)).toBeDefined()
    await store.settled()
    await expect(store.open(sha256)).rejects.toMatchObject({ code: 'STORE_FAILED' })
    await expectSetAside(store, sha256)
  })

  it.each([
    ['small', SMALL],
    ['large', LARGE],
  ])('of a %s blob that lost its end is seen at once by a store that knew its size', async (_, bytes) => {
    const store = await openFilesystemBlobStore(directory)
    const { sha256 } = await store.put(bodyOf(bytes), LIMIT)
    await truncate(pathOf(sha256), bytes.length - 1)
    await expect(store.open(sha256)).rejects.toMatchObject({ code: 'STORE_FAILED' })
    await expectSetAside(store, sha256)
  })

  it('while reading is an error, not a short body', async () => {
    const store = await openFilesystemBlobStore(directory)
    const { sha256 } = await store.put(bodyOf(LARGE), LIMIT)
    const body = await store.open(sha256)
    await truncate(pathOf(sha256), 1000)
    await expect(readAll(body?.stream() ?? bodyOf())).rejects.toMatchObject({ code: 'STORE_FAILED' })
  })

  it('is mended by storing the bytes again', async () => {
    const sha256 = await stored(SMALL)
    await flipOneByte(sha256)
    const store = await openFilesystemBlobStore(directory)
    await store.put(bodyOf(SMALL), LIMIT)
    const body = await store.open(sha256)
    expect(body && (await readAll(body.stream()))).toEqual(SMALL)
  })

  it('is not reported for a large blob that was deleted while it waited', async () => {
    const sha256 = await stored(LARGE)
    const store = await openFilesystemBlobStore(directory)
    await store.open(sha256)
    await store.delete(sha256)
    await store.settled()
    expect(await store.open(sha256)).toBeUndefined()
  })
})

describe('leftovers', () => {
  async function leaveTemporary(ageMs: number): Promise<string> {
    const path = join(directory, 'tmp', `left-${ageMs}`)
    await writeFile(path, 'half a body')
    const then = new Date(Date.now() - ageMs)
    await utimes(path, then, then)
    return path
  }

  it('of a crash go when the store is opened, once they are old', async () => {
    await stored(SMALL)
    const old = await leaveTemporary(2 * 60 * 60 * 1000)
    const young = await leaveTemporary(1000)
    await openFilesystemBlobStore(directory)
    expect([existsSync(old), existsSync(young)]).toEqual([false, true])
  })

  it('go with a sweep by age', async () => {
    const store = await openFilesystemBlobStore(directory)
    await leaveTemporary(5000)
    await leaveTemporary(1000)
    expect(await store.sweep(async () => true, 3000)).toEqual({ temporary: 1, orphans: 0 })
  })

  it('a blob that is stored again while the sweep asks survives', async () => {
    const sha256 = await stored(SMALL)
    const then = new Date(Date.now() - 60_000)
    await utimes(pathOf(sha256), then, then)
    const store = await openFilesystemBlobStore(directory)
    const isReferenced = async () => {
      await store.put(bodyOf(SMALL), LIMIT)
      return false
    }
    expect(await store.sweep(isReferenced, 30_000)).toEqual({ temporary: 0, orphans: 0 })
    expect(await store.open(sha256)).toBeDefined()
  })
})

describe('a disk that refuses', () => {
  it('makes the opening fail, naming the path', async () => {
    const file = join(directory, 'not-a-directory')
    await writeFile(file, '')
    await expect(openFilesystemBlobStore(join(file, 'blobs'))).rejects.toMatchObject({
      code: 'STORE_FAILED',
      message: expect.stringContaining(file),
    })
  })

  it('makes the check fail when the tree is gone', async () => {
    const store = await openFilesystemBlobStore(directory)
    await rename(join(directory, 'tmp'), join(directory, 'elsewhere'))
    await expect(store.check()).rejects.toMatchObject({ code: 'STORE_FAILED' })
    await expect(store.put(bodyOf(SMALL), LIMIT)).rejects.toMatchObject({ code: 'STORE_FAILED' })
  })

  const mountable = canMount()
  if (!mountable.yes) console.log(`skipped: full and read-only disk, ${mountable.reason}`)
  describe.runIf(mountable.yes)('because it is', () => {
    async function onTinyDisk(use: (mount: string) => Promise<void>): Promise<void> {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', directory])
      try {
        await use(directory)
      } finally {
        execFileSync('umount', [directory])
      }
    }

    it('full: STORE_FAILED, nothing under the digest, nothing left behind, what was there is kept', async () => {
      await onTinyDisk(async (mount) => {
        const store = await openFilesystemBlobStore(mount)
        const before = await store.put(bodyOf(SMALL), LIMIT)
        await expect(store.put(bodyOf(LARGE), LIMIT)).rejects.toMatchObject({
          code: 'STORE_FAILED',
          facts: { systemCode: 'ENOSPC' },
        })
        expect(await store.open(sha256Of(LARGE))).toBeUndefined()
        expect(await readdir(join(mount, 'tmp'))).toEqual([])
        expect(await store.open(before.sha256)).toBeDefined()
        await store.check()
      })
    })

    it('read-only: STORE_FAILED, and what was there can be read', async () => {
      await onTinyDisk(async (mount) => {
        const store = await openFilesystemBlobStore(mount)
        const before = await store.put(bodyOf(SMALL), LIMIT)
        execFileSync('mount', ['-o', 'remount,ro', mount])
        await expect(store.check()).rejects.toMatchObject({ facts: { systemCode: 'EROFS' } })
        await expect(store.put(bodyOf('more'), LIMIT)).rejects.toMatchObject({ code: 'STORE_FAILED' })
        expect(await store.open(before.sha256)).toBeDefined()
      })
    })
  })
})

function canMount(): { yes: boolean; reason: string } {
  if (process.getuid?.() !== 0) return { yes: false, reason: 'mounting a tiny tmpfs takes root' }
  try {
    execFileSync('unshare', ['-m', 'mount', '-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', tmpdir()], {
      stdio: 'pipe',
    })
    return { yes: true, reason: '' }
  } catch (error) {
    return { yes: false, reason: `mounting does not work here (${String(error).split('\n')[0]})` }
  }
}
