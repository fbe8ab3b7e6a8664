// An index document leaves as bytes that were finished before anyone asked.
import type { PreparedDocument, PreparedIndex } from '../gate/index-job.ts'
import { type Answer, headerList } from './answer.ts'
import type { Asked } from './asked.ts'
import { isNotModified } from './conditional.ts'
import { acceptsGzip, negotiateType } from './negotiate.ts'

interface Variant {
  readonly etag: string
  readonly lastModified: string | undefined
  readonly whole: Answer
  readonly notModified: Answer
}

// Documents are immutable objects, so what is made of them lives as long as they do.
const variants = new WeakMap<PreparedDocument, { identity: Variant; gzip?: Variant }>()
/** What was chosen before for the same words of a client. */
const choices = new WeakMap<PreparedIndex, Map<string, Variant>>()
/** Clients say the same few words; whoever makes up others is answered without being remembered. */
const MAX_CHOICES = 20
const MAX_WORDS = 500

/** Chooses representation and encoding and answers 200 or 304; undefined when there is no such document. */
export function respondIndex(
  { headers }: Asked,
  prepared: PreparedIndex,
  path: string,
  aliases?: Readonly<Record<string, string>>,
): Answer | undefined {
  const chosen = chosenBefore(prepared, path, headers['accept'], headers['accept-encoding'], aliases)
  if (chosen === undefined) return undefined
  const conditions = { ifNoneMatch: headers['if-none-match'], ifModifiedSince: headers['if-modified-since'] }
  return isNotModified(conditions, chosen.etag, chosen.lastModified) ? chosen.notModified : chosen.whole
}

function chosenBefore(
  prepared: PreparedIndex,
  path: string,
  accept: string | undefined,
  encoding: string | undefined,
  aliases: Readonly<Record<string, string>> | undefined,
): Variant | undefined {
  const known = choices.get(prepared)
  const words = `${path}\n${accept ?? ''}\n${encoding ?? ''}`
  const before = known?.get(words)
  if (before !== undefined) return before
  const chosen = choose(prepared, path, accept, encoding, aliases)
  if (chosen === undefined || words.length > MAX_WORDS) return chosen
  if (known === undefined) choices.set(prepared, new Map([[words, chosen]]))
  else if (known.size < MAX_CHOICES) known.set(words, chosen)
  return chosen
}

function choose(
  prepared: PreparedIndex,
  path: string,
  accept: string | undefined,
  encoding: string | undefined,
  aliases: Readonly<Record<string, string>> | undefined,
): Variant | undefined {
  const documents = prepared.documents.filter((document) => document.path === path)
  const types = documents.map((document) => document.contentType)
  const type = negotiateType(accept, types, aliases)
  const document = documents.find((one) => one.contentType === type)
  if (document === undefined) return undefined
  const { identity, gzip } = variantsOf(document)
  return gzip !== undefined && acceptsGzip(encoding) ? gzip : identity
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
  const headers = {
    'content-type': document.contentType,
    'content-length': String(body.byteLength),
    ...(encoding === undefined ? {} : { 'content-encoding': encoding }),
    etag,
    ...(document.lastModified === undefined ? {} : { 'last-modified': document.lastModified }),
    vary: VARY,
    'cache-control': CACHE,
    'x-content-type-options': 'nosniff',
    ...document.headers,
  }
  const bytes = body as Uint8Array<ArrayBuffer>
  return {
    etag,
    lastModified: document.lastModified,
    whole: { status: 200, headers: headerList(headers), body: bytes, isKept: true },
    notModified: {
      status: 304,
      headers: headerList({ etag, vary: VARY, 'cache-control': CACHE }),
      isKept: true,
    },
  }
}
