// Reads the bytes of a finished blob, a range at a time.
import { type FileHandle, open } from 'node:fs/promises'
import { GatewayError } from '../model/errors.ts'
import { onDisk } from './blob-files.ts'
import type { ByteRange } from './blob-store.ts'

const CHUNK_BYTES = 256 * 1024

/** The range cut to the blob's size. Throws BAD_REQUEST when it begins past the end. */
export function withinBlob(range: ByteRange | undefined, sizeBytes: number): ByteRange {
  if (range === undefined) return { start: 0, end: sizeBytes - 1 }
  const { start, end } = range
  if (start < 0 || start > end || start >= sizeBytes) {
    throw new GatewayError('BAD_REQUEST', 'the byte range lies outside the blob', { start, end, sizeBytes })
  }
  return { start, end: Math.min(end, sizeBytes - 1) }
}

/** Yields fresh buffers, which the reader may keep. Throws STORE_FAILED when the file ends early. */
export async function* readRange(
  path: string,
  range: ByteRange,
): AsyncGenerator<Uint8Array, void, undefined> {
  const handle = await onDisk(path, () => open(path, 'r'))
  try {
    for (let position = range.start; position <= range.end; ) {
      const chunk = await readChunk(path, handle, position, range.end - position + 1)
      position += chunk.byteLength
      yield chunk
    }
  } finally {
    await handle.close()
  }
}

async function readChunk(
  path: string,
  handle: FileHandle,
  position: number,
  left: number,
): Promise<Uint8Array> {
  const buffer = Buffer.allocUnsafeSlow(Math.min(left, CHUNK_BYTES))
  const { bytesRead } = await onDisk(path, () => handle.read(buffer, 0, buffer.byteLength, position))
  if (bytesRead === 0) {
    throw new GatewayError('STORE_FAILED', `the blob file ${path} ended early`, { path, position })
  }
  return buffer.subarray(0, bytesRead)
}
