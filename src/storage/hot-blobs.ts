// A blob store with a memory: small blobs that were asked for twice are opened without touching the disk.
import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { GatewayError } from '../model/errors.ts'
import type { BlobBody, BlobStore } from './blob-store.ts'

export interface HotBlobs extends Pick<BlobStore, 'open'> {
  /** A blob that is in memory now. */
  atHand(sha256: string): BlobBody | undefined
}

const MAX_BLOB_BYTES = 2 * 1024 * 1024
const REMEMBERED = 10_000

/**
 * `maxBytes` bounds all kept blobs together; 0 keeps none. A kept blob was hashed when it came into memory, so it is the blob of its
 * digest whatever happens to its file. For readers that send bytes out; who needs a file for another process takes the store itself.
 */
export function createHotBlobs(blobs: BlobStore, maxBytes: number): HotBlobs {
  if (maxBytes === 0) return { open: (sha256, range) => blobs.open(sha256, range), atHand: () => undefined }
  const kept = new LRUCache<string, BlobBody>({
    maxSize: maxBytes,
    sizeCalculation: (body) => body.sizeBytes + 1,
  })
  const askedOnce = new LRUCache<string, true>({ max: REMEMBERED })

  async function open(sha256: string): Promise<BlobBody | undefined> {
    const known = kept.get(sha256)
    if (known !== undefined) return known
    const body = await blobs.open(sha256)
    if (body === undefined || body.sizeBytes > MAX_BLOB_BYTES) return body
    if (!askedOnce.has(sha256)) {
      askedOnce.set(sha256, true)
      return body
    }
    const inMemory = await readWhole(sha256, body)
    kept.set(sha256, inMemory)
    return inMemory
  }

  return {
    atHand: (sha256) => kept.get(sha256),
    open: (sha256, range) => (range === undefined ? open(sha256) : blobs.open(sha256, range)),
  }
}

async function readWhole(sha256: string, body: BlobBody): Promise<BlobBody> {
  const bytes = new Uint8Array(body.sizeBytes)
  const hash = createHash('sha256')
  let at = 0
  for await (const chunk of body.stream()) {
    bytes.set(chunk, at)
    hash.update(chunk)
    at += chunk.byteLength
  }
  if (at !== body.sizeBytes || hash.digest('hex') !== sha256)
    throw new GatewayError('STORE_FAILED', 'a stored blob is not what its digest says', { sha256 })
  return { ...body, bytes }
}
