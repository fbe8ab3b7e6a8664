// What the router hands to a handler: the request, and below it the raw one and the raw answer.
import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'

export interface GatewayEnv {
  Bindings: Partial<HttpBindings>
}

export type GatewayContext = Context<GatewayEnv>
