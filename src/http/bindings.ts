// What a handler sees of a request: the raw path, the few headers it needs, and the raw answer.
import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'

export interface GatewayEnv {
  Bindings: Partial<HttpBindings>
}

export type GatewayContext = Context<GatewayEnv>

/** Path and query exactly as sent: routers fold and decode, and a decoded path is another path. */
export function rawTarget(c: GatewayContext): { path: string; query: string } {
  const target = c.env?.incoming?.url ?? c.req.raw.url
  // RFC 9112 section 3.2.2: a server takes the absolute form too, which clients send when they think of us as a proxy.
  const url = originForm(target)
  const mark = url.indexOf('?')
  return mark < 0 ? { path: url, query: '' } : { path: url.slice(0, mark), query: url.slice(mark) }
}

/** A request target as path and query, whichever form it was sent in. */
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
