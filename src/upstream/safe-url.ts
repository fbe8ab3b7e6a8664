// URLs: read strictly, and shown without anything secret.
import { GatewayError } from '../model/errors.ts'

/** Scheme, host, port and path: what may stand in a message. Userinfo and query can hold credentials (signed URLs do). */
export function safeUrl(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`
}

/**
 * Parses an absolute http or https URL that an index, a redirect or the configuration named. Throws HOST_REFUSED for another scheme,
 * and for a path that hides `..` behind %2f or %5c, by which a server could be led out of the prefix that credentials are bound to.
 */
export function parseUpstreamUrl(text: string, base?: URL): URL {
  const url = URL.parse(text, base?.href)
  if (!url) throw new GatewayError('HOST_REFUSED', 'the upstream address is not a URL')
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new GatewayError('HOST_REFUSED', `the scheme ${url.protocol} is not allowed`, {
      scheme: url.protocol,
    })
  }
  if (hidesParentSegment(url.pathname)) {
    throw new GatewayError('HOST_REFUSED', 'the upstream path hides a .. segment', { url: safeUrl(url) })
  }
  url.hash = ''
  return url
}

/** Hostname without the brackets that a URL puts around IPv6. */
export function bareHostname(hostname: string): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname
}

function hidesParentSegment(pathname: string): boolean {
  return pathname.split(/\/|\\|%2f|%5c/i).some((segment) => segment.replaceAll(/%2e/gi, '.') === '..')
}
