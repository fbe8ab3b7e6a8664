// Conditional and range requests over stored bytes (RFC 9110 sections 13 and 14).

/** Whether an If-None-Match or If-Modified-Since header says that the client already has this representation. */
export function isNotModified(
  headers: { readonly ifNoneMatch: string | undefined; readonly ifModifiedSince: string | undefined },
  etag: string,
  lastModified: string | undefined,
): boolean {
  if (headers.ifNoneMatch !== undefined) return matchesTag(headers.ifNoneMatch, etag)
  if (headers.ifModifiedSince === undefined || lastModified === undefined) return false
  const since = Date.parse(headers.ifModifiedSince)
  return !Number.isNaN(since) && Date.parse(lastModified) <= since
}

function matchesTag(header: string, etag: string): boolean {
  if (header.trim() === '*') return true
  return header.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag)
}

export type RangeAnswer = { readonly start: number; readonly end: number } | 'whole' | 'unsatisfiable'

/**
 * A single byte range, inclusive. Several ranges, another unit or a broken header mean the whole; a failed If-Range too, which
 * compares strongly with the ETag or exactly with Last-Modified.
 */
export function rangeOf(
  headers: { readonly range: string | undefined; readonly ifRange: string | undefined },
  sizeBytes: number,
  etag: string,
  lastModified: string | undefined,
): RangeAnswer {
  if (headers.range === undefined) return 'whole'
  if (headers.ifRange !== undefined && headers.ifRange !== etag && headers.ifRange !== lastModified)
    return 'whole'
  const match = /^bytes=(\d*)-(\d*)$/.exec(headers.range.trim())
  if (match === null || (match[1] === '' && match[2] === '')) return 'whole'
  const [, first = '', last = ''] = match
  if (first === '') {
    const length = Number(last)
    return length === 0 || sizeBytes === 0
      ? 'unsatisfiable'
      : { start: Math.max(0, sizeBytes - length), end: sizeBytes - 1 }
  }
  const start = Number(first)
  const end = last === '' ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1)
  if (last !== '' && Number(last) < start) return 'whole'
  return start >= sizeBytes ? 'unsatisfiable' : { start, end }
}
