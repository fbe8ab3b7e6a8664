// A pull reader over streamed bytes: exact reads, look-ahead and giving back what a decoder did not want.
import { open } from 'node:fs/promises'
import type { Budget } from './budget.ts'
import { invalidPackage } from './refusal.ts'

export type ByteSource = AsyncIterable<Uint8Array> | Iterable<Uint8Array>

// One read of the artifact. Fresh memory each time: decoders may hold a chunk while the next is fetched.
const FILE_CHUNK_BYTES = 256 * 1024

/** Streams a file, or the part of it from `start` up to `end`, and counts its bytes in the budget unless they were counted before. */
export async function* readFileChunks(
  location: string,
  budget: Budget | undefined,
  range: { readonly start?: number; readonly end?: number } = {},
): AsyncGenerator<Buffer> {
  const handle = await open(location, 'r')
  try {
    let position = range.start ?? 0
    const end = range.end ?? Number.POSITIVE_INFINITY
    while (position < end) {
      const chunk = Buffer.allocUnsafeSlow(Math.min(FILE_CHUNK_BYTES, end - position))
      const { bytesRead } = await handle.read(chunk, 0, chunk.length, position)
      if (bytesRead === 0) return
      position += bytesRead
      budget?.bytesIn(bytesRead)
      yield chunk.subarray(0, bytesRead)
    }
  } finally {
    await handle.close()
  }
}

/** Reads a source in order. Not re-entrant: one read at a time. */
export class ByteReader {
  readonly #next: () => Promise<IteratorResult<Uint8Array>> | IteratorResult<Uint8Array>
  readonly #close: () => Promise<unknown>
  #held: Buffer = Buffer.alloc(0)
  #ended = false
  #position = 0

  constructor(source: ByteSource) {
    const iterator =
      Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]()
    this.#next = () => iterator.next()
    this.#close = async () => iterator.return?.()
  }

  /** Bytes handed out and not given back. */
  get position(): number {
    return this.#position
  }

  /** Next available bytes, at most `max`; undefined at the end. */
  async chunk(max = Number.POSITIVE_INFINITY): Promise<Buffer | undefined> {
    if (this.#held.length === 0 && !(await this.#fill())) return undefined
    return this.#take(Math.min(max, this.#held.length))
  }

  /** Up to `count` bytes without consuming them; fewer only at the end. */
  async peek(count: number): Promise<Buffer> {
    while (this.#held.length < count && (await this.#fill())) {}
    return this.#held.subarray(0, count)
  }

  /** Exactly `count` bytes held in memory; throws PACKAGE_INVALID `archive-truncated` when the source ends before. */
  async read(count: number): Promise<Buffer> {
    if (this.#held.length < count) await this.peek(count)
    if (this.#held.length < count) throw truncated(this.#position, count - this.#held.length)
    return this.#take(count)
  }

  /** Exactly `count` bytes if they are already held, without waiting. */
  readNow(count: number): Buffer | undefined {
    return this.#held.length < count ? undefined : this.#take(count)
  }

  /** Exactly `count` bytes in pieces as they come; same error as `read`. */
  async *take(count: number): AsyncGenerator<Buffer> {
    let left = count
    while (left > 0) {
      const piece = await this.chunk(left)
      if (piece === undefined) throw truncated(this.#position, left)
      left -= piece.length
      yield piece
    }
  }

  /** Everything that is left. */
  async *rest(): AsyncGenerator<Buffer> {
    for (let piece = await this.chunk(); piece !== undefined; piece = await this.chunk()) yield piece
  }

  async skip(count: number): Promise<void> {
    let left = count
    while (left > 0) {
      const piece = await this.chunk(left)
      if (piece === undefined) throw truncated(this.#position, left)
      left -= piece.length
    }
  }

  /** Gives back bytes that were handed out last. */
  unread(bytes: Buffer): void {
    if (bytes.length === 0) return
    this.#position -= bytes.length
    this.#held = this.#held.length === 0 ? bytes : Buffer.concat([bytes, this.#held])
  }

  async atEnd(): Promise<boolean> {
    return this.#held.length === 0 && !(await this.#fill())
  }

  /** Lets go of the source; also after an error. */
  async close(): Promise<void> {
    this.#ended = true
    await this.#close()
  }

  #take(count: number): Buffer {
    const taken = this.#held.subarray(0, count)
    this.#held = this.#held.subarray(count)
    this.#position += count
    return taken
  }

  async #fill(): Promise<boolean> {
    if (this.#ended) return false
    const pending = this.#next()
    const { done, value } = pending instanceof Promise ? await pending : pending
    if (done) {
      this.#ended = true
      return false
    }
    const bytes = asBuffer(value)
    this.#held = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes])
    return this.#held.length > 0 || this.#fill()
  }
}

/** The same memory as a Buffer. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function truncated(position: number, missing: number): Error {
  return invalidPackage('archive-truncated', `the file ends ${missing} bytes too early`, {
    position,
    missing,
  })
}
