// All outbound traffic: one client with pools, time-outs, retries, a circuit breaker, and rules on where it may go.
import { GatewayError } from '../model/errors.ts'
import { type BreakerOptions, CircuitBreaker, DEFAULT_BREAKER } from './circuit-breaker.ts'
import { decodeContent } from './content-decoding.ts'
import { type ConfiguredUpstream, CredentialBook } from './credentials.ts'
import { Deadline } from './deadline.ts'
import { Dispatchers } from './dispatchers.ts'
import { discardBody, type ExchangeParts, exchange, type RawResponse } from './exchange.ts'
import { bodyFailure } from './failures.ts'
import { type Resolve, resolveBySystem } from './guarded-connector.ts'
import { HostRules } from './host-rules.ts'
import { isRedirect, redirectTarget, tooManyRedirects } from './redirect.ts'
import { announcedLength, countedBody, emptyBody } from './response-body.ts'
import { DEFAULT_RETRY, type RetryOptions } from './retry.ts'
import { parseUpstreamUrl } from './safe-url.ts'
import type { UpstreamClient, UpstreamRequest, UpstreamResponse } from './upstream.ts'

export interface UpstreamClientOptions {
  readonly upstreams: readonly ConfiguredUpstream[]
  /** `host`, `host:port`, `*.suffix`: hosts that learned URLs and redirects may have besides. */
  readonly allowedHosts?: readonly string[]
  readonly connectMs?: number
  /** From the request sent to the response's headers. */
  readonly headersMs?: number
  /** Silence within a body. */
  readonly bodyMs?: number
  /** The whole request with retries, redirects and body: what ends a body that drips. */
  readonly totalMs?: number
  /** Tries after the first one. */
  readonly retries?: number
  /** Bounds of the waiting between tries. */
  readonly backoff?: Partial<Omit<RetryOptions, 'retries'>>
  readonly breaker?: Partial<BreakerOptions>
  readonly maxRedirects?: number
  /** Sockets to one origin. */
  readonly connections?: number
  readonly userAgent?: string
  /** PEM certificates trusted beside the machine's own. */
  readonly ca?: readonly string[]
  readonly proxy?: string | undefined
  readonly noProxy?: readonly string[]
  readonly resolve?: Resolve
  readonly random?: () => number
}

export interface LearningUpstreamClient extends UpstreamClient {
  /** Allows a host, or host:port, that a configured index named. Its addresses must still be public. */
  learnHost(host: string): void
}

const DEFAULT_TOTAL_MS = 15 * 60_000

/** Throws CONFIG_INVALID for an upstream that is no URL and for a host pattern that is none. */
export function createUpstreamClient(options: UpstreamClientOptions): LearningUpstreamClient {
  const totalMs = options.totalMs ?? DEFAULT_TOTAL_MS
  const book = new CredentialBook(options.upstreams)
  const rules = new HostRules(book, options.allowedHosts ?? [])
  const parts = exchangeParts(options, book)
  const maxRedirects = options.maxRedirects ?? 5

  async function follow(request: UpstreamRequest, deadline: Deadline) {
    let url = firstUrl(request.url, book)
    const origin = rules.originOf(url, request.learnedFrom)
    let rule = rules.admit(url, origin)
    for (let followed = 0; ; followed += 1) {
      const response = await exchange(parts, request, url, rule, deadline)
      if (!isRedirect(response.statusCode)) return { url, response }
      discardBody(response)
      if (followed >= maxRedirects) throw tooManyRedirects(url, maxRedirects)
      const { location } = flatHeaders(response)
      const target = redirectTarget(url, request.method ?? 'GET', response.statusCode, location)
      rule = rules.admitRedirect(url, target, origin)
      url = target
    }
  }

  return {
    async request(request) {
      assertOwnHeaders(request.headers)
      const deadline = new Deadline(totalMs, request.signal)
      try {
        const { url, response } = await follow(request, deadline)
        return readResponse(request, url, response, deadline)
      } catch (error) {
        deadline.clear()
        throw error
      }
    },
    learnHost: (host) => rules.learnHost(host),
    close: () => parts.dispatchers.close(),
  }
}

function exchangeParts(options: UpstreamClientOptions, book: CredentialBook): ExchangeParts {
  const retries = options.retries ?? DEFAULT_RETRY.retries
  return {
    book,
    dispatchers: new Dispatchers({
      connectMs: options.connectMs ?? 10_000,
      connections: options.connections ?? 32,
      ca: options.ca ?? [],
      resolve: options.resolve ?? resolveBySystem,
      proxy: options.proxy,
      noProxy: options.noProxy ?? [],
    }),
    breaker: new CircuitBreaker({ ...DEFAULT_BREAKER, ...options.breaker }, Date.now),
    retry: { ...DEFAULT_RETRY, ...options.backoff, retries },
    random: options.random ?? Math.random,
    userAgent: options.userAgent ?? 'sallyport',
    headersMs: options.headersMs ?? 30_000,
    idleMs: options.bodyMs ?? 30_000,
  }
}

// A base with userinfo may have been used to build the URL: the credentials come from the book, not from the URL.
// On any other host userinfo is an index's trick.
function firstUrl(text: string, book: CredentialBook): URL {
  const url = parseUpstreamUrl(text)
  if (url.username === '' && url.password === '') return url
  if (book.basesAt(url).length === 0) {
    throw new GatewayError('HOST_REFUSED', `a URL on ${url.host} carries credentials`, { host: url.host })
  }
  url.username = ''
  url.password = ''
  return url
}

const NEVER_FROM_CALLERS = new Set(['authorization', 'cookie', 'proxy-authorization', 'host'])

// A client's own credentials must not travel on by mistake: no caller has a reason to set these.
function assertOwnHeaders(headers: UpstreamRequest['headers'] = {}): void {
  const header = Object.keys(headers).find((name) => NEVER_FROM_CALLERS.has(name.toLowerCase()))
  if (header === undefined) return
  throw new GatewayError(
    'INTERNAL',
    `the header ${header.toLowerCase()} may not be set on an upstream request`,
  )
}

function readResponse(
  request: UpstreamRequest,
  url: URL,
  response: RawResponse,
  deadline: Deadline,
): UpstreamResponse {
  const { statusCode: status, body: raw } = response
  // Whoever reads the body sees the error; without a reader it must not end the process.
  raw.on('error', () => undefined)
  const { 'content-encoding': encoding, ...headers } = flatHeaders(response)
  const decodes = encoding !== undefined && asksForEncoding(request)
  try {
    const body = wantedBody(request, url, response, decodes ? encoding : undefined)
    const shown = decodes
      ? withoutLength(headers)
      : { ...headers, ...(encoding === undefined ? {} : { 'content-encoding': encoding }) }
    return { status, headers: shown, url: url.href, body: watchedBody(body, raw, url, deadline) }
  } catch (error) {
    raw.destroy()
    throw error
  }
}

function wantedBody(
  request: UpstreamRequest,
  url: URL,
  response: RawResponse,
  encoding: string | undefined,
): AsyncIterable<Uint8Array> {
  if (request.method === 'HEAD' || response.statusCode === 304) {
    discardBody(response)
    return emptyBody()
  }
  const limits = { url, maxBytes: request.maxBytes }
  const announced = announcedLength(flatHeaders(response)['content-length'], limits)
  const received = countedBody(response.body, limits, announced)
  return encoding === undefined ? received : countedBody(decodeContent(url, received, encoding), limits)
}

async function* watchedBody(
  body: AsyncIterable<Uint8Array>,
  raw: RawResponse['body'],
  url: URL,
  deadline: Deadline,
): AsyncGenerator<Uint8Array> {
  try {
    yield* body
  } catch (thrown) {
    throw deadline.errorFor(url) ?? bodyFailure(url, thrown)
  } finally {
    deadline.clear()
    raw.destroy()
  }
}

function asksForEncoding({ headers = {} }: UpstreamRequest): boolean {
  const asked = Object.entries(headers).find(([name]) => name.toLowerCase() === 'accept-encoding')?.[1]
  return asked !== undefined && asked.trim().toLowerCase() !== 'identity'
}

function withoutLength({ 'content-length': _, ...headers }: Record<string, string>): Record<string, string> {
  return headers
}

function flatHeaders({ headers }: RawResponse): Record<string, string> {
  const flat: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(', ') : value
  }
  return flat
}
