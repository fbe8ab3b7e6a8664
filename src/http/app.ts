// The router: the gateway's own pages and its API, and whatever a package client asks in a form that is not plain.
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { Hono } from 'hono'
import { asGatewayError, GatewayError } from '../model/errors.ts'
import type { Access } from './access.ts'
import type { Answer } from './answer.ts'
import { API_ROOT, type Api } from './api/router.ts'
import { type Asked, askedByRouter } from './asked.ts'
import type { GatewayContext, GatewayEnv } from './bindings.ts'
import type { ExplainPage } from './explain.ts'
import type { HealthRoutes } from './health.ts'
import type { KeyRoutes } from './keys.ts'
import { type AnswerPackages, refuse, safePath } from './packages.ts'
import { refusalOfError } from './refusal.ts'
import { readBody } from './request-body.ts'
import { responseOf, sendAnswer } from './send-answer.ts'

export interface AppParts {
  readonly access: Access
  readonly api: Api
  readonly packages: AnswerPackages
  readonly health: HealthRoutes
  readonly explain: ExplainPage
  /** Public halves of the signing keys. */
  readonly keys: KeyRoutes
  readonly failed: (path: string, error: GatewayError) => void
  /** Largest body of a request. */
  readonly maxRequestBytes: number
  /** Absolute, no trailing slash: where refusals point to. */
  readonly publicUrl: string
}

/** Paths of the gateway itself begin with it; no repository is mounted there. */
const OWN_ROOT = '/-/'

export function createApp(parts: AppParts): Hono<GatewayEnv> {
  const app = new Hono<GatewayEnv>()
  app.all('*', (c) => handle(c, parts))
  return app
}

async function handle(c: GatewayContext, parts: AppParts): Promise<Response> {
  const asked = askedByRouter(c)
  const { path } = asked
  if (path !== '/-' && !path.startsWith(OWN_ROOT))
    return written(c, await parts.packages(asked, () => readBody(c, parts.maxRequestBytes)))
  try {
    return await ownRoute(c, asked, parts)
  } catch (thrown) {
    const error = asGatewayError(thrown)
    parts.failed(path, error)
    return written(c, refuse(refusalOfError(error, `${parts.publicUrl}${safePath(path)}`)))
  }
}

async function ownRoute(c: GatewayContext, asked: Asked, parts: AppParts): Promise<Response> {
  const { path, query, method } = asked
  if (path.startsWith(`${API_ROOT}/`)) return parts.api(c, path, query)
  if (method !== 'GET' && method !== 'HEAD')
    throw new GatewayError('METHOD_NOT_ALLOWED', 'these pages are read-only', { path })
  if (path.startsWith('/-/explain/')) {
    const target = path.slice('/-/explain/'.length)
    parts.access.allow(parts.access.admit(asked), target.slice(0, Math.max(0, target.indexOf('/'))))
    return parts.explain(target, asked.headers['accept'])
  }
  if (path.startsWith('/-/keys/')) return parts.keys(path.slice('/-/keys/'.length))
  const health = await parts.health(path, query)
  if (health === undefined) throw new GatewayError('NOT_SERVED', 'no such page', { path: path.slice(0, 200) })
  return health
}

/** Past the adapter where there is a socket: it drops reason phrases, and turns files into web streams. */
function written(c: GatewayContext, answer: Answer): Response {
  const outgoing = c.env?.outgoing
  if (outgoing === undefined || !('detachSocket' in outgoing)) return responseOf(answer, c.req.method)
  sendAnswer(outgoing, answer)
  return RESPONSE_ALREADY_SENT
}
