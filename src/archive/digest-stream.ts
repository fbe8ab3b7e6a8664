// Digests of bytes as they pass by, and of a part of a file.
import { createHash, type Hash } from 'node:crypto'
import type { RandomAccess } from './random-access.ts'

const PIECE_BYTES = 256 * 1024

/** The same pieces; every hash has seen all of them once the last was taken. */
export async function* digesting<T extends Uint8Array>(
  source: AsyncIterable<T> | Iterable<T>,
  hashes: readonly Hash[],
): AsyncGenerator<T> {
  for await (const piece of source) {
    for (const hash of hashes) hash.update(piece)
    yield piece
  }
}

/** Hex digests of the bytes from `start` up to `end`, one per algorithm, in one pass. */
export async function digestRange(
  file: RandomAccess,
  start: number,
  end: number,
  algorithms: readonly string[],
): Promise<string[]> {
  const hashes = algorithms.map((algorithm) => createHash(algorithm))
  for (let at = start; at < end; at += PIECE_BYTES) {
    const piece = await file.read(at, Math.min(PIECE_BYTES, end - at))
    for (const hash of hashes) hash.update(piece)
  }
  return hashes.map((hash) => hash.digest('hex'))
}
