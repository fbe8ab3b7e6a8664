// What an ecosystem keeps on disk of documents that it has read.

/**
 * What was made of documents, on disk: it outlives thread and process, and costs no memory. A key must name the very bytes (their
 * digest), what was made of them, and in which format.
 */
export interface Pieces {
  /** Undefined when there is none, and when it is damaged: it has to be made anew. */
  read(key: string): Buffer | undefined
  /** The bytes may change afterwards. Throws STORE_FAILED when the disk refuses. */
  write(key: string, bytes: Uint8Array): void
  remove(key: string): void
}
