// Downloads end in the blob store, whole or not at all.
import { mkdtemp, readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { type FilesystemBlobStore, openFilesystemBlobStore } from '../../src/storage/filesystem-blob-store.ts'
import { downloadTo } from '../../src/upstream/download.ts'
import { patternBytes, readAll, sha256Of } from '../support/bytes.ts'
import { serveHttp } from '../support/loopback.ts'
import { clientFor } from '../support/upstream-clients.ts'

const BYTES = patternBytes(700_000)

let store: FilesystemBlobStore

beforeEach(async () => {
  store = await openFilesystemBlobStore(await mkdtemp(join(tmpdir(), 'sallyport-download-')))
})

async function everyFile(): Promise<string[]> {
  const found = await readdir(store.directory, { recursive: true, withFileTypes: true })
  return found.filter((entry) => entry.isFile()).map((entry) => entry.name)
}

describe('downloadTo', () => {
  it('stores the bytes under their digest', async () => {
    const server = await serveHttp((_, response) => response.end(BYTES))
    const request = { url: `${server.base}/left.tgz`, maxBytes: BYTES.length }
    const stored = await downloadTo(store, clientFor([server.base]), request)
    expect(stored).toMatchObject({ sha256: sha256Of(BYTES), sizeBytes: BYTES.length })
    const body = await store.open(stored.sha256)
    expect(body && BYTES.equals(await readAll(body.stream()))).toBe(true)
  })

  it('begins anew, once, when the body breaks off', async () => {
    let count = 0
    const server = await serveHttp((_, response) => {
      count += 1
      if (count > 1) response.end(BYTES)
      else
        response
          .writeHead(200, { 'content-length': BYTES.length })
          .write(BYTES.subarray(0, 300_000), () => response.destroy())
    })
    const request = { url: server.base, maxBytes: BYTES.length }
    expect((await downloadTo(store, clientFor([server.base]), request)).sha256).toBe(sha256Of(BYTES))
    expect(await everyFile()).toEqual([sha256Of(BYTES)])
  })

  it('keeps nothing of a body that breaks off again', async () => {
    const server = await serveHttp((_, response) => {
      response
        .writeHead(200, { 'content-length': BYTES.length })
        .write(BYTES.subarray(0, 300_000), () => response.destroy())
    })
    const download = downloadTo(store, clientFor([server.base]), { url: server.base, maxBytes: BYTES.length })
    await expect(download).rejects.toMatchObject({ code: 'UPSTREAM_FAILED', facts: { broken: true } })
    expect(server.requests).toHaveLength(2)
    expect(await everyFile()).toEqual([])
  })

  it.each([204, 206, 304])('does not take status %i for the artifact', async (status) => {
    const server = await serveHttp((_, response) =>
      response.writeHead(status).end(status === 206 ? 'part' : undefined),
    )
    const download = downloadTo(store, clientFor([server.base]), { url: server.base, maxBytes: 100 })
    await expect(download).rejects.toMatchObject({ code: 'UPSTREAM_FAILED', facts: { status } })
    expect(await everyFile()).toEqual([])
  })

  it('keeps nothing that is too large, announced or not', async () => {
    for (const headers of [{}, { 'content-length': String(BYTES.length) }]) {
      const server = await serveHttp((_, response) => response.writeHead(200, headers).end(BYTES))
      const download = downloadTo(store, clientFor([server.base]), {
        url: server.base,
        maxBytes: BYTES.length - 1,
      })
      await expect(download).rejects.toMatchObject({ code: 'TOO_LARGE' })
    }
    expect(await everyFile()).toEqual([])
  })

  it('gives up with its caller, and keeps nothing', async () => {
    const controller = new AbortController()
    const server = await serveHttp((_, response) => {
      response.write(BYTES.subarray(0, 300_000), () => controller.abort())
    })
    const request = { url: server.base, maxBytes: BYTES.length, signal: controller.signal }
    await expect(downloadTo(store, clientFor([server.base]), request)).rejects.toMatchObject({
      facts: { aborted: true },
    })
    expect(await everyFile()).toEqual([])
  })
})
