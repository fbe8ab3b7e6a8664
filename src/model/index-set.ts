// The upstream's description of what exists, as fetched and verified, and what the gateway makes of it.
import type { JsonObject } from './claim.ts'

/** One upstream document, kept in the blob store under its digest. */
export interface IndexDocument {
  /** Name within the set: `packument`, `page`, `InRelease`, `main/binary-amd64/Packages.xz`, ... */
  readonly name: string
  readonly url: string
  readonly sha256: string
  readonly sizeBytes: number
  readonly contentType?: string
  readonly etag?: string
  readonly lastModified?: string
}

/**
 * All documents that must be read together. For npm and PyPI it is one package's; for APT, YUM and APK
 * the whole repository's, tied by hashes and a signature and switched as one. Plain data: it crosses threads
 * and survives in the ledger for stale-if-error.
 */
export interface IndexSet {
  /** `express`, `@scope/name`, `requests`, or the repository's one key such as `bookworm`. */
  readonly key: string
  readonly documents: readonly IndexDocument[]
  /** What the ecosystem wants to remember: signer, Date, serial, upstream priority. */
  readonly facts: JsonObject
}

/** One finished document in one representation: bytes, ready to leave. */
export interface RenderedDocument {
  /** Path the client asks, relative to the repository; for package indexes the document key. */
  readonly path: string
  /** Full media type, sent as it is. */
  readonly contentType: string
  readonly body: Uint8Array
  /** Pre-compressed body; absent when the document is small, or is itself compressed. */
  readonly gzip?: Uint8Array
  /** HTTP date of the newest change, for clients without ETag. */
  readonly lastModified?: string
  readonly headers?: Readonly<Record<string, string>>
}
