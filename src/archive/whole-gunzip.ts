// A small gzip file unpacked in one step: much faster than streaming for the thousands of packages that are small.
import zlib from 'node:zlib'
import type { Budget } from './budget.ts'
import { ByteReader } from './byte-reader.ts'
import { checkTrailer, readGzipHeader } from './gzip-member.ts'
import { invalidPackage } from './refusal.ts'

const TRAILER_BYTES = 8
const MIN_CHUNK_BYTES = 64 * 1024
const MAX_CHUNK_BYTES = 8 * 1024 * 1024

/**
 * Content of a file that is exactly one gzip member, zero padding allowed. Undefined when it is anything else or unpacks to more
 * than `maxBytes`: the streaming decoder then says what. Throws PACKAGE_INVALID for damage.
 */
export async function gunzipWhole(
  file: Buffer,
  budget: Budget,
  maxBytes: number,
): Promise<Buffer | undefined> {
  const reader = new ByteReader([file])
  await readGzipHeader(reader)
  const body = file.subarray(reader.position)
  const inflated = await inflate(body, maxBytes, expectedBytes(file))
  if (inflated === undefined) return undefined
  const { content, consumed } = inflated
  const trailer = body.subarray(consumed, consumed + TRAILER_BYTES)
  if (trailer.length < TRAILER_BYTES)
    throw invalidPackage('archive-truncated', 'a gzip member has no trailer')
  if (body.subarray(consumed + TRAILER_BYTES).some((byte) => byte !== 0)) return undefined
  checkTrailer(trailer, zlib.crc32(content), content.length)
  budget.bytesIn(file.length)
  budget.bytesOut(content.length)
  return content
}

// The length in the last four bytes is a hint for the size of memory pieces, no more: it may lie.
function expectedBytes(file: Buffer): number {
  return file.length < 4 ? 0 : file.readUInt32LE(file.length - 4)
}

async function inflate(
  body: Buffer,
  maxBytes: number,
  expected: number,
): Promise<{ content: Buffer; consumed: number } | undefined> {
  const chunkSize = Math.min(MAX_CHUNK_BYTES, Math.max(MIN_CHUNK_BYTES, expected + 64))
  return new Promise((resolve, reject) => {
    zlib.inflateRaw(
      body,
      { info: true, chunkSize, maxOutputLength: maxBytes },
      (error: NodeJS.ErrnoException | null, result) => {
        if (error === null) {
          const { buffer, engine } = result as unknown as { buffer: Buffer; engine: zlib.Zlib }
          resolve({ content: buffer, consumed: engine.bytesWritten })
        } else if (error.code === 'ERR_BUFFER_TOO_LARGE') {
          resolve(undefined)
        } else {
          const rule = error.code === 'Z_BUF_ERROR' ? 'archive-truncated' : 'archive-damaged'
          reject(invalidPackage(rule, 'the gzip data is damaged or cut off', {}, error))
        }
      },
    )
  })
}
