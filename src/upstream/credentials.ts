// Credentials of configured upstreams, each bound to scheme, host, port and path prefix.
import { GatewayError } from '../model/errors.ts'

export interface ConfiguredUpstream {
  /** Absolute URL; userinfo in it becomes Basic credentials. */
  readonly base: string
  /** Value of the Authorization header. */
  readonly authorization?: string | undefined
}

/** A configured upstream without anything secret in plain sight. */
export interface UpstreamBase {
  readonly origin: string
  /** Path without trailing slash; empty for the root. */
  readonly prefix: string
  readonly url: URL
}

/** Keeps credentials where no log or error can print them by accident. */
export class CredentialBook {
  readonly bases: readonly UpstreamBase[]
  readonly #authorizations: readonly (string | undefined)[]

  constructor(upstreams: readonly ConfiguredUpstream[]) {
    const read = upstreams.map(readUpstream)
    this.bases = read.map(({ base }) => base)
    this.#authorizations = read.map(({ authorization }) => authorization)
  }

  /** The Authorization header for exactly this URL, from the longest prefix that covers it. */
  authorizationFor(url: URL): string | undefined {
    let best = -1
    this.bases.forEach((base, at) => {
      const longer = best < 0 || base.prefix.length > (this.bases[best]?.prefix.length ?? 0)
      if (longer && covers(base, url)) best = at
    })
    return this.#authorizations[best]
  }

  /** Configured upstreams that live on this URL's scheme, host and port. */
  basesAt(url: URL): readonly UpstreamBase[] {
    return this.bases.filter((base) => base.origin === url.origin)
  }
}

function covers(base: UpstreamBase, url: URL): boolean {
  return (
    base.origin === url.origin && (url.pathname === base.prefix || url.pathname.startsWith(`${base.prefix}/`))
  )
}

function readUpstream(upstream: ConfiguredUpstream): {
  base: UpstreamBase
  authorization: string | undefined
} {
  const url = URL.parse(upstream.base)
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new GatewayError('CONFIG_INVALID', 'an upstream is not an http or https URL')
  }
  const authorization = upstream.authorization ?? basicFrom(url)
  url.username = ''
  url.password = ''
  return { base: { origin: url.origin, prefix: url.pathname.replace(/\/+$/, ''), url }, authorization }
}

// RFC 7617; the userinfo of a URL is percent-encoded.
function basicFrom(url: URL): string | undefined {
  if (url.username === '' && url.password === '') return undefined
  const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
  return `Basic ${Buffer.from(pair).toString('base64')}`
}
