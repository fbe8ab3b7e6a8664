// The API from outside: its document is its table, roles and schemas hold, and every failure is problem details.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { mintToken, type Role } from '../../src/access/token.ts'
import { type InProcess, openInProcess } from '../gate/in-process.ts'
import { type NpmUpstream, startNpmUpstream } from '../support/npm-upstream.ts'

const ROOT = '/-/api/v1'

let upstream: NpmUpstream
let gateway: InProcess
const tokens: Partial<Record<Role, string>> = {}

beforeEach(async () => {
  upstream = await startNpmUpstream()
  await upstream.publish({ name: 'pkg', version: '1.0.0' })
  await upstream.publish({ name: 'pkg', version: '1.0.1', publishedAt: new Date().toISOString() })
  gateway = await openInProcess({ repositories: [{ name: 'npm', type: 'npm', upstreams: [upstream.url] }] })
  const { ledger } = gateway.gateway.parts
  for (const role of ['client', 'viewer', 'reviewer', 'admin'] as const) {
    const { token, stored, fact } = mintToken({ label: role, role, repositories: ['*'] }, 'test', new Date())
    await ledger.tokens.add(stored, fact)
    tokens[role] = token
  }
  await new Promise((resolve) => setTimeout(resolve, 600)) // until the gateway has seen them
})

afterEach(async () => {
  await gateway.close()
  await upstream.close()
})

async function call(role: Role | undefined, method: string, path: string, body?: unknown) {
  const response = await gateway.gateway.app.request(`http://gateway.test${ROOT}${path}`, {
    method,
    headers: {
      ...(role === undefined ? {} : { authorization: `Bearer ${tokens[role]}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const type = response.headers.get('content-type') ?? ''
  if (response.status >= 400)
    expect(type).toBe(path === '/health' ? 'application/json' : 'application/problem+json')
  const text = await response.text()
  return {
    status: response.status,
    type,
    text,
    json: type.includes('json') && !type.includes('jsonl') ? JSON.parse(text) : {},
  }
}

it('serves an OpenAPI 3.1 document in which every route is, each with its role', async () => {
  const { json } = await call(undefined, 'GET', '/openapi.json')
  expect(json.openapi).toBe('3.1.0')
  expect(Object.keys(json.paths)).toEqual(
    expect.arrayContaining([
      '/verdicts',
      '/tokens/{id}/revoke',
      '/check',
      '/waivers',
      '/reviews/approve',
      '/audit/export',
    ]),
  )
  for (const [path, operations] of Object.entries<
    Record<string, { operationId: string; security: unknown[] }>
  >(json.paths))
    for (const [method, operation] of Object.entries(operations)) {
      const given = await call(
        undefined,
        method.toUpperCase(),
        path.replaceAll(/[{}]/g, ''),
        method === 'get' ? undefined : {},
      )
      if (operation.security.length > 0) expect([path, given.status]).toEqual([path, 401])
    }
})

describe('refuses', () => {
  it.each([
    ['no token', undefined, 'GET', '/verdicts', undefined, 401],
    ['a client that asks for verdicts', 'client', 'GET', '/verdicts', undefined, 403],
    [
      'a viewer that approves',
      'viewer',
      'POST',
      '/reviews/approve',
      { targets: ['pkg:npm/pkg@1.0.1'], reason: 'why' },
      403,
    ],
    ['a reviewer that makes tokens', 'reviewer', 'POST', '/tokens', { label: 'x', role: 'admin' }, 403],
    ['an unknown parameter', 'viewer', 'GET', '/verdicts?colour=red', undefined, 400],
    ['a value that is none', 'viewer', 'GET', '/verdicts?outcome=perhaps', undefined, 400],
    ['a limit beyond the limit', 'viewer', 'GET', '/verdicts?limit=99999999', undefined, 400],
    ['a package URL that is none', 'viewer', 'GET', '/verdicts?purl=left-pad', undefined, 400],
    ['an unknown key', 'admin', 'POST', '/tokens', { label: 'x', role: 'viewer', powers: 'all' }, 400],
    [
      'a waiver without expiry',
      'reviewer',
      'POST',
      '/waivers',
      { target: 'pkg:npm/pkg', reason: 'why' },
      400,
    ],
    ['a resource there is not', 'admin', 'GET', '/nothing', undefined, 404],
    ['a method there is not', 'admin', 'POST', '/verdicts', {}, 405],
    ['broken percent-encoding', 'admin', 'GET', '/evidence/%zz', undefined, 400],
    ['bytes nobody knows', 'viewer', 'GET', `/evidence/${'0'.repeat(64)}`, undefined, 404],
  ] as const)('%s', async (_, role, method, path, body, status) => {
    expect((await call(role, method, path, body)).status).toBe(status)
  })

  it('basic credentials, which a browser would add by itself', async () => {
    const authorization = `Basic ${Buffer.from(`x:${tokens.admin}`).toString('base64')}`
    expect((await gateway.get(`${ROOT}/tokens`, { authorization })).status).toBe(401)
  })
})

it('tells verdicts, history, evidence, downloads, policies and health', async () => {
  await gateway.get('/npm/pkg/-/pkg-1.0.0.tgz', { authorization: `Bearer ${tokens.client}` })
  await gateway.gateway.decide // nothing waits for this; downloads are written behind
  const { json: verdicts } = await call('viewer', 'GET', '/verdicts?purl=pkg:npm/pkg@1.0.0')
  expect(verdicts).toMatchObject([{ outcome: 'approved', name: 'pkg', version: '1.0.0' }])
  const [{ path, sha256 }] = verdicts
  const history = await call(
    'viewer',
    'GET',
    `/verdicts/history?repository=npm&path=${encodeURIComponent(path)}`,
  )
  expect(history.json.history).toHaveLength(1)
  expect((await call('viewer', 'GET', `/evidence/${sha256}`)).json).toMatchObject({ sha256, type: 'npm' })
  expect((await call('viewer', 'GET', '/policies')).json[0].policy.name).toBe('balanced')
  expect((await call(undefined, 'GET', '/health')).json).toEqual({ status: 'ready', problems: {} })
  await new Promise((resolve) => setTimeout(resolve, 400))
  expect((await call('viewer', 'GET', `/downloads?sha256=${sha256}`)).json).toMatchObject([
    { tokenLabel: 'client' },
  ])
})

it('checks for CI what a build wants, examines what is unknown when asked, and says one word on all', async () => {
  const purls = ['pkg:npm/pkg@1.0.0', 'pkg:npm/pkg@1.0.1', 'pkg:npm/pkg@9.9.9']
  const before = await call('client', 'POST', '/check', { purls })
  expect(before.json).toMatchObject({ ok: false, summary: { unknown: 3 } })
  expect(upstream.seen).toEqual([])
  const after = await call('client', 'POST', '/check', { purls, examine: true })
  expect(after.json).toMatchObject({ ok: false, summary: { approved: 1, held: 1, unknown: 1 } })
  expect(after.json.results[1].artifacts[0]).toMatchObject({ state: 'held', reasons: [{ rule: 'cooldown' }] })
  expect((await call('client', 'POST', '/check', { purls: purls.slice(0, 1) })).json.ok).toBe(true)
})

it('carries out reviews and waivers with the label of who decided, and holds at once', async () => {
  const PATH = '/npm/pkg/-/pkg-1.0.1.tgz'
  expect((await gateway.get(PATH)).status).toBe(403)
  const [target, reason] = ['pkg:npm/pkg@1.0.1', 'looked at it']
  const dry = await call('reviewer', 'POST', '/reviews/approve', { targets: [target], reason, dryRun: true })
  expect(dry.json.results[0].waivers).toHaveLength(1)
  expect((await gateway.get(PATH)).status).toBe(403)
  const mixed = await call('reviewer', 'POST', '/reviews/approve', {
    targets: [target, 'pkg:npm/none@1.0.0'],
    reason,
  })
  expect(mixed.json.results.map(({ ok }: { ok: boolean }) => ok)).toEqual([true, false])
  expect((await gateway.get(PATH)).status).toBe(200)
  const { id } = (await call('viewer', 'GET', '/waivers')).json[0]
  expect((await call('reviewer', 'POST', `/waivers/${id}/end`, { reason: 'no more' })).status).toBe(200)
  expect((await gateway.get(PATH)).status).toBe(403)
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString()
  const waiver = await call('reviewer', 'POST', '/waivers', {
    target,
    rules: ['cooldown'],
    reason,
    expiresAt,
  })
  expect(waiver).toMatchObject({ status: 201, json: { actor: 'token:reviewer', rules: ['cooldown'] } })
  expect((await gateway.get(PATH)).status).toBe(200)
  const revoked = await call('reviewer', 'POST', '/reviews/revoke', { targets: [target], reason })
  expect(revoked.status).toBe(200)
  expect((await gateway.get(PATH)).status).toBe(403)
  const audit = await call('viewer', 'GET', '/audit?actor=token:reviewer')
  expect(audit.json.map(({ action }: { action: string }) => action)).toEqual([
    'approved-by-hand',
    'waiver-ended',
    'waived',
    'revoked',
  ])
})

it('makes and revokes tokens, and enters what an administrator asked', async () => {
  const made = await call('admin', 'POST', '/tokens', { label: 'new', role: 'viewer', repositories: ['npm'] })
  expect(made.status).toBe(201)
  expect(made.json.token).toMatch(/^spt_/)
  expect((await call('admin', 'POST', '/tokens', { label: 'new', role: 'viewer' })).status).toBe(409)
  const list = await call('admin', 'GET', '/tokens')
  expect(list.text).not.toMatch(/spt_|secretSha256/)
  expect((await call('admin', 'POST', `/tokens/${made.json.id}/revoke`, { reason: 'over' })).status).toBe(200)
  const exported = await call('admin', 'GET', '/audit/export?format=jsonl')
  expect(exported.type).toBe('application/jsonl')
  expect(exported.text).toContain('"admin-call"')
  expect(exported.text).not.toContain(made.json.token)
  expect((await call('admin', 'GET', '/audit/verify')).json.problems).toEqual([])
})
