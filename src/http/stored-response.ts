// Stored bytes leave, approved artifacts and index documents of a generation: GET, HEAD and single ranges, from memory when small and hot, else from the store's file.

import type { ServerResponse } from 'node:http'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { BlobBody, ByteRange } from '../storage/blob-store.ts'
import type { GatewayContext } from './bindings.ts'
import { isNotModified, rangeOf } from './conditional.ts'
import { pumpFile } from './file-pump.ts'

export interface StoredAnswer {
  readonly sha256: string
  readonly body: BlobBody
  readonly contentType: string
  /** HTTP date. */
  readonly lastModified: string
}

/** Answers 200, 206, 304 or 416. */
export function respondStored(c: GatewayContext, answer: StoredAnswer): Response {
  const { body, sha256, lastModified } = answer
  const etag = `"${sha256}"`
  const headers = headersOf(etag, answer)
  const conditions = {
    ifNoneMatch: c.req.header('if-none-match'),
    ifModifiedSince: c.req.header('if-modified-since'),
  }
  if (isNotModified(conditions, etag, lastModified)) return new Response(null, { status: 304, headers })
  const asked = { range: c.req.header('range'), ifRange: c.req.header('if-range') }
  const range = rangeOf(asked, body.sizeBytes, etag, lastModified)
  if (range === 'unsatisfiable')
    return new Response(null, {
      status: 416,
      headers: { ...headers, 'content-range': `bytes */${body.sizeBytes}` },
    })
  if (range === 'whole') return send(c, 200, headers, { start: 0, end: body.sizeBytes - 1 }, body)
  const partial = { ...headers, 'content-range': `bytes ${range.start}-${range.end}/${body.sizeBytes}` }
  return send(c, 206, partial, range, body)
}

function headersOf(etag: string, { lastModified, contentType }: StoredAnswer): Record<string, string> {
  return {
    'content-type': contentType,
    etag,
    'last-modified': lastModified,
    'accept-ranges': 'bytes',
    // Revalidated, so that a revoked artifact stops here; never transformed, clients hash what they get.
    'cache-control': 'private, no-cache, no-transform',
    'x-content-type-options': 'nosniff',
  }
}

function send(
  c: GatewayContext,
  status: 200 | 206,
  headers: Record<string, string>,
  range: ByteRange,
  body: BlobBody,
): Response {
  const length = range.end - range.start + 1
  const all = { ...headers, 'content-length': String(length) }
  if (c.req.method === 'HEAD' || length === 0) return new Response(null, { status, headers: all })
  if (body.bytes !== undefined)
    return new Response(body.bytes.subarray(range.start, range.end + 1), { status, headers: all })
  const outgoing = c.env?.outgoing as ServerResponse | undefined
  if (outgoing === undefined || body.location === undefined) return streamed(status, all, range, body)
  outgoing.writeHead(status, all)
  // Once bytes are out only a broken connection can tell of a failure.
  pumpFile(body.location, range, outgoing).catch((error) => outgoing.destroy(error))
  return RESPONSE_ALREADY_SENT
}

/** For stores without local files, and for requests that came without a socket. */
function streamed(
  status: number,
  headers: Record<string, string>,
  range: ByteRange,
  body: BlobBody,
): Response {
  return new Response(ReadableStream.from(within(body.stream(), range)), { status, headers })
}

async function* within(
  chunks: AsyncIterable<Uint8Array>,
  { start, end }: ByteRange,
): AsyncIterable<Uint8Array> {
  let position = 0
  for await (const chunk of chunks) {
    const from = Math.max(0, start - position)
    const to = Math.min(chunk.byteLength, end + 1 - position)
    if (from < to) yield chunk.subarray(from, to)
    position += chunk.byteLength
    if (position > end) return
  }
}
