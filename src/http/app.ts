// The edge: HTTP in, HTTP out. It finds the repository, asks one of the two doors, and words the answer; it decides nothing.
import { Hono } from 'hono'
import type { Caller } from '../access/directory.ts'
import type { ArtifactGate } from '../gate/artifact-gate.ts'
import type { GenerationGate } from '../gate/generation-gate.ts'
import type { IndexGate } from '../gate/index-gate.ts'
import type { PreparedIndex } from '../gate/index-job.ts'
import type { Repository } from '../gate/repository.ts'
import type { SideDoor } from '../gate/side-door.ts'
import type { SubjectsAhead } from '../gate/subjects-ahead.ts'
import type { ArtifactClaim } from '../model/claim.ts'
import { asGatewayError, GatewayError } from '../model/errors.ts'
import type { GatewayRequest } from '../model/request.ts'
import type { Verdict } from '../model/verdict.ts'
import type { Access } from './access.ts'
import { API_ROOT, type Api } from './api/router.ts'
import { type GatewayContext, type GatewayEnv, rawTarget } from './bindings.ts'
import type { ClientAddressOf } from './client-address.ts'
import type { ExplainPage } from './explain.ts'
import type { HealthRoutes } from './health.ts'
import { respondIndex } from './index-response.ts'
import type { KeyRoutes } from './keys.ts'
import { type Refusal, refusalOf, refusalOfError, subjectOf } from './refusal.ts'
import { readBody } from './request-body.ts'
import { parseMount } from './snapshot-mount.ts'
import { respondStored } from './stored-response.ts'

export interface ServedArtifact {
  readonly repository: string
  readonly path: string
  readonly sha256: string
  readonly status: number
  readonly tokenLabel?: string
}

export interface AppParts {
  readonly access: Access
  readonly api: Api
  /** Repositories by the first segment of their paths. */
  readonly repositories: ReadonlyMap<string, Repository>
  readonly index: IndexGate
  readonly generations: GenerationGate
  readonly artifacts: ArtifactGate
  readonly side: SideDoor
  readonly health: HealthRoutes
  readonly explain: ExplainPage
  /** Public halves of the signing keys. */
  readonly keys: KeyRoutes
  readonly served: (c: GatewayContext, artifact: ServedArtifact) => void
  /** What somebody reads tells what is asked for next. */
  readonly ahead: SubjectsAhead['served']
  /** An artifact was not given. */
  readonly refused: (c: GatewayContext, claim: ArtifactClaim, verdict: Verdict, label?: string) => void
  readonly addressOf: ClientAddressOf
  readonly failed: (path: string, error: GatewayError) => void
  /** Largest body of a request. */
  readonly maxRequestBytes: number
  /** Absolute, no trailing slash: where refusals point to. */
  readonly publicUrl: string
}

export function createApp(parts: AppParts): Hono<GatewayEnv> {
  const app = new Hono<GatewayEnv>()
  app.all('*', (c) => handle(c, parts))
  return app
}

async function handle(c: GatewayContext, parts: AppParts): Promise<Response> {
  const { path, query } = rawTarget(c)
  try {
    return await route(c, path, query, parts)
  } catch (thrown) {
    const error = asGatewayError(thrown)
    parts.failed(path, error)
    return refuse(c, refusalOfError(error, `${parts.publicUrl}${safePath(path)}`))
  }
}

async function route(c: GatewayContext, path: string, query: string, parts: AppParts): Promise<Response> {
  const slash = path.indexOf('/', 1)
  const mount = slash < 0 ? path.slice(1) : path.slice(1, slash)
  if (mount === '-') return ownRoute(c, path, query, parts)
  const { name, at } = parseMount(mount)
  const caller = parts.access.admit(c)
  const repository = parts.repositories.get(name)
  // Who may not read is not told what there is to read.
  if (caller.label === undefined) parts.access.allow(caller, name)
  if (repository === undefined)
    throw new GatewayError('NOT_SERVED', `no repository is mounted there; there are ${listed(parts)}`, {
      path: path.slice(0, 200),
    })
  parts.access.allow(caller, repository.settings.name)
  const inner = slash < 0 ? '/' : path.slice(slash)
  const request = repository.ecosystem.parseRequest(c.req.method, inner, repository.settings)
  if (at !== undefined && request.kind === 'index') return answerGeneration(c, repository, request, parts, at)
  return answer(c, repository, request, { query, caller }, parts)
}

function listed({ repositories }: AppParts): string {
  return [...repositories.keys()].map((mount) => `/${mount}/`).join(', ')
}

async function ownRoute(c: GatewayContext, path: string, query: string, parts: AppParts): Promise<Response> {
  if (path.startsWith(`${API_ROOT}/`)) return parts.api(c, path, query)
  if (c.req.method !== 'GET' && c.req.method !== 'HEAD')
    throw new GatewayError('METHOD_NOT_ALLOWED', 'these pages are read-only', { path })
  if (path.startsWith('/-/explain/')) {
    const target = path.slice('/-/explain/'.length)
    parts.access.allow(parts.access.admit(c), target.slice(0, Math.max(0, target.indexOf('/'))))
    return parts.explain(target, c.req.header('accept'))
  }
  if (path.startsWith('/-/keys/')) return parts.keys(path.slice('/-/keys/'.length))
  const health = await parts.health(path, query)
  if (health === undefined) throw new GatewayError('NOT_SERVED', 'no such page', { path: path.slice(0, 200) })
  return health
}

function answer(
  c: GatewayContext,
  repository: Repository,
  request: GatewayRequest,
  { query, caller }: { readonly query: string; readonly caller: Caller },
  parts: AppParts,
): Promise<Response> | Response {
  switch (request.kind) {
    case 'index':
      return answerIndex(c, repository, request, parts)
    case 'artifact':
      return answerArtifact(c, repository, request, caller, parts)
    case 'side':
      return answerSide(c, repository, request, query, parts)
    case 'redirect':
      return new Response(null, {
        status: 301,
        headers: { location: `${repository.settings.publicUrl}/${request.to}${query}` },
      })
  }
}

async function answerIndex(
  c: GatewayContext,
  repository: Repository,
  request: Extract<GatewayRequest, { kind: 'index' }>,
  parts: AppParts,
): Promise<Response> {
  if (repository.ecosystem.indexScope === 'repository') return answerGeneration(c, repository, request, parts)
  const prepared = await parts.index.answer(repository, request)
  const instance = `${parts.publicUrl}/-/explain/${repository.settings.name}/${request.key}`
  if (prepared?.refused !== undefined)
    return refuse(c, refusalOf(prepared.refused, subjectOfRefused(prepared, request.key), instance))
  const documents = prepared?.documents.filter((document) => document.path === request.document) ?? []
  const response = respondIndex(c, documents, repository.ecosystem.mediaTypeAliases)
  if (response === undefined)
    throw new GatewayError('NOT_FOUND', `the upstream of ${repository.settings.name} has no ${request.key}`, {
      key: request.key,
    })
  return response
}

async function answerGeneration(
  c: GatewayContext,
  repository: Repository,
  request: Extract<GatewayRequest, { kind: 'index' }>,
  parts: AppParts,
  at?: number,
): Promise<Response> {
  if (repository.ecosystem.indexScope !== 'repository')
    throw new GatewayError('NOT_SERVED', `${repository.settings.name} has no dated snapshots`, {})
  const client = `${parts.addressOf(c)} ${(c.req.header('user-agent') ?? '').slice(0, 200)}`
  const asker = { client, method: c.req.method }
  const found = await parts.generations.answer(repository, request, {
    asker,
    ...(at === undefined ? {} : { at }),
  })
  if (found === undefined)
    throw new GatewayError('NOT_FOUND', `${repository.settings.name} serves no ${request.document}`, {
      document: request.document,
    })
  return respondStored(c, found)
}

function subjectOfRefused({ withheld }: PreparedIndex, key: string): string {
  const [only, ...others] = withheld
  return only !== undefined && others.length === 0 ? subjectOf(only) : `every requested version of ${key}`
}

async function answerArtifact(
  c: GatewayContext,
  repository: Repository,
  request: Extract<GatewayRequest, { kind: 'artifact' }>,
  { label }: Caller,
  parts: AppParts,
): Promise<Response> {
  const answer = await parts.artifacts.serve(repository, request)
  if (answer.outcome !== 'approved') {
    parts.refused(c, answer.claim, answer.verdict, label)
    const instance = `${parts.publicUrl}/-/explain/${repository.settings.name}/${request.path}`
    return refuse(c, refusalOf(answer.verdict, subjectOf(answer.claim), instance))
  }
  parts.ahead(repository, answer.claim)
  const { sha256, body } = answer
  const lastModified = new Date(answer.claim.publishedAt ?? answer.decidedAt).toUTCString()
  const contentType = 'application/octet-stream'
  const response = respondStored(c, { sha256, body, lastModified, contentType })
  const { name } = repository.settings
  parts.served(c, {
    repository: name,
    path: request.path,
    sha256: answer.sha256,
    status: response.status,
    ...(label === undefined ? {} : { tokenLabel: label }),
  })
  return response
}

async function answerSide(
  c: GatewayContext,
  repository: Repository,
  request: Extract<GatewayRequest, { kind: 'side' }>,
  query: string,
  parts: AppParts,
): Promise<Response> {
  const body = await readBody(c, parts.maxRequestBytes)
  const answer = await parts.side(repository, request, { method: c.req.method, query, body })
  const headers = { 'content-type': answer.contentType, 'cache-control': 'no-store', ...answer.headers }
  return new Response(answer.body as string | Uint8Array<ArrayBuffer>, { status: answer.status, headers })
}

/** @hono/node-server drops statusText, so the phrase goes to the raw answer as well. */
function refuse(c: GatewayContext, { status, phrase, headers, body }: Refusal): Response {
  const outgoing = c.env?.outgoing
  if (outgoing !== undefined && 'statusMessage' in outgoing) outgoing.statusMessage = phrase
  return new Response(body, { status, statusText: phrase, headers })
}

function safePath(path: string): string {
  return path.slice(0, 300).replace(/[^\x21-\x7e]/g, '')
}
