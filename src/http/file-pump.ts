// A file into a socket with one reused buffer: five times cheaper than a web stream for large artifacts.
import { type FileHandle, open } from 'node:fs/promises'
import type { Writable } from 'node:stream'
import type { ByteRange } from '../storage/blob-store.ts'

const BUFFER_BYTES = 256 * 1024
const LARGE_BUFFER_BYTES = 1024 * 1024
const LARGE_FILE_BYTES = 16 * 1024 * 1024

/** A peer that has not taken one buffer in this time keeps it from others for nothing. */
const STALL_MS = 120_000

/** Writes the range and ends the answer. Rejects when the file is shorter than promised, and when the peer has gone or reads nothing. */
export async function pumpFile(
  location: string,
  range: ByteRange,
  outgoing: Writable,
  stallMs: number = STALL_MS,
): Promise<void> {
  const file = await open(location, 'r')
  try {
    await pump(file, range, outgoing, stallMs)
  } finally {
    await file.close()
  }
  outgoing.end()
}

async function pump(file: FileHandle, range: ByteRange, outgoing: Writable, stallMs: number): Promise<void> {
  const length = range.end - range.start + 1
  const buffer = Buffer.allocUnsafeSlow(
    Math.min(length, length > LARGE_FILE_BYTES ? LARGE_BUFFER_BYTES : BUFFER_BYTES),
  )
  let position = range.start
  while (position <= range.end) {
    const wanted = Math.min(buffer.byteLength, range.end - position + 1)
    const { bytesRead } = await file.read(buffer, 0, wanted, position)
    if (bytesRead === 0) throw new Error('the file is shorter than its recorded size')
    await written(outgoing, buffer.subarray(0, bytesRead), stallMs)
    position += bytesRead
  }
}

/** Resolves when the socket has taken the bytes: only then may the buffer be filled again. */
function written(outgoing: Writable, chunk: Uint8Array, stallMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    if (outgoing.destroyed) return reject(new Error('the client has gone'))
    const stalled = setTimeout(() => reject(new Error('the client reads nothing')), stallMs)
    const gone = () => {
      clearTimeout(stalled)
      reject(new Error('the client has gone'))
    }
    outgoing.once('close', gone)
    outgoing.write(chunk, (error) => {
      clearTimeout(stalled)
      outgoing.off('close', gone)
      if (error) reject(error)
      else resolve()
    })
  })
}
