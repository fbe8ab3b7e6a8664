// Which hosts a request may reach, decided on parsed hosts, never on text.
import { LRUCache } from 'lru-cache'
import { GatewayError } from '../model/errors.ts'
import type { CredentialBook, UpstreamBase } from './credentials.ts'
import type { AddressRule } from './guarded-connector.ts'
import { bareHostname, safeUrl } from './safe-url.ts'

/** Most hosts remembered by `learnHost`. */
const LEARNED_HOSTS = 10_000

/** Where a request comes from: what its first URL may be, and what redirects are held against. */
export interface RequestOrigin {
  /** Configured upstreams the URL belongs to or was learned from. */
  readonly upstreams: readonly UpstreamBase[]
  /** The URL was named by an index of these upstreams. */
  readonly learned: boolean
}

export class HostRules {
  readonly #book: CredentialBook
  readonly #patterns: readonly HostPattern[]
  readonly #learned = new LRUCache<string, true>({ max: LEARNED_HOSTS })

  constructor(book: CredentialBook, allowedHosts: readonly string[]) {
    this.#book = book
    this.#patterns = allowedHosts.map(parseHostPattern)
  }

  /** Allows a host, or host:port, that the caller found in a configured index. Throws CONFIG_INVALID for what is none. */
  learnHost(host: string): void {
    const { hostname, port } = parseHostPattern(host)
    this.#learned.set(port === undefined ? hostname : `${hostname}:${port}`, true)
  }

  /** Where a first URL comes from. `learnedFrom` is the base of a configured upstream; throws INTERNAL for another. */
  originOf(url: URL, learnedFrom: string | undefined): RequestOrigin {
    const own = this.#book.basesAt(url)
    if (own.length > 0) return { upstreams: own, learned: false }
    if (learnedFrom === undefined) return { upstreams: [], learned: false }
    return { upstreams: this.#configured(learnedFrom), learned: true }
  }

  /** The address rule for a first URL. Throws HOST_REFUSED. */
  admit(url: URL, origin: RequestOrigin): AddressRule {
    if (this.#book.basesAt(url).length > 0) return { allow: 'any', friends: [] }
    if (!origin.learned && !this.#isListed(url)) throw hostRefused(url)
    if (origin.learned && url.protocol === 'http:') assertPlainAllowed(url, origin)
    return { allow: 'public', friends: friendsOf(origin) }
  }

  /** The address rule for a redirect's target. Throws HOST_REFUSED. */
  admitRedirect(from: URL, to: URL, origin: RequestOrigin): AddressRule {
    if (from.protocol === 'https:' && to.protocol === 'http:') assertPlainAllowed(to, origin)
    if (this.#book.basesAt(to).length > 0) return { allow: 'any', friends: [] }
    const friends = friendsOf(origin)
    if (this.#isListed(to) || isSameHost(from, to)) return { allow: 'public', friends }
    if (friends.length === 0) throw hostRefused(to)
    return { allow: 'friends', friends }
  }

  #isListed(url: URL): boolean {
    if (this.#learned.has(url.host)) return true
    return this.#patterns.some((pattern) => matchesHost(pattern, url))
  }

  #configured(base: string): readonly UpstreamBase[] {
    const url = URL.parse(base)
    const found = url ? this.#book.basesAt(url) : []
    if (found.length === 0) throw new GatewayError('INTERNAL', 'learnedFrom names no configured upstream')
    return found
  }
}

export interface HostPattern {
  readonly hostname: string
  /** Any subdomain of hostname, but not itself. */
  readonly suffix: boolean
  readonly port: string | undefined
}

/** `host`, `host:port`, `*.suffix` or `*.suffix:port`. Throws CONFIG_INVALID. */
export function parseHostPattern(text: string): HostPattern {
  const suffix = text.startsWith('*.')
  const host = suffix ? text.slice(2) : text
  const url = URL.parse(`http://${host}`)
  if (url?.pathname !== '/' || url.username !== '' || url.search !== '' || host.includes('*')) {
    throw new GatewayError('CONFIG_INVALID', `${text} is no host, host:port or *.suffix`, {
      allowedHost: text,
    })
  }
  const port = /:(\d+)$/.exec(host.replace(/^\[.*\]/, ''))?.[1]
  return { hostname: url.hostname, suffix, port }
}

/** A pattern without port means the scheme's own port. */
export function matchesHost(pattern: HostPattern, url: URL): boolean {
  const port = url.port || (url.protocol === 'https:' ? '443' : '80')
  const samePort = pattern.port === undefined ? url.port === '' : pattern.port === port
  if (!samePort) return false
  return pattern.suffix ? url.hostname.endsWith(`.${pattern.hostname}`) : url.hostname === pattern.hostname
}

function isSameHost(from: URL, to: URL): boolean {
  if (from.host === to.host) return true
  // The usual upgrade: http on 80 to https on 443.
  return from.hostname === to.hostname && from.port === '' && to.port === ''
}

function assertPlainAllowed(url: URL, origin: RequestOrigin): void {
  if (origin.upstreams.some((base) => base.url.protocol === 'http:')) return
  throw new GatewayError('HOST_REFUSED', `the upstream is https, ${url.host} was offered over plain http`, {
    url: safeUrl(url),
  })
}

function friendsOf(origin: RequestOrigin): string[] {
  return [...new Set(origin.upstreams.map((base) => bareHostname(base.url.hostname)))].sort()
}

function hostRefused(url: URL): GatewayError {
  return new GatewayError('HOST_REFUSED', `the host ${url.host} is not allowed`, { host: url.host })
}
