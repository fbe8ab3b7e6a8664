// An index document leaves as bytes that were finished before anyone asked.
import type { PreparedDocument } from '../gate/index-job.ts'
import type { GatewayContext } from './bindings.ts'
import { isNotModified } from './conditional.ts'
import { acceptsGzip, negotiateType } from './negotiate.ts'

type Headers = Readonly<Record<string, string>>

interface Variant {
  readonly etag: string
  readonly body: Uint8Array<ArrayBuffer>
  readonly headers: Headers
}

// A document is an immutable object, so its headers are made once and live as long as it does.
const variants = new WeakMap<PreparedDocument, { identity: Variant; gzip?: Variant }>()

/** Chooses representation and encoding and answers 200 or 304. `documents` are one document in all its media types. */
export function respondIndex(
  c: GatewayContext,
  documents: readonly PreparedDocument[],
  aliases?: Readonly<Record<string, string>>,
): Response | undefined {
  const types = documents.map((document) => document.contentType)
  const type = negotiateType(c.req.header('accept'), types, aliases)
  const document = documents.find((one) => one.contentType === type)
  if (document === undefined) return undefined
  const { identity, gzip } = variantsOf(document)
  const chosen = gzip !== undefined && acceptsGzip(c.req.header('accept-encoding')) ? gzip : identity
  const conditions = {
    ifNoneMatch: c.req.header('if-none-match'),
    ifModifiedSince: c.req.header('if-modified-since'),
  }
  if (isNotModified(conditions, chosen.etag, document.lastModified))
    return new Response(null, {
      status: 304,
      headers: { etag: chosen.etag, vary: VARY, 'cache-control': CACHE },
    })
  return new Response(chosen.body, { status: 200, headers: chosen.headers })
}

const VARY = 'Accept, Accept-Encoding'
// Revalidated each time: an age would let a client go on with an index that still lists what has been blocked since.
const CACHE = 'private, no-cache'

function variantsOf(document: PreparedDocument): { identity: Variant; gzip?: Variant } {
  const known = variants.get(document)
  if (known !== undefined) return known
  const made = {
    identity: variant(document, document.body, document.etag),
    ...(document.gzip === undefined || document.gzipEtag === undefined
      ? {}
      : { gzip: variant(document, document.gzip, document.gzipEtag, 'gzip') }),
  }
  variants.set(document, made)
  return made
}

function variant(document: PreparedDocument, body: Uint8Array, etag: string, encoding?: string): Variant {
  return {
    etag,
    body: body as Uint8Array<ArrayBuffer>,
    headers: {
      'content-type': document.contentType,
      'content-length': String(body.byteLength),
      ...(encoding === undefined ? {} : { 'content-encoding': encoding }),
      etag,
      ...(document.lastModified === undefined ? {} : { 'last-modified': document.lastModified }),
      vary: VARY,
      'cache-control': CACHE,
      'x-content-type-options': 'nosniff',
      ...document.headers,
    },
  }
}
