// The contract of a blob store: content by SHA-256. Nothing under a digest is ever partial.
import type { Digests } from '../model/claim.ts'

export interface StoredBlob {
  readonly sha256: string
  readonly sizeBytes: number
  /** md5, sha1, sha256, sha512 of the bytes, computed while writing. */
  readonly digests: Required<Pick<Digests, 'md5' | 'sha1' | 'sha256' | 'sha512'>>
}

export interface ByteRange {
  readonly start: number
  /** Inclusive, as in RFC 9110. */
  readonly end: number
}

export interface BlobBody {
  readonly sizeBytes: number
  /** Local file to read from, when the store has one: lets the edge pump with one buffer. */
  readonly location?: string
  /** The whole blob, when it is in memory already. */
  readonly bytes?: Uint8Array<ArrayBuffer>
  /** The bytes of the range. */
  stream(): AsyncIterable<Uint8Array>
}

export interface BlobStore {
  /**
   * Writes a body, hashing, and is done with each chunk when it asks for the next; keeps it only when it is complete. Throws TOO_LARGE past maxBytes (and keeps nothing),
   * STORE_FAILED when the disk refuses, and whatever the body throws.
   */
  put(
    body: AsyncIterable<Uint8Array>,
    limits: { readonly maxBytes: number; readonly durable?: boolean },
  ): Promise<StoredBlob>
  /** Undefined when there is no such blob. Throws STORE_FAILED when a sample shows damage; the blob is then set aside. */
  open(sha256: string, range?: ByteRange): Promise<BlobBody | undefined>
  delete(sha256: string): Promise<void>
  /** Removes temporary files older than the age, and blobs that `isReferenced` denies. Returns counts. */
  sweep(
    isReferenced: (sha256: string) => Promise<boolean>,
    olderThanMs: number,
  ): Promise<{ temporary: number; orphans: number }>
  /** Directory a child process needs read access to; undefined for remote stores. */
  readonly directory?: string
  /** Throws STORE_FAILED when the store cannot take bytes. */
  check(): Promise<void>
  close(): Promise<void>
}
