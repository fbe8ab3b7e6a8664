// Samples blobs for damage: bytes on a disk rot, and a blob that no longer has its digest must not be served.
import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { GatewayError } from '../model/errors.ts'
import { type BlobFiles, blobPath, makeDirectories, moveIfExists, onDisk } from './blob-files.ts'
import { readRange } from './blob-reader.ts'

export interface SamplingOptions {
  /** Blobs up to this size are hashed before they are handed out, larger ones in the background. */
  readonly hashFirstBytes: number
  /** After its first opening in this process, one in so many openings of a blob hashes it again. */
  readonly oneIn: number
}

export const DEFAULT_SAMPLING: SamplingOptions = Object.freeze({ hashFirstBytes: 1024 * 1024, oneIn: 256 })

const REMEMBERED_BLOBS = 100_000

interface Sample {
  readonly sizeBytes: number
  /** Openings since the bytes were last hashed or written. */
  openings: number
}

export class BlobVerifier {
  readonly #files: BlobFiles
  readonly #options: SamplingOptions
  readonly #known = new LRUCache<string, Sample>({ max: REMEMBERED_BLOBS })
  /** Damage found in the background, told at the next opening. */
  readonly #untold = new Map<string, GatewayError>()
  readonly #queued = new Set<string>()
  #background: Promise<void> = Promise.resolve()
  #closed = false

  constructor(files: BlobFiles, options: SamplingOptions) {
    this.#files = files
    this.#options = options
  }

  /** A blob that this process has just written needs no look at its first opening. */
  written(sha256: string, sizeBytes: number): void {
    this.#known.set(sha256, { sizeBytes, openings: 0 })
    this.#untold.delete(sha256)
  }

  forget(sha256: string): void {
    this.#known.delete(sha256)
    this.#untold.delete(sha256)
  }

  /** Throws the STORE_FAILED that the background found, once. */
  tellDamage(sha256: string): void {
    const damage = this.#untold.get(sha256)
    if (damage === undefined) return
    this.#untold.delete(sha256)
    throw damage
  }

  /** Looks at a blob that is about to be handed out. Throws STORE_FAILED when it is damaged, after setting it aside. */
  async sample(sha256: string, sizeBytes: number): Promise<void> {
    const known = this.#known.get(sha256)
    if (known && known.sizeBytes !== sizeBytes) throw await this.#setAside(sha256, 'its size changed')
    if (known && ++known.openings % this.#options.oneIn !== 0) return
    if (sizeBytes <= this.#options.hashFirstBytes) return this.#hash(sha256, sizeBytes)
    this.#known.set(sha256, { sizeBytes, openings: 0 })
    this.#hashLater(sha256, sizeBytes)
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#background
  }

  /** Resolves when the hashing that is queued now is done. */
  async settled(): Promise<void> {
    await this.#background
  }

  // One at a time, so that opening many large blobs does not saturate the disk.
  #hashLater(sha256: string, sizeBytes: number): void {
    if (this.#queued.has(sha256)) return
    this.#queued.add(sha256)
    this.#background = this.#background.then(async () => {
      try {
        if (!this.#closed) await this.#hash(sha256, sizeBytes)
      } catch (error) {
        if (isDamage(error)) this.#untold.set(sha256, error)
      } finally {
        this.#queued.delete(sha256)
      }
    })
  }

  async #hash(sha256: string, sizeBytes: number): Promise<void> {
    const path = blobPath(this.#files, sha256)
    const hash = createHash('sha256')
    for await (const chunk of readRange(path, { start: 0, end: sizeBytes - 1 })) {
      if (this.#closed) return
      hash.update(chunk)
    }
    if (hash.digest('hex') !== sha256) throw await this.#setAside(sha256, 'its bytes have another digest')
    this.#known.set(sha256, { sizeBytes, openings: 0 })
  }

  async #setAside(sha256: string, why: string): Promise<GatewayError> {
    const { damaged } = this.#files
    const path = blobPath(this.#files, sha256)
    this.#known.delete(sha256)
    await onDisk(damaged, () => makeDirectories(damaged, false))
    await moveIfExists(path, `${damaged}/${sha256}.${Date.now()}`)
    return new GatewayError('STORE_FAILED', `blob ${sha256} is damaged: ${why}; it was set aside`, {
      sha256,
      path,
      damaged,
    })
  }
}

// A blob that was deleted while it waited for its turn is no damage.
function isDamage(error: unknown): error is GatewayError {
  return error instanceof GatewayError && error.facts['systemCode'] !== 'ENOENT'
}
