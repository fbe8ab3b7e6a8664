// One request to one URL, redirects not followed: pools, circuit breaker and retries around it.
import type { Dispatcher } from 'undici'
import type { CircuitBreaker, Result } from './circuit-breaker.ts'
import type { CredentialBook } from './credentials.ts'
import type { Deadline } from './deadline.ts'
import type { Dispatchers } from './dispatchers.ts'
import { connectionFailure, statusFailure } from './failures.ts'
import type { AddressRule } from './guarded-connector.ts'
import { isRedirect } from './redirect.ts'
import { type RetryOptions, type Tried, withRetries } from './retry.ts'
import type { UpstreamRequest } from './upstream.ts'

export interface ExchangeParts {
  readonly book: CredentialBook
  readonly dispatchers: Dispatchers
  readonly breaker: CircuitBreaker
  readonly retry: RetryOptions
  readonly random: () => number
  readonly userAgent: string
  readonly headersMs: number
  readonly idleMs: number
}

export type RawResponse = Dispatcher.ResponseData

// What of an unwanted body is read so that its connection can be used again.
const DISCARD = { limit: 64 * 1024, milliseconds: 2_000 }

/** Resolves for 2xx, 304 and redirects; the body is still to be read. Throws what `UpstreamClient.request` throws. */
export async function exchange(
  parts: ExchangeParts,
  request: UpstreamRequest,
  url: URL,
  rule: AddressRule,
  deadline: Deadline,
): Promise<RawResponse> {
  const tools = { random: parts.random, sleep: (ms: number) => deadline.sleep(ms) }
  const idempotent = (request.method ?? 'GET') !== 'POST'
  const attempt = async () => {
    const tried = await attemptOnce(parts, request, url, rule, deadline)
    return 'value' in tried || idempotent ? tried : { ...tried, again: false }
  }
  try {
    return await withRetries(attempt, parts.retry, tools)
  } catch (error) {
    throw deadline.errorFor(url) ?? error
  }
}

/** Reads a little of a body that nobody wants, then closes it. */
export function discardBody({ body }: RawResponse): void {
  body.on('error', () => undefined)
  body
    .dump({ limit: DISCARD.limit, signal: AbortSignal.timeout(DISCARD.milliseconds) })
    .catch(() => undefined)
}

async function attemptOnce(
  parts: ExchangeParts,
  request: UpstreamRequest,
  url: URL,
  rule: AddressRule,
  deadline: Deadline,
): Promise<Tried<RawResponse>> {
  let report: (result: Result) => void = () => undefined
  try {
    report = parts.breaker.enter(url.origin)
    const dispatcher = await parts.dispatchers.choose(url, rule)
    const response = await dispatcher.request(dispatchOptions(parts, request, url, deadline))
    return judged(url, request, response, report)
  } catch (thrown) {
    const failure = connectionFailure(url, thrown)
    report(failure.again && !deadline.errorFor(url)?.facts['aborted'] ? 'failed' : 'unknown')
    return deadline.errorFor(url) ? { ...failure, again: false } : failure
  }
}

function judged(
  url: URL,
  { method, clientsQuestion = false }: UpstreamRequest,
  response: RawResponse,
  report: (result: Result) => void,
): Tried<RawResponse> {
  const { statusCode: status } = response
  // It may have been the question that broke it, and a client wrote that: no reason to keep the upstream from everybody.
  const failure = method === 'POST' || clientsQuestion ? 'unknown' : 'failed'
  report(status >= 500 ? failure : 'answered')
  if ((status >= 200 && status < 300) || status === 304 || isRedirect(status)) return { value: response }
  discardBody(response)
  const retryAfter = response.headers['retry-after']
  return statusFailure(url, status, Array.isArray(retryAfter) ? retryAfter[0] : retryAfter)
}

function dispatchOptions(
  parts: ExchangeParts,
  request: UpstreamRequest,
  url: URL,
  deadline: Deadline,
): Dispatcher.RequestOptions {
  const authorization = parts.book.authorizationFor(url)
  return {
    origin: url.origin,
    path: url.pathname + url.search,
    method: request.method ?? 'GET',
    headers: {
      'user-agent': parts.userAgent,
      'accept-encoding': 'identity',
      ...lowerCased(request.headers),
      ...(authorization === undefined ? {} : { authorization }),
    },
    body: request.body ?? null,
    signal: deadline.signal,
    headersTimeout: parts.headersMs,
    bodyTimeout: parts.idleMs,
  }
}

function lowerCased(headers: UpstreamRequest['headers'] = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}
