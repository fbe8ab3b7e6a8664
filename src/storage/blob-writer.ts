// Writes one body into a temporary file and hashes it on the way.
import { createHash, type Hash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import { GatewayError } from '../model/errors.ts'
import { onDisk } from './blob-files.ts'
import type { StoredBlob } from './blob-store.ts'

const BUFFER_BYTES = 256 * 1024

/**
 * Writes the body to a new file and closes it. Throws TOO_LARGE past maxBytes, STORE_FAILED when the disk refuses,
 * and what the body throws; the file may then be left partial, and the caller removes it.
 */
export async function writeBody(
  path: string,
  body: AsyncIterable<Uint8Array>,
  limits: { readonly maxBytes: number; readonly durable: boolean },
): Promise<StoredBlob> {
  const handle = await onDisk(path, () => open(path, 'wx', 0o640))
  try {
    const stored = await pump(path, handle, body, limits.maxBytes)
    if (limits.durable) await onDisk(path, () => handle.sync())
    return stored
  } finally {
    await onDisk(path, () => handle.close())
  }
}

async function pump(
  path: string,
  handle: FileHandle,
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<StoredBlob> {
  const hashes = newHashes()
  const buffer = new GatherBuffer(path, handle)
  let sizeBytes = 0
  for await (const chunk of body) {
    sizeBytes += chunk.byteLength
    if (sizeBytes > maxBytes) throw tooLarge(maxBytes)
    for (const hash of Object.values(hashes)) hash.update(chunk)
    await buffer.add(chunk)
  }
  await buffer.flush()
  return finished(hashes, sizeBytes)
}

/** Joins small chunks into one write. Chunks are copied, so a body may reuse its own buffer. */
class GatherBuffer {
  readonly #path: string
  readonly #handle: FileHandle
  #buffer: Buffer | undefined
  #used = 0

  constructor(path: string, handle: FileHandle) {
    this.#path = path
    this.#handle = handle
  }

  async add(chunk: Uint8Array): Promise<void> {
    if (this.#used + chunk.byteLength > BUFFER_BYTES) await this.flush()
    if (chunk.byteLength > BUFFER_BYTES) return this.#write(chunk)
    this.#buffer ??= Buffer.allocUnsafeSlow(BUFFER_BYTES)
    this.#buffer.set(chunk, this.#used)
    this.#used += chunk.byteLength
  }

  async flush(): Promise<void> {
    if (this.#buffer === undefined || this.#used === 0) return
    const bytes = this.#buffer.subarray(0, this.#used)
    this.#used = 0
    await this.#write(bytes)
  }

  async #write(bytes: Uint8Array): Promise<void> {
    // A full disk may take a part of the bytes first and say ENOSPC only at the next write.
    for (let done = 0; done < bytes.byteLength; ) {
      const offset = done
      const { bytesWritten } = await onDisk(this.#path, () => this.#handle.write(bytes, offset))
      done += bytesWritten
    }
  }
}

type Hashes = Record<'md5' | 'sha1' | 'sha256' | 'sha512', Hash>

function newHashes(): Hashes {
  return {
    md5: createHash('md5'),
    sha1: createHash('sha1'),
    sha256: createHash('sha256'),
    sha512: createHash('sha512'),
  }
}

function finished(hashes: Hashes, sizeBytes: number): StoredBlob {
  const digests = {
    md5: hashes.md5.digest('hex'),
    sha1: hashes.sha1.digest('hex'),
    sha256: hashes.sha256.digest('hex'),
    sha512: hashes.sha512.digest('hex'),
  }
  return { sha256: digests.sha256, sizeBytes, digests }
}

function tooLarge(maxBytes: number): GatewayError {
  return new GatewayError('TOO_LARGE', `the body is larger than ${maxBytes} bytes`, { maxBytes })
}
