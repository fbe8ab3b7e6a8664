// Drives a node:zlib decoder so that exactly the input it wants is consumed.
import type { Zlib } from 'node:zlib'
import type { ByteReader } from './byte-reader.ts'
import { invalidPackage } from './refusal.ts'

type ZlibStream = Zlib & NodeJS.ReadWriteStream

/**
 * Output of a decoder fed from `nextInput` (undefined = end). What the decoder did not consume is given back to the reader.
 * Throws PACKAGE_INVALID for damaged or cut off data.
 */
export async function* pumpDecoder(
  decoder: ZlibStream,
  nextInput: () => Promise<Buffer | undefined>,
  reader: ByteReader,
): AsyncGenerator<Buffer> {
  const stream = decoder as ZlibStream & { destroy(error?: Error): void }
  let fed = 0
  let last: Buffer = Buffer.alloc(0)
  // Input that is left over after a write means that the decoder has seen the end of its data.
  const feed = async (): Promise<void> => {
    for (let piece = await nextInput(); piece !== undefined; piece = await nextInput()) {
      fed += piece.length
      last = piece
      await written(stream, piece)
      if (stream.bytesWritten < fed) return
    }
    stream.end()
  }
  feed().catch((error: unknown) => stream.destroy(error instanceof Error ? error : new Error(String(error))))
  try {
    for await (const piece of stream) yield piece as unknown as Buffer
  } catch (error) {
    throw asRefusal(error)
  } finally {
    stream.destroy()
  }
  const unwanted = fed - stream.bytesWritten
  reader.unread(last.subarray(last.length - unwanted))
}

function written(stream: ZlibStream, piece: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(piece, (error) => (error ? reject(error) : resolve()))
  })
}

function asRefusal(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'Z_BUF_ERROR') {
    return invalidPackage('archive-truncated', 'the compressed data ends too early', {}, error)
  }
  if (/^(Z_|ERR_ZSTD|ZSTD_|ERR_ZLIB)/.test(code)) {
    return invalidPackage('archive-damaged', 'the compressed data is damaged', { decoder: code }, error)
  }
  return error
}
