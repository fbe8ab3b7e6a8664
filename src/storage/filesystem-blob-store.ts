// Blobs as files of a local directory; the tree is drawn in blob-files.ts.
import { rename } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import {
  type BlobFiles,
  blobFiles,
  blobPath,
  fileStat,
  makeDirectories,
  onDisk,
  removeFile,
  syncDirectory,
  temporaryPath,
} from './blob-files.ts'
import { readRange, withinBlob } from './blob-reader.ts'
import type { BlobBody, BlobStore, ByteRange, StoredBlob } from './blob-store.ts'
import { sweepOrphans, sweepTemporary } from './blob-sweep.ts'
import { BlobVerifier, DEFAULT_SAMPLING, type SamplingOptions } from './blob-verifier.ts'
import { writeBody } from './blob-writer.ts'

// No body is silent for longer: the upstream client's idle time-out is far below it.
const LEFTOVER_AGE_MS = 60 * 60 * 1000

export class FilesystemBlobStore implements BlobStore {
  readonly directory: string
  readonly #files: BlobFiles
  readonly #verifier: BlobVerifier

  constructor(directory: string, sampling: SamplingOptions = DEFAULT_SAMPLING) {
    this.directory = resolve(directory)
    this.#files = blobFiles(this.directory)
    this.#verifier = new BlobVerifier(this.#files, sampling)
  }

  /** Makes the tree and clears what a crash left. Throws STORE_FAILED when the directory cannot be used. */
  async prepare(): Promise<this> {
    for (const path of [this.#files.blobs, this.#files.tmp, this.#files.damaged]) {
      await onDisk(path, () => makeDirectories(path, true))
    }
    await sweepTemporary(this.#files, Date.now() - LEFTOVER_AGE_MS)
    return this
  }

  async put(
    body: AsyncIterable<Uint8Array>,
    limits: { readonly maxBytes: number; readonly durable?: boolean },
  ): Promise<StoredBlob> {
    const durable = limits.durable !== false
    const temporary = temporaryPath(this.#files)
    try {
      const stored = await writeBody(temporary, body, { maxBytes: limits.maxBytes, durable })
      await this.#publish(temporary, stored.sha256, durable)
      this.#verifier.written(stored.sha256, stored.sizeBytes)
      return stored
    } catch (error) {
      await this.#discard(temporary)
      throw error
    }
  }

  async open(sha256: string, range?: ByteRange): Promise<BlobBody | undefined> {
    const path = blobPath(this.#files, sha256)
    this.#verifier.tellDamage(sha256)
    const found = await fileStat(path)
    if (!found) return undefined
    const { sizeBytes } = found
    await this.#verifier.sample(sha256, sizeBytes)
    const wanted = withinBlob(range, sizeBytes)
    return { sizeBytes, location: path, stream: () => readRange(path, wanted) }
  }

  async delete(sha256: string): Promise<void> {
    await removeFile(blobPath(this.#files, sha256))
    this.#verifier.forget(sha256)
  }

  async sweep(
    isReferenced: (sha256: string) => Promise<boolean>,
    olderThanMs: number,
  ): Promise<{ temporary: number; orphans: number }> {
    const writtenBefore = Date.now() - olderThanMs
    const temporary = await sweepTemporary(this.#files, writtenBefore)
    const orphans = await sweepOrphans(this.#files, writtenBefore, isReferenced, (sha256) =>
      this.#verifier.forget(sha256),
    )
    return { temporary, orphans }
  }

  async check(): Promise<void> {
    const probe = temporaryPath(this.#files)
    try {
      await writeBody(probe, oneByte(), { maxBytes: 1, durable: true })
      await onDisk(this.#files.blobs, () => syncDirectory(this.#files.blobs))
    } finally {
      await this.#discard(probe)
    }
  }

  /** Resolves when background hashing is done; for tests and for a quiet shutdown. */
  async settled(): Promise<void> {
    await this.#verifier.settled()
  }

  async close(): Promise<void> {
    await this.#verifier.close()
  }

  // Renamed over an older copy on purpose: it mends a damaged one and renews the age that the sweep looks at.
  async #publish(temporary: string, sha256: string, durable: boolean): Promise<void> {
    const path = blobPath(this.#files, sha256)
    const directory = dirname(path)
    await onDisk(directory, async () => {
      await makeDirectories(directory, durable)
      await rename(temporary, path)
      if (durable) await syncDirectory(directory)
    })
  }

  // The first failure is what the caller must see; a file that cannot be removed now is swept later.
  async #discard(temporary: string): Promise<void> {
    await removeFile(temporary).catch(() => false)
  }
}

/** Opens (and makes, if needed) the store in a directory. Throws STORE_FAILED. */
export async function openFilesystemBlobStore(
  directory: string,
  sampling: SamplingOptions = DEFAULT_SAMPLING,
): Promise<FilesystemBlobStore> {
  return new FilesystemBlobStore(directory, sampling).prepare()
}

async function* oneByte(): AsyncGenerator<Uint8Array> {
  yield new Uint8Array(1)
}
