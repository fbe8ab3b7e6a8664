// Brings one artifact or document into the blob store, whole or not at all.
import { GatewayError } from '../model/errors.ts'
import type { BlobStore, StoredBlob } from '../storage/blob-store.ts'
import { safeUrl } from './safe-url.ts'
import type { UpstreamClient, UpstreamRequest } from './upstream.ts'

export interface DownloadRequest extends Omit<UpstreamRequest, 'method' | 'body'> {
  /** False for what can simply be fetched again; spares the disk a flush. */
  readonly durable?: boolean
}

/** Once more from the start when a body broke off: a second one is usually whole, a third rarely helps. */
const TRIES = 2

/** Stores the body of a 200 answer. Throws what the client and the store throw; nothing is kept then. */
export async function downloadTo(
  store: BlobStore,
  client: UpstreamClient,
  request: DownloadRequest,
): Promise<StoredBlob> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await downloadOnce(store, client, request)
    } catch (error) {
      if (tries >= TRIES || !brokeOff(error)) throw error
    }
  }
}

async function downloadOnce(
  store: BlobStore,
  client: UpstreamClient,
  { durable = true, ...request }: DownloadRequest,
): Promise<StoredBlob> {
  const response = await client.request(request)
  // 304, 204 and 206 are successes to a client, but not the whole artifact.
  if (response.status !== 200) {
    await letGo(response.body)
    throw notWhole(response.url, response.status)
  }
  return store.put(response.body, { maxBytes: request.maxBytes, durable })
}

/** Ends a body that nobody will read, so that its connection is free again. */
async function letGo(body: AsyncIterable<Uint8Array>): Promise<void> {
  await body[Symbol.asyncIterator]().return?.()
}

function brokeOff(error: unknown): boolean {
  return error instanceof GatewayError && error.facts['broken'] === true
}

function notWhole(url: string, status: number): GatewayError {
  const shown = safeUrl(new URL(url))
  return new GatewayError('UPSTREAM_FAILED', `${shown} answered ${status} instead of the artifact`, {
    url: shown,
    status,
  })
}
