// Keeps contents compressed in memory, so that what is retained of a large artifact does not take as much as it is long.
import zlib from 'node:zlib'
import { GatewayError } from '../model/errors.ts'

/** Below this a compressed copy with its object is hardly smaller. */
const MIN_BYTES = 1024
/** What does not shrink below this share stays as it is. */
const WORTH = 0.8
/** Unpacked contents at hand: more than the largest file that is retained. */
const RECENT_BYTES = 20 * 1024 * 1024
const PACK = { params: { [zlib.constants.ZSTD_c_compressionLevel]: 1 } }

export class ColdContents {
  readonly #recent = new Map<Buffer, Uint8Array>()
  #recentBytes = 0

  /** Gives the same bytes again at every call; undefined when compressing wins nothing. */
  pack(content: Uint8Array): (() => Uint8Array) | undefined {
    const { length } = content
    if (length < MIN_BYTES) return undefined
    const found = zlib.zstdCompressSync(content, { ...PACK, chunkSize: Math.ceil(length * WORTH) })
    if (found.length > length * WORTH) return undefined
    // What zlib gives is a view of more memory than it needs.
    const packed = Buffer.allocUnsafeSlow(found.length)
    found.copy(packed)
    return () => this.#unpack(packed, length)
  }

  #unpack(packed: Buffer, length: number): Uint8Array {
    const before = this.#recent.get(packed)
    if (before !== undefined) return before
    const content = zlib.zstdDecompressSync(packed, { chunkSize: length + 64, maxOutputLength: length + 1 })
    if (content.length !== length)
      throw new GatewayError('INTERNAL', 'a content that was kept compressed has another length now', {
        length,
      })
    this.#recent.set(packed, content)
    this.#recentBytes += length
    for (const [oldest, { length: bytes }] of this.#recent) {
      if (this.#recentBytes <= RECENT_BYTES || oldest === packed) break
      this.#recent.delete(oldest)
      this.#recentBytes -= bytes
    }
    return content
  }
}
