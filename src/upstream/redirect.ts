// What a redirect asks for, and whether it is followed.
import { GatewayError } from '../model/errors.ts'
import { parseUpstreamUrl, safeUrl } from './safe-url.ts'

const REDIRECTS = new Set([301, 302, 303, 307, 308])

export function isRedirect(status: number): boolean {
  return REDIRECTS.has(status)
}

/**
 * The absolute target of a redirect (RFC 9110 section 15.4). Throws UPSTREAM_FAILED without a usable Location, and for a POST,
 * whose body must not travel to an address that nobody chose.
 */
export function redirectTarget(from: URL, method: string, status: number, location: string | undefined): URL {
  if (location === undefined) throw notFollowed(from, status, 'it names no target')
  if (method === 'POST') throw notFollowed(from, status, 'a POST is not sent elsewhere')
  const to = parseUpstreamUrl(location, from)
  if (to.username !== '' || to.password !== '')
    throw notFollowed(from, status, 'its target carries credentials')
  return to
}

export function tooManyRedirects(url: URL, limit: number): GatewayError {
  return new GatewayError('UPSTREAM_FAILED', `${safeUrl(url)} redirects more than ${limit} times`, {
    url: safeUrl(url),
  })
}

function notFollowed(from: URL, status: number, why: string): GatewayError {
  const url = safeUrl(from)
  return new GatewayError('UPSTREAM_FAILED', `the redirect of ${url} is not followed: ${why}`, {
    url,
    status,
  })
}
