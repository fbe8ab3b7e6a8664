// What can go wrong between us and an upstream, as GatewayErrors that say whether another try may help.
import { errors } from 'undici'
import { GatewayError } from '../model/errors.ts'
import { parseRetryAfter, type Tried } from './retry.ts'
import { safeUrl } from './safe-url.ts'

type Failed = Exclude<Tried<never>, { readonly value: never }>

// Server errors that do not pass by themselves: not implemented, HTTP version.
const LASTING_SERVER_ERRORS = new Set([501, 505])

/** The error of a status that is neither success, 304 nor a redirect. */
export function statusFailure(url: URL, status: number, retryAfter: string | undefined): Failed {
  const shown = safeUrl(url)
  if (status === 404 || status === 410) {
    return final(new GatewayError('NOT_FOUND', `${shown} does not exist upstream`, { url: shown, status }))
  }
  const passing = status === 429 || (status >= 500 && !LASTING_SERVER_ERRORS.has(status))
  if (!passing) {
    return final(new GatewayError('UPSTREAM_FAILED', `${shown} answered ${status}`, { url: shown, status }))
  }
  const retryAfterMs = parseRetryAfter(retryAfter, Date.now())
  const wait = retryAfterMs === undefined ? {} : { retryAfterSeconds: Math.ceil(retryAfterMs / 1000) }
  const error = new GatewayError('UPSTREAM_UNAVAILABLE', `${shown} answered ${status}`, {
    url: shown,
    status,
    ...wait,
  })
  return { error, again: true, retryAfterMs }
}

/** The error of a request that got no response. */
export function connectionFailure(url: URL, thrown: unknown): Failed {
  if (thrown instanceof GatewayError) return final(thrown)
  const code = codeOf(thrown)
  if (isProtocolError(thrown))
    return final(failed('UPSTREAM_FAILED', url, 'answered with broken HTTP', code, thrown))
  if (isCertificateError(code))
    return final(failed('UPSTREAM_FAILED', url, `has a bad certificate (${code})`, code, thrown))
  if (code === 'ENOTFOUND') return final(failed('UPSTREAM_UNAVAILABLE', url, 'has no address', code, thrown))
  const what = isTimeOut(thrown) ? 'did not answer in time' : `cannot be reached (${code})`
  return { error: failed('UPSTREAM_UNAVAILABLE', url, what, code, thrown), again: true }
}

/** The error of a body that broke off. `facts.broken` tells that a new request may do better. */
export function bodyFailure(url: URL, thrown: unknown): GatewayError {
  if (thrown instanceof GatewayError) return thrown
  if (isTimeOut(thrown)) return failed('UPSTREAM_UNAVAILABLE', url, 'stopped sending', codeOf(thrown), thrown)
  return brokenBody(url, 'sent a broken body', { systemCode: codeOf(thrown) }, thrown)
}

export function brokenBody(url: URL, what: string, facts: object = {}, cause?: unknown): GatewayError {
  const shown = safeUrl(url)
  return new GatewayError(
    'UPSTREAM_FAILED',
    `${shown} ${what}`,
    { url: shown, broken: true, ...facts },
    { cause },
  )
}

export function deadlinePassed(url: URL, totalMs: number): GatewayError {
  const shown = safeUrl(url)
  return new GatewayError('UPSTREAM_UNAVAILABLE', `${shown} took longer than ${totalMs} ms`, {
    url: shown,
    totalMs,
  })
}

export function givenUp(url: URL, cause: unknown): GatewayError {
  const shown = safeUrl(url)
  return new GatewayError(
    'UPSTREAM_UNAVAILABLE',
    `the request for ${shown} was given up`,
    { url: shown, aborted: true },
    { cause },
  )
}

function failed(
  code: 'UPSTREAM_FAILED' | 'UPSTREAM_UNAVAILABLE',
  url: URL,
  what: string,
  systemCode: string,
  cause: unknown,
) {
  return new GatewayError(code, `${url.host} ${what}`, { url: safeUrl(url), systemCode }, { cause })
}

function final(error: GatewayError): Failed {
  return { error, again: false }
}

function codeOf(thrown: unknown): string {
  if (thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string') return thrown.code
  return thrown instanceof Error ? thrown.name : 'unknown'
}

function isTimeOut(thrown: unknown): boolean {
  return (
    thrown instanceof errors.HeadersTimeoutError ||
    thrown instanceof errors.BodyTimeoutError ||
    thrown instanceof errors.ConnectTimeoutError
  )
}

function isProtocolError(thrown: unknown): boolean {
  return (
    thrown instanceof errors.HTTPParserError ||
    thrown instanceof errors.HeadersOverflowError ||
    thrown instanceof errors.ResponseContentLengthMismatchError
  )
}

// Names of OpenSSL's verification results, and Node's own for a wrong name.
function isCertificateError(code: string): boolean {
  return /^(CERT_|ERR_TLS_CERT|DEPTH_ZERO_SELF_SIGNED|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|HOSTNAME_MISMATCH)/.test(
    code,
  )
}
