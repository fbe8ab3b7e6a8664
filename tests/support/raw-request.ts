// One HTTP request exactly as written: no normalised path, no hidden headers, and what came when.
import { type IncomingHttpHeaders, request } from 'node:http'

export interface RawAnswer {
  readonly status: number
  /** Reason phrase. */
  readonly phrase: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  /** Milliseconds of `performance.now()` when the status line was there. */
  readonly answeredAt: number
}

export interface RawRequest {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array | string
}

/** `path` is sent as it is, also when no URL parser would let it through. Rejects when the connection breaks. */
export function rawRequest(base: string, path: string, init: RawRequest = {}): Promise<RawAnswer> {
  const { hostname, port } = new URL(base)
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { hostname, port, path, method: init.method ?? 'GET', headers: { ...init.headers }, agent: false },
      (incoming) => {
        const answeredAt = performance.now()
        const chunks: Buffer[] = []
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
        incoming.on('error', reject)
        incoming.on('end', () =>
          resolve({
            status: incoming.statusCode ?? 0,
            phrase: incoming.statusMessage ?? '',
            headers: incoming.headers,
            body: Buffer.concat(chunks),
            answeredAt,
          }),
        )
      },
    )
    outgoing.on('error', reject)
    outgoing.end(init.body)
  })
}
