// The contract of all outbound traffic.

export interface UpstreamRequest {
  readonly url: string
  readonly method?: 'GET' | 'HEAD' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array
  /** Bodies above this are refused with TOO_LARGE, by Content-Length before and by count while reading. */
  readonly maxBytes: number
  /**
   * Base of the configured upstream whose verified index named this URL. Its host may then be one that is neither configured nor
   * allowed by name, as long as its address passes the guard (public, or the same address as that upstream's).
   */
  readonly learnedFrom?: string
  /** The question is a client's own, in its words: what it breaks there is not held against the upstream. */
  readonly clientsQuestion?: boolean
  readonly signal?: AbortSignal
}

export interface UpstreamResponse {
  readonly status: number
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  /** After redirects. */
  readonly url: string
  /** Decoded (gzip, br, zstd) only when asked for with Accept-Encoding by the client itself; artifacts are asked as identity. */
  readonly body: AsyncIterable<Uint8Array>
}

export interface UpstreamClient {
  /**
   * Resolves for 2xx and 304 only. Throws GatewayError: NOT_FOUND (404, 410), UPSTREAM_FAILED (other statuses, broken or truncated body),
   * UPSTREAM_UNAVAILABLE (unreachable, 429, 5xx after retries, time-out, circuit open; facts.retryAfterSeconds),
   * HOST_REFUSED (host not allowed, private address), TOO_LARGE.
   */
  request(request: UpstreamRequest): Promise<UpstreamResponse>
  close(): Promise<void>
}
