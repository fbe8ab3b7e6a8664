// Stored bytes leave, approved artifacts and index documents of a generation: GET, HEAD and single ranges, from memory when small and hot, else from the store's file.
import type { BlobBody } from '../storage/blob-store.ts'
import { type Answer, headerList } from './answer.ts'
import type { Asked } from './asked.ts'
import { isNotModified, rangeOf } from './conditional.ts'

export interface StoredAnswer {
  readonly sha256: string
  readonly body: BlobBody
  readonly contentType: string
  /** ISO 8601 or an HTTP date. */
  readonly modified: string
}

interface Headed {
  readonly etag: string
  readonly lastModified: string
  readonly headers: Readonly<Record<string, string>>
  readonly whole: Answer
}

// A body in memory is an immutable object: what heads it is made once, as long as it is the same.
const headed = new WeakMap<BlobBody, { readonly of: StoredAnswer; readonly made: Headed }>()

/** Answers 200, 206, 304 or 416. */
export function respondStored({ headers: asked }: Asked, answer: StoredAnswer): Answer {
  const { etag, lastModified, headers, whole } = headOf(answer)
  const { sizeBytes } = answer.body
  const conditions = { ifNoneMatch: asked['if-none-match'], ifModifiedSince: asked['if-modified-since'] }
  if (isNotModified(conditions, etag, lastModified)) return { status: 304, headers: headerList(headers) }
  const wanted = { range: asked['range'], ifRange: asked['if-range'] }
  const range = rangeOf(wanted, sizeBytes, etag, lastModified)
  if (range === 'whole') return whole
  if (range === 'unsatisfiable')
    return {
      status: 416,
      headers: headerList({ ...headers, 'content-range': `bytes */${sizeBytes}`, 'content-length': '0' }),
    }
  const { start, end } = range
  const bytes = answer.body.bytes?.subarray(start, end + 1)
  const partial = {
    ...headers,
    'content-range': `bytes ${start}-${end}/${sizeBytes}`,
    'content-length': String(end - start + 1),
  }
  return { status: 206, headers: headerList(partial), body: bytes ?? { blob: answer.body, range } }
}

function headOf(answer: StoredAnswer): Headed {
  const { body, sha256, contentType, modified } = answer
  const known = headed.get(body)
  if (
    known !== undefined &&
    known.of.sha256 === sha256 &&
    known.of.modified === modified &&
    known.of.contentType === contentType
  )
    return known.made
  const made = makeHead(answer)
  if (body.bytes !== undefined) headed.set(body, { of: answer, made })
  return made
}

function makeHead({ body, sha256, contentType, modified }: StoredAnswer): Headed {
  const etag = `"${sha256}"`
  const lastModified = new Date(modified).toUTCString()
  const headers = {
    'content-type': contentType,
    etag,
    'last-modified': lastModified,
    'accept-ranges': 'bytes',
    // Revalidated, so that a revoked artifact stops here; never transformed, clients hash what they get.
    'cache-control': 'private, no-cache, no-transform',
    'x-content-type-options': 'nosniff',
  }
  const all = headerList({ ...headers, 'content-length': String(body.sizeBytes) })
  const range = { start: 0, end: body.sizeBytes - 1 }
  const whole: Answer =
    body.bytes === undefined
      ? { status: 200, headers: all, ...(body.sizeBytes === 0 ? {} : { body: { blob: body, range } }) }
      : { status: 200, headers: all, body: body.bytes, isKept: true }
  return { etag, lastModified, headers, whole }
}
