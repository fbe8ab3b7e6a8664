// Questions beside packument and tarball: ping, search, keys, attestations, audit. No claim and no artifact leaves by them.
import { GatewayError } from '../../model/errors.ts'
import type { SideAnswer, SideContext } from '../ecosystem.ts'
import { parseBulk, parseQuick, renderBulk, renderQuick } from './audit.ts'

const MAX_ANSWER_BYTES = 16 * 1024 * 1024

export async function answerNpmSide(
  name: string,
  parameters: Readonly<Record<string, string>>,
  context: SideContext,
): Promise<SideAnswer> {
  switch (name) {
    case 'ping':
      return json({})
    case 'whoami':
      throw new GatewayError('UNAUTHORIZED', 'this gateway keeps no npm accounts', {})
    case 'login':
      return json({ error: 'this gateway keeps no npm accounts: log in at the registry itself' }, 404)
    case 'keys':
      return passOr(context, '/-/npm/v1/keys', { keys: [] })
    case 'attestations':
      return attestations(parameters['spec'] ?? '', context)
    case 'search':
      return search(context)
    case 'audit-bulk':
      return auditBulk(context)
    case 'audit':
      return auditQuick(context)
    default:
      throw new GatewayError('NOT_SERVED', 'no such question', { name })
  }
}

const EMPTY_AUDIT = {
  actions: [],
  advisories: {},
  muted: [],
  metadata: {
    vulnerabilities: { info: 0, low: 0, moderate: 0, high: 0, critical: 0 },
    dependencies: 0,
    devDependencies: 0,
    optionalDependencies: 0,
    totalDependencies: 0,
  },
}

async function attestations(spec: string, context: SideContext): Promise<SideAnswer> {
  const path = `/-/npm/v1/attestations/${spec.replace('/', '%2f')}`
  const answer = await context.pass(path, { maxBytes: MAX_ANSWER_BYTES })
  if (answer === undefined)
    throw new GatewayError('NOT_FOUND', 'the upstream has no attestations of that version', { spec })
  return { status: 200, contentType: 'application/json', body: answer.body }
}

async function passOr(context: SideContext, path: string, otherwise: unknown): Promise<SideAnswer> {
  const answer = await context.pass(path, { maxBytes: MAX_ANSWER_BYTES })
  return answer === undefined
    ? json(otherwise)
    : { status: 200, contentType: 'application/json', body: answer.body }
}

/**
 * The upstream's answer about advisories where it has one, an empty well-formed one where it has none (404). An upstream that
 * fails is a failure here too: an empty answer would read as "no vulnerabilities".
 */
async function passPost(context: SideContext, path: string, otherwise: unknown): Promise<SideAnswer> {
  const answer = await context.pass(path, {
    method: 'POST',
    body: context.body,
    contentType: 'application/json',
    ...(isGzip(context.body) ? { contentEncoding: 'gzip' } : {}),
    maxBytes: MAX_ANSWER_BYTES,
  })
  return answer === undefined
    ? json(otherwise)
    : { status: 200, contentType: 'application/json', body: answer.body }
}

async function auditBulk(context: SideContext): Promise<SideAnswer> {
  const path = '/-/npm/v1/security/advisories/bulk'
  if (!(await isAnsweredHere(context))) return passPost(context, path, {})
  return json(renderBulk((await context.advisories(parseBulk(context.body))) ?? []))
}

async function auditQuick(context: SideContext): Promise<SideAnswer> {
  const path = '/-/npm/v1/security/audits/quick'
  if (!(await isAnsweredHere(context))) return passPost(context, path, EMPTY_AUDIT)
  const question = parseQuick(context.body)
  return json(renderQuick((await context.advisories(question.versions)) ?? [], question))
}

/** A question that is passed on is passed as it came, understood or not. */
async function isAnsweredHere(context: SideContext): Promise<boolean> {
  return (await context.advisories({})) !== undefined
}

function isGzip(body: Uint8Array): boolean {
  return body[0] === 0x1f && body[1] === 0x8b
}

interface SearchAnswer {
  objects: { package?: { name?: unknown } }[]
  total?: number
  time?: string
}

/** Results the gateway would refuse as a whole are left out. */
async function search(context: SideContext): Promise<SideAnswer> {
  const answer = await context.pass(`/-/v1/search${context.query}`, { maxBytes: MAX_ANSWER_BYTES })
  if (answer === undefined) throw new GatewayError('NOT_FOUND', 'the upstream has no search', {})
  const result = parseSearch(answer.body)
  const names = result.objects.map((object) => String(object.package?.name ?? ''))
  const withheld = await context.withheldNames(names)
  const objects = result.objects.filter((_, at) => !withheld.has(names[at] ?? ''))
  return json({ ...result, objects })
}

function parseSearch(body: Uint8Array): SearchAnswer {
  try {
    const value = JSON.parse(Buffer.from(body).toString('utf8')) as SearchAnswer
    if (Array.isArray(value?.objects)) return value
  } catch (cause) {
    throw new GatewayError('UPSTREAM_INVALID', "the upstream's search answer is not JSON", {}, { cause })
  }
  throw new GatewayError('UPSTREAM_INVALID', "the upstream's search answer has no objects", {})
}

function json(value: unknown, status = 200): SideAnswer {
  return { status, contentType: 'application/json', body: JSON.stringify(value) }
}
