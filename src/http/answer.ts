// An answer as plain data: what the edge decides, before anything is written.
import type { BlobBody, ByteRange } from '../storage/blob-store.ts'

export interface Answer {
  readonly status: number
  /** HTTP/1.1 reason phrase, where it tells more than the status: pip and apt print it and nothing else. */
  readonly phrase?: string
  /** Names and values in turn, as node:http takes them. Content-Length is among them whenever there is a body. */
  readonly headers: readonly string[]
  /** Sent for every method but HEAD. */
  readonly body?: string | Uint8Array<ArrayBuffer> | StoredRange
  /** The same object is answered again and again: worth being kept in the form in which it leaves. */
  readonly isKept?: true
}

/** A part of a stored file, or the whole. */
export interface StoredRange {
  readonly blob: BlobBody
  readonly range: ByteRange
}

export function isStored(body: Answer['body']): body is StoredRange {
  return typeof body === 'object' && 'blob' in body
}

/** Headers by name as the list of an answer. */
export function headerList(headers: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(headers).flat()
}
