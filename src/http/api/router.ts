// From a request below `/-/api/v1` to one route: role, rate, validation, answer.
import { Ajv, type ValidateFunction } from 'ajv'
import type { Caller } from '../../access/directory.ts'
import type { RateLimit } from '../../access/rate-limit.ts'
import { ROLES, type Role } from '../../access/token.ts'
import { GatewayError } from '../../model/errors.ts'
import { tellSchemaErrors } from '../../model/schema-errors.ts'
import type { AuditStore } from '../../storage/audit.ts'
import type { Access } from '../access.ts'
import { type Asked, askedByRouter } from '../asked.ts'
import type { GatewayContext } from '../bindings.ts'
import type { ClientAddressOf } from '../client-address.ts'
import { readBody } from '../request-body.ts'
import { openApiDocument } from './openapi.ts'
import type { ApiAnswer, ApiRoute } from './route.ts'

export const API_ROOT = '/-/api/v1'

/** Answers a request whose path begins with API_ROOT. Throws GatewayError, which the edge words as problem details. */
export type Api = (c: GatewayContext, path: string, query: string) => Promise<Response>

export interface ApiEdge {
  readonly access: Access
  readonly addressOf: ClientAddressOf
  readonly requests: RateLimit
  readonly audit: AuditStore
  readonly now: () => Date
  readonly publicUrl: string
  readonly maxRequestBytes: number
}

interface CompiledRoute {
  readonly route: ApiRoute
  readonly segments: readonly string[]
  readonly checkQuery: ValidateFunction
  readonly checkBody?: ValidateFunction
}

export function createApi(routes: readonly ApiRoute[], edge: ApiEdge): Api {
  const lax = new Ajv({ allErrors: true, verbose: true, coerceTypes: true, useDefaults: true })
  const strict = new Ajv({ allErrors: true, verbose: true, useDefaults: true, allowUnionTypes: true })
  const compiled = routes.map((route) => compile(route, lax, strict))
  const document = JSON.stringify(openApiDocument(routes, `${edge.publicUrl}${API_ROOT}`))

  return async (c, path, query) => {
    const inner = path.slice(API_ROOT.length)
    if (inner === '/openapi.json' && c.req.method === 'GET') return answerOf({ json: JSON.parse(document) })
    const { found, parameters } = match(compiled, c.req.method, inner)
    const caller = admitted(askedByRouter(c), found.route, edge)
    const asked = {
      parameters,
      query: queryOf(found, query),
      body: await bodyOf(c, found, edge.maxRequestBytes),
      caller,
      actor: caller.label === undefined ? 'anonymous' : `token:${caller.label}`,
    }
    if (found.route.role === 'admin') await recordCall(edge, asked.actor, c.req.method, inner)
    return answerOf(await found.route.run(asked))
  }
}

function compile(route: ApiRoute, lax: Ajv, strict: Ajv): CompiledRoute {
  const checkQuery = lax.compile({
    type: 'object',
    additionalProperties: false,
    properties: { ...route.query },
    required: [...(route.requiredQuery ?? [])],
  })
  return {
    route,
    segments: route.path.split('/'),
    checkQuery,
    ...(route.body === undefined ? {} : { checkBody: strict.compile({ ...route.body }) }),
  }
}

function match(
  routes: readonly CompiledRoute[],
  method: string,
  path: string,
): { found: CompiledRoute; parameters: Readonly<Record<string, string>> } {
  const segments = path.split('/')
  const here = routes.flatMap((found) => {
    const parameters = parametersOf(found.segments, segments)
    return parameters === undefined ? [] : [{ found, parameters }]
  })
  const hit = here.find(({ found }) => found.route.method === method)
  if (hit !== undefined) return hit
  if (here.length === 0)
    throw new GatewayError('NOT_SERVED', `no such resource; ${API_ROOT}/openapi.json lists them`, {})
  const allow = here.map(({ found }) => found.route.method).join(', ')
  throw new GatewayError('METHOD_NOT_ALLOWED', `allowed here: ${allow}`, { allow })
}

/** A last segment `{name*}` takes the rest of the path. */
function parametersOf(
  pattern: readonly string[],
  segments: readonly string[],
): Readonly<Record<string, string>> | undefined {
  const parameters: Record<string, string> = {}
  for (const [at, part] of pattern.entries()) {
    const rest = /^\{(\w+)\*\}$/.exec(part)?.[1]
    if (rest !== undefined && segments.length > at) {
      parameters[rest] = decoded(segments.slice(at).join('/'))
      return parameters
    }
    const segment = segments[at]
    if (segment === undefined) return undefined
    const name = /^\{(\w+)\}$/.exec(part)?.[1]
    if (name === undefined && part !== segment) return undefined
    if (name !== undefined) parameters[name] = decoded(segment)
  }
  return pattern.length === segments.length ? parameters : undefined
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch (cause) {
    throw new GatewayError('BAD_REQUEST', 'the path is not valid percent-encoding', {}, { cause })
  }
}

function admitted(asked: Asked, { role }: ApiRoute, edge: ApiEdge): Caller {
  const caller = edge.access.admit(asked)
  const key = caller.id ?? edge.addressOf(asked)
  if (!edge.requests.take(key))
    throw new GatewayError('RATE_LIMITED', 'too many requests', {
      retryAfterSeconds: edge.requests.waitSeconds(key),
    })
  if (role === 'open') return caller
  if (caller.label === undefined) throw new GatewayError('UNAUTHORIZED', 'the API wants a token', {})
  // A browser adds basic credentials by itself to what other pages make it send; a bearer token it does not.
  if (!/^bearer /i.test(asked.headers['authorization'] ?? ''))
    throw new GatewayError('UNAUTHORIZED', 'the API wants its token as Authorization: Bearer', {})
  if (caller.rank < rankOf(role))
    throw new GatewayError('FORBIDDEN', `this needs the role ${role}`, { label: caller.label })
  return caller
}

function rankOf(role: Role): number {
  return ROLES.indexOf(role)
}

function queryOf({ route, checkQuery }: CompiledRoute, query: string): unknown {
  const value: Record<string, unknown> = {}
  for (const [key, one] of new URLSearchParams(query)) {
    if (key in value) throw new GatewayError('BAD_REQUEST', `the parameter ${key} is given twice`, {})
    value[key] = one
  }
  if (checkQuery(value)) return value
  throw invalid(`query of ${route.path}`, checkQuery)
}

async function bodyOf(
  c: GatewayContext,
  { route, checkBody }: CompiledRoute,
  maxRequestBytes: number,
): Promise<unknown> {
  const bytes = await readBody(c, Math.min(route.maxBodyBytes ?? maxRequestBytes, maxRequestBytes))
  if (checkBody === undefined) return undefined
  if (!/^application\/json\b/i.test(c.req.header('content-type') ?? ''))
    throw new GatewayError('BAD_REQUEST', 'the body has to be application/json', {})
  const value = parsed(bytes)
  if (checkBody(value)) return value
  throw invalid('body', checkBody)
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch (cause) {
    throw new GatewayError('BAD_REQUEST', 'the body is not valid JSON', {}, { cause })
  }
}

function invalid(what: string, { errors }: ValidateFunction): GatewayError {
  const problems = tellSchemaErrors(errors ?? [])
  return new GatewayError('BAD_REQUEST', `the ${what} is refused: ${problems.join('; ')}`, { problems })
}

/** What an administrator does is entered before it is done; when it cannot be, it is not done. */
async function recordCall(
  { audit, now }: ApiEdge,
  actor: string,
  method: string,
  path: string,
): Promise<void> {
  const at = now().toISOString()
  await audit.append([
    { at, actor, action: 'admin-call', subject: `${method} ${path.slice(0, 200)}`, details: {} },
  ])
}

function answerOf(answer: ApiAnswer): Response {
  const { status = 200 } = answer
  const headers = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }
  if ('json' in answer)
    return new Response(`${JSON.stringify(answer.json)}\n`, {
      status,
      headers: { ...headers, 'content-type': 'application/json' },
    })
  return new Response(streamOf(answer.text), {
    status,
    headers: { ...headers, 'content-type': answer.contentType },
  })
}

function streamOf(text: AsyncIterable<string>): ReadableStream<Uint8Array> {
  const pieces = text[Symbol.asyncIterator]()
  return new ReadableStream({
    async pull(controller) {
      const { value, done } = await pieces.next()
      if (done === true) controller.close()
      else controller.enqueue(new TextEncoder().encode(value))
    },
    async cancel() {
      await pieces.return?.()
    },
  })
}
