// Small blobs asked for twice come from memory, whole and hashed; larger ones and damaged files never do.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type FilesystemBlobStore, openFilesystemBlobStore } from '../../src/storage/filesystem-blob-store.ts'
import { createHotBlobs } from '../../src/storage/hot-blobs.ts'

let folder: string
let store: FilesystemBlobStore

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hot-blobs-'))
  store = await openFilesystemBlobStore(folder)
})

afterAll(async () => {
  await store.close()
  rmSync(folder, { recursive: true })
})

async function put(bytes: Buffer): Promise<string> {
  const body = (async function* () {
    yield bytes
  })()
  return (await store.put(body, { maxBytes: bytes.byteLength })).sha256
}

async function fileOf(sha256: string): Promise<string> {
  const location = (await store.open(sha256))?.location
  if (location === undefined) throw new Error('the store has no file')
  return location
}

describe('hot blobs', () => {
  it('keeps what is asked for a second time, and then needs no file', async () => {
    const sha256 = await put(Buffer.from('twice'))
    const hot = createHotBlobs(store, 1000)
    expect((await hot.open(sha256))?.bytes).toBeUndefined()
    expect((await hot.open(sha256))?.bytes).toEqual(new Uint8Array(Buffer.from('twice')))
    rmSync(await fileOf(sha256))
    expect((await hot.open(sha256))?.bytes).toEqual(new Uint8Array(Buffer.from('twice')))
  })

  it('does not take a damaged file into memory', async () => {
    const sha256 = await put(Buffer.from('whole and good'))
    const hot = createHotBlobs(store, 1000)
    await hot.open(sha256)
    writeFileSync(await fileOf(sha256), 'whole and evil')
    await expect(hot.open(sha256)).rejects.toMatchObject({ code: 'STORE_FAILED' })
  })

  it('keeps no large blob, and none at all when it may not', async () => {
    const large = await put(Buffer.alloc(3 * 1024 * 1024, 1))
    const small = await put(Buffer.from('small'))
    const hot = createHotBlobs(store, 100_000_000)
    const cold = createHotBlobs(store, 0)
    for (let round = 0; round < 3; round += 1) {
      expect((await hot.open(large))?.bytes).toBeUndefined()
      expect((await cold.open(small))?.bytes).toBeUndefined()
    }
  })

  it('knows no blob that the store does not know', async () => {
    expect(await createHotBlobs(store, 1000).open('0'.repeat(64))).toBeUndefined()
  })
})
