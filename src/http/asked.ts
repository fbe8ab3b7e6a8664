// One request as the edge sees it, whichever way it came in: straight from a socket, or through the router.
import type { IncomingMessage } from 'node:http'
import type { GatewayContext } from './bindings.ts'

type Headers = Readonly<Record<string, string | undefined>>

export interface Asked {
  readonly method: string
  /** Path exactly as sent: routers fold and decode, and a decoded path is another path. */
  readonly path: string
  /** With its leading `?`, or empty. */
  readonly query: string
  /** Names in lower case; what was sent more than once is joined by commas, whatever the header (RFC 9110 section 5.3). */
  readonly headers: Headers
  /** Address of the other end of the socket; empty where there is none. */
  readonly peer: string
}

export function askedBySocket({ method = 'GET', url = '/', headers, socket }: IncomingMessage): Asked {
  // Only Set-Cookie would be a list, and that is no header of a request.
  return asked(method, url, headers as Headers, socket.remoteAddress ?? '')
}

export function askedByRouter(c: GatewayContext): Asked {
  const { url, method } = c.req.raw
  const incoming = c.env?.incoming
  return asked(method, incoming?.url ?? url, c.req.header(), incoming?.socket.remoteAddress ?? '')
}

function asked(method: string, target: string, headers: Headers, peer: string): Asked {
  const url = originForm(target)
  const mark = url.indexOf('?')
  if (mark < 0) return { method, path: url, query: '', headers, peer }
  return { method, path: url.slice(0, mark), query: url.slice(mark), headers, peer }
}

/**
 * A request target as path and query. RFC 9112 section 3.2.2: a server takes the absolute form too, which clients send when they think
 * of us as a proxy.
 */
export function originForm(target: string): string {
  return target.startsWith('/') ? target : pathOf(target)
}

/** Everything behind the authority of an absolute URL. */
function pathOf(url: string): string {
  const authority = url.indexOf('://') + 3
  const end = url.slice(authority).search(/[/?]/)
  const rest = end < 0 ? '' : url.slice(authority + end)
  return rest.startsWith('/') ? rest : `/${rest}`
}
