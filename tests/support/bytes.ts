// Bodies and digests for storage and upstream tests.
import { createHash } from 'node:crypto'

/** A body that comes in the given pieces. */
export async function* bodyOf(...pieces: readonly (Uint8Array | string)[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) yield typeof piece === 'string' ? Buffer.from(piece) : piece
}

/** A body that breaks off after its pieces. */
export async function* brokenBodyOf(
  error: Error,
  ...pieces: readonly (Uint8Array | string)[]
): AsyncGenerator<Uint8Array> {
  yield* bodyOf(...pieces)
  throw error
}

export async function readAll(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(chunk)
  return Buffer.concat(chunks)
}

export function sha256Of(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** Bytes that do not repeat early, the same for the same seed. */
export function patternBytes(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length)
  for (let at = 0, state = seed; at < length; at += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    bytes[at] = state >>> 24
  }
  return bytes
}
