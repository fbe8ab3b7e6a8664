// Upstream clients for tests: impatient, and closed when the test ends.
import { onTestFinished } from 'vitest'
import {
  createUpstreamClient,
  type LearningUpstreamClient,
  type UpstreamClientOptions,
} from '../../src/upstream/client.ts'
import type { ResolvedAddress } from '../../src/upstream/guarded-connector.ts'
import type { UpstreamRequest } from '../../src/upstream/upstream.ts'
import { readAll } from './bytes.ts'

/** Retries at once and twice, waits a second for whatever is late. */
export function clientFor(
  upstreams: readonly string[],
  options: Partial<UpstreamClientOptions> = {},
): LearningUpstreamClient {
  const client = createUpstreamClient({
    upstreams: upstreams.map((base) => ({ base })),
    connectMs: 1000,
    headersMs: 1000,
    bodyMs: 1000,
    totalMs: 5000,
    retries: 2,
    backoff: { baseMs: 1, maxMs: 2 },
    ...options,
  })
  onTestFinished(() => client.close())
  return client
}

export async function textOf(
  client: LearningUpstreamClient,
  url: string,
  request: Partial<UpstreamRequest> = {},
): Promise<string> {
  const { body } = await client.request({ url, maxBytes: 1_000_000, ...request })
  return (await readAll(body)).toString()
}

/** What a request ends with when it fails, at its headers or in its body. */
export async function failureOf(
  client: LearningUpstreamClient,
  url: string,
  request: Partial<UpstreamRequest> = {},
): Promise<unknown> {
  return textOf(client, url, request).then(
    (text) => ({ code: 'NO FAILURE', text }),
    (error: unknown) => error,
  )
}

/** A resolver with a table; counts how often it was asked for each name. */
export function resolverOf(table: Readonly<Record<string, readonly string[]>>) {
  const asked: string[] = []
  const resolve = async (hostname: string): Promise<ResolvedAddress[]> => {
    asked.push(hostname)
    const addresses = table[hostname]
    if (!addresses) throw Object.assign(new Error(`no such host ${hostname}`), { code: 'ENOTFOUND' })
    return addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
  }
  return { resolve, asked }
}
