// Index documents from upstream into the blob store, conditionally, with what was expected of them checked.
import { LRUCache } from 'lru-cache'
import type { FetchDocument, FetchExpectation } from '../ecosystems/ecosystem.ts'
import { GatewayError } from '../model/errors.ts'
import { freeBytes } from '../model/free-bytes.ts'
import type { IndexDocument } from '../model/index-set.ts'
import type { BlobStore } from '../storage/blob-store.ts'
import type { UpstreamClient, UpstreamResponse } from '../upstream/upstream.ts'

const SHARED_FRESH_MS = 3_600_000

/** `found: undefined` is a remembered "the upstream has none". */
interface Shared {
  readonly found: IndexDocument | undefined
}

export function createDocumentFetch(parts: {
  readonly upstream: UpstreamClient
  readonly blobs: BlobStore
  /** Of one document, unless its own expectation says less. */
  readonly maxBytes: number
}): FetchDocument {
  const shared = new LRUCache<string, Promise<Shared>>({ max: 100, ttl: SHARED_FRESH_MS })

  async function fetchDocument(
    name: string,
    url: string,
    expect: FetchExpectation = {},
  ): Promise<IndexDocument | undefined> {
    const former = await usableFormer(expect)
    const response = await ask(url, expect, former)
    if (response === undefined) return undefined
    if (response.status === 304 && former !== undefined) return former
    const stored = await parts.blobs.put(givenBack(response.body), {
      maxBytes: expect.maxBytes ?? parts.maxBytes,
      durable: false,
    })
    checkExpectation(url, stored, expect)
    const { etag, 'last-modified': lastModified, 'content-type': contentType } = response.headers
    return {
      name,
      url: response.url,
      sha256: stored.sha256,
      sizeBytes: stored.sizeBytes,
      ...(contentType === undefined ? {} : { contentType }),
      ...(etag === undefined ? {} : { etag }),
      ...(lastModified === undefined ? {} : { lastModified }),
    }
  }

  /** A former copy whose bytes are gone must be fetched whole. */
  async function usableFormer({ former }: FetchExpectation): Promise<IndexDocument | undefined> {
    if (former === undefined) return undefined
    return (await parts.blobs.open(former.sha256)) === undefined ? undefined : former
  }

  async function ask(
    url: string,
    expect: FetchExpectation,
    former: IndexDocument | undefined,
  ): Promise<UpstreamResponse | undefined> {
    try {
      return await parts.upstream.request({
        url,
        headers: {
          // A digest is over the file itself, and some servers declare a .gz file to be an encoding.
          'accept-encoding': expect.sha256 === undefined ? 'gzip' : 'identity',
          ...(expect.accept === undefined ? {} : { accept: expect.accept }),
          ...(former?.etag === undefined ? {} : { 'if-none-match': former.etag }),
          ...(former?.lastModified === undefined ? {} : { 'if-modified-since': former.lastModified }),
        },
        maxBytes: expect.maxBytes ?? parts.maxBytes,
      })
    } catch (thrown) {
      if (thrown instanceof GatewayError && thrown.code === 'NOT_FOUND') return undefined
      throw thrown
    }
  }

  return async (name, url, expect) => {
    if (!name.startsWith('shared/')) return fetchDocument(name, url, expect)
    const known = shared.get(url)
    if (known !== undefined) return (await known).found
    const flight = fetchDocument(name, url, expect).then((found) => ({ found }))
    shared.set(url, flight)
    flight.catch(() => shared.delete(url)) // the failure itself reaches whoever awaits the flight
    return (await flight).found
  }
}

/** A chunk is done with when the store asks for the next. */
async function* givenBack(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) {
    yield chunk
    freeBytes(chunk)
  }
}

function checkExpectation(
  url: string,
  stored: { sha256: string; sizeBytes: number },
  expect: FetchExpectation,
): void {
  if (expect.sizeBytes !== undefined && expect.sizeBytes !== stored.sizeBytes)
    throw unexpected(url, 'size', expect.sizeBytes, stored.sizeBytes)
  if (expect.sha256 !== undefined && expect.sha256 !== stored.sha256)
    throw unexpected(url, 'sha256', expect.sha256, stored.sha256)
}

function unexpected(
  url: string,
  what: string,
  promised: string | number,
  got: string | number,
): GatewayError {
  return new GatewayError(
    'UPSTREAM_INVALID',
    `${url} has another ${what} than its index says (${promised}, got ${got})`,
    {
      url,
      what,
      promised,
      got,
    },
  )
}

/** Reads a whole document back. Throws STORE_FAILED when its bytes are gone. */
export async function readDocument(blobs: BlobStore, document: IndexDocument): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of streamDocument(blobs, document)) chunks.push(chunk)
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)
}

/** The same in pieces. */
export async function* streamDocument(blobs: BlobStore, document: IndexDocument): AsyncGenerator<Uint8Array> {
  const body = await blobs.open(document.sha256)
  if (body === undefined)
    throw new GatewayError('STORE_FAILED', `the stored copy of ${document.url} is gone`, {
      sha256: document.sha256,
    })
  yield* body.stream()
}
