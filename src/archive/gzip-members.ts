// Splits a file of concatenated gzip members exactly at their borders, as the apk format needs.
import type { Budget } from './budget.ts'
import type { ByteReader } from './byte-reader.ts'
import { type GzipHeader, gunzipMember } from './gzip-member.ts'

const MAGIC = Buffer.of(0x1f, 0x8b)

export interface GzipMember {
  /** Offset of the first byte in the file. */
  readonly start: number
  /** Must be read to its end before the next member is asked for; what is left unread is read over. */
  readonly content: AsyncIterable<Buffer>
  /** Offset after the last byte; known once the content was read. */
  end(): number
  /** Optional fields of the member's header; known once the content was begun. */
  header(): GzipHeader | undefined
}

/**
 * Yields member after member until the data ends or something else follows: the reader then stands at the first byte that
 * belongs to no member. Throws PACKAGE_INVALID for a member that is damaged or cut off.
 */
export async function* gzipMembers(reader: ByteReader, budget: Budget): AsyncGenerator<GzipMember> {
  while ((await reader.peek(MAGIC.length)).equals(MAGIC)) {
    const start = reader.position
    let end: number | undefined
    let header: GzipHeader | undefined
    const pieces = gunzipMember(reader, budget, (found) => {
      header = found
    })
    yield { start, content: keepOpen(pieces), end: () => end ?? reader.position, header: () => header }
    while (!(await pieces.next()).done);
    end = reader.position
  }
}

/** A consumer that stops early must not end the decoder: the rest of the member is still to be read over. */
function keepOpen(pieces: AsyncGenerator<Buffer>): AsyncIterable<Buffer> {
  return { [Symbol.asyncIterator]: () => ({ next: () => pieces.next() }) }
}
