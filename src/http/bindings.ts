// What a handler sees of a request: the raw path, the few headers it needs, and the raw answer.
import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'

export interface GatewayEnv {
  Bindings: Partial<HttpBindings>
}

export type GatewayContext = Context<GatewayEnv>

/** Path and query exactly as sent: routers fold and decode, and a decoded path is another path. */
export function rawTarget(c: GatewayContext): { path: string; query: string } {
  const url = c.env?.incoming?.url ?? pathOf(c.req.raw.url)
  const mark = url.indexOf('?')
  return mark < 0 ? { path: url, query: '' } : { path: url.slice(0, mark), query: url.slice(mark) }
}

/** Everything behind the authority of an absolute URL. */
function pathOf(url: string): string {
  const slash = url.indexOf('/', url.indexOf('://') + 3)
  return slash < 0 ? '/' : url.slice(slash)
}
