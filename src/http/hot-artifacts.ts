// Small artifacts that were asked for twice stay in memory: faster than any file.
import { LRUCache } from 'lru-cache'
import type { BlobBody } from '../storage/blob-store.ts'

export interface HotArtifacts {
  /** The bytes when they are small enough and were asked for before, else undefined. */
  bytesOf(sha256: string, body: BlobBody): Promise<Uint8Array<ArrayBuffer> | undefined>
}

const MAX_ARTIFACT_BYTES = 2 * 1024 * 1024

/** `maxBytes` bounds all kept artifacts together; 0 keeps none. */
export function createHotArtifacts(maxBytes: number): HotArtifacts {
  if (maxBytes === 0) return { bytesOf: async () => undefined }
  const kept = new LRUCache<string, Uint8Array<ArrayBuffer>>({
    maxSize: maxBytes,
    sizeCalculation: (bytes) => bytes.byteLength + 1,
  })
  const askedOnce = new LRUCache<string, true>({ max: 10_000 })
  return {
    async bytesOf(sha256, body) {
      const bytes = kept.get(sha256)
      if (bytes !== undefined || body.sizeBytes > MAX_ARTIFACT_BYTES) return bytes
      if (!askedOnce.has(sha256)) {
        askedOnce.set(sha256, true)
        return undefined
      }
      const read = await readWhole(body)
      kept.set(sha256, read)
      return read
    },
  }
}

async function readWhole(body: BlobBody): Promise<Uint8Array<ArrayBuffer>> {
  const whole = new Uint8Array(body.sizeBytes)
  let at = 0
  for await (const chunk of body.stream()) {
    whole.set(chunk, at)
    at += chunk.byteLength
  }
  if (at !== body.sizeBytes) throw new Error('the stored artifact is shorter than its recorded size')
  return whole
}
