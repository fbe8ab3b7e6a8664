// Rendered documents into bytes that leave as they are: compressed once, validators computed once.
import { createHash, randomInt } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import type { Rendered, RenderedGeneration } from '../ecosystems/ecosystem.ts'
import type { RenderedDocument } from '../model/index-set.ts'
import type { PreparedDocument, PreparedGeneration, PreparedIndex } from './index-job.ts'
import { NOT_EXAMINED } from './show-claims.ts'

const WORTH_COMPRESSING_BYTES = 1024
const COMPRESSIBLE = /json|html|xml|text/
// Level 6 costs twice level 1 and makes a packument a quarter smaller; it is paid once for each rendering, off the event loop.
const GZIP_LEVEL = 6
const MOST_UNEXAMINED = 500
const LARGE_BYTES = 4 * 1024 * 1024

export function prepareIndex(rendered: Rendered): PreparedIndex {
  // Two media types may have the same bytes (PyPI's page in HTML): they are copied and compressed once.
  const bodies = new Map<Uint8Array, Bodies>()
  return {
    documents: rendered.documents.map((document) => prepareDocument(document, bodies)),
    ...(rendered.refused === undefined ? {} : { refused: rendered.refused }),
    withheld: rendered.withheld.map(({ claim, verdict }) => ({
      path: claim.path,
      name: claim.name,
      version: claim.version,
      verdict,
    })),
    validUntil: earliest(rendered.withheld, reconsideredAt(rendered.refused?.reconsiderAt)),
  }
}

/** A generation is in the blob store already; what leaves the worker is its manifest. */
export function prepareGeneration({
  documents,
  withheld,
  validUntil,
}: RenderedGeneration): PreparedGeneration {
  return {
    documents,
    withheldCount: withheld.length,
    withheldKey: digestOfPaths(withheld),
    unexamined: unexaminedOf(withheld),
    validUntil: reconsideredAt(validUntil),
    reconsiderAt: earliest(withheld, Number.POSITIVE_INFINITY),
  }
}

function digestOfPaths(withheld: Rendered['withheld']): string {
  const hash = createHash('sha256')
  for (const path of withheld.map(({ claim }) => claim.path).sort()) hash.update(`${path}\0`)
  return hash.digest('hex')
}

/** From a random place on: those that fail again and again at the beginning must not stand in the way of the others. */
function unexaminedOf(withheld: Rendered['withheld']): string[] {
  const paths = withheld
    .filter(({ verdict }) => verdict.reasons.some(({ rule }) => rule === NOT_EXAMINED))
    .map(({ claim }) => claim.path)
  const start = paths.length > MOST_UNEXAMINED ? randomInt(paths.length) : 0
  return [...paths.slice(start), ...paths.slice(0, start)].slice(0, MOST_UNEXAMINED)
}

/** No spread into Math.min: an index may withhold more claims than a call takes arguments. */
function earliest(withheld: Rendered['withheld'], otherwise: number): number {
  return withheld.reduce(
    (soonest, { verdict }) => Math.min(soonest, reconsideredAt(verdict.reconsiderAt)),
    otherwise,
  )
}

function reconsideredAt(iso: string | undefined): number {
  return iso === undefined ? Number.POSITIVE_INFINITY : Date.parse(iso)
}

interface Bodies {
  readonly body: Uint8Array
  readonly gzip?: Uint8Array
}

function prepareDocument(document: RenderedDocument, known: Map<Uint8Array, Bodies>): PreparedDocument {
  const { body, gzip } = known.get(document.body) ?? bodiesOf(document)
  known.set(document.body, gzip === undefined ? { body } : { body, gzip })
  return {
    ...document,
    body,
    etag: strongTag(body, document.contentType),
    ...(gzip === undefined ? {} : { gzip, gzipEtag: strongTag(gzip, document.contentType) }),
  }
}

function bodiesOf(document: RenderedDocument): Bodies {
  const body = ownBytes(document.body)
  const gzip = document.gzip ?? compress(document, body)
  return gzip === undefined ? { body } : { body, gzip: ownBytes(gzip) }
}

function compress(document: RenderedDocument, body: Uint8Array): Uint8Array | undefined {
  if (body.byteLength < WORTH_COMPRESSING_BYTES || !COMPRESSIBLE.test(document.contentType)) return undefined
  return gzipSync(body, { level: body.byteLength > LARGE_BYTES ? 3 : GZIP_LEVEL })
}

/** Strong, per representation: clients must never take one form's validator for another's (RFC 9110 section 8.8.3). */
function strongTag(bytes: Uint8Array, contentType: string): string {
  const hash = createHash('sha256').update(contentType).update('\0').update(bytes).digest('base64url')
  return `"${hash.slice(0, 32)}"`
}

/** Bytes in a buffer of their own, so that they can be transferred between threads. */
function ownBytes(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : Uint8Array.prototype.slice.call(bytes)
}
