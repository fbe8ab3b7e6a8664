// Tokens at both doors: the wrong, the expired and the revoked get no byte, the right one gets its own repositories and its name in the records.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { stringify } from 'yaml'
import { type Desk, makeDesk } from '../commands/io.ts'
import { type InProcess, openInProcess } from '../gate/in-process.ts'
import { type NpmUpstream, startNpmUpstream } from '../support/npm-upstream.ts'

const PATH = '/npm/pkg/-/pkg-1.0.0.tgz'
const SOON = { timeout: 5000, interval: 50 }

let upstream: NpmUpstream
let gateway: InProcess
let desk: Desk
let bytes: Buffer

async function open(anonymous: 'read' | 'none', config: Record<string, unknown> = {}): Promise<void> {
  upstream = await startNpmUpstream()
  bytes = (await upstream.publish({ name: 'pkg', version: '1.0.0' })).bytes
  const repositories = [
    { name: 'npm', type: 'npm', upstreams: [upstream.url] },
    { name: 'other', type: 'npm', upstreams: [upstream.url] },
  ]
  gateway = await openInProcess({ repositories, config: { access: { anonymous, ...config } } })
  desk = makeDesk()
  writeFileSync(
    join(desk.cwd, 'sallyport.yaml'),
    stringify({ dataDirectory: gateway.directory, repositories }),
  )
}

afterEach(async () => {
  await gateway.close()
  await upstream.close()
})

async function token(...args: readonly string[]): Promise<string> {
  const { code, out, err } = await desk.run('tokens', 'create', ...args)
  expect([code, err]).toEqual([0, expect.stringContaining('keep it now')])
  return out.trim()
}

const bearer = (text: string) => ({ authorization: `Bearer ${text}` })
const basic = (user: string, password: string) => ({
  authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
})
const get = (headers: Record<string, string> = {}, path = PATH) => gateway.get(path, headers)
const status = async (headers: Record<string, string> = {}, path = PATH) => (await get(headers, path)).status

async function refused(response: Response, code: number): Promise<string> {
  expect(response.status).toBe(code)
  expect(response.headers.get('content-type')).toBe('application/problem+json')
  const body = Buffer.from(await response.arrayBuffer())
  expect(body.includes(bytes.subarray(0, 64))).toBe(false)
  return body.toString('utf8')
}

describe('a gateway that wants tokens', () => {
  beforeEach(() => open('none'))

  it('gives nothing to nobody, not even what there is, and never asks the upstream for it', async () => {
    for (const path of [PATH, '/npm/pkg', '/nowhere/x', '/-/explain/npm/pkg']) {
      const response = await get({}, path)
      expect(response.headers.get('www-authenticate')).toMatch(/^Bearer .*, Basic /)
      expect(await refused(response, 401)).not.toContain('/other/')
    }
    expect(await status(bearer('something-else'))).toBe(401)
    expect(upstream.seen).toEqual([])
    expect(await status({}, '/-/ready')).toBe(200)
  })

  it('takes one as bearer, as password of any user, or as user name', async () => {
    const good = await token('--label', 'ci')
    await vi.waitFor(async () => expect(await status(bearer(good))).toBe(200), SOON)
    expect(Buffer.from(await (await get(bearer(good))).arrayBuffer()).equals(bytes)).toBe(true)
    expect(await status(basic('anybody', good))).toBe(200)
    expect(await status(basic(good, ''))).toBe(200)
    expect(await status(basic('ci', `${good.slice(0, -1)}${good.endsWith('A') ? 'B' : 'A'}`))).toBe(401)
    const { ledger } = gateway.gateway.parts
    await vi.waitFor(async () => {
      const labels = (await ledger.downloads({})).map(({ tokenLabel }) => tokenLabel)
      expect(labels).toEqual(['ci', 'ci', 'ci', 'ci'])
    }, SOON)
    const sent = JSON.stringify(upstream.seen.map(({ headers }) => headers))
    expect(sent).not.toContain('authorization')
    expect(sent).not.toContain(good.slice(17, 40))
  })

  it('keeps a token to its repositories', async () => {
    const narrow = await token('--label', 'narrow', '--repository', 'oth*')
    await vi.waitFor(
      async () => expect(await status(bearer(narrow), PATH.replace('npm', 'other'))).toBe(200),
      SOON,
    )
    expect(await refused(await get(bearer(narrow)), 403)).toContain('not for the repository npm')
    expect(await status(bearer(narrow), '/-/explain/npm/pkg')).toBe(403)
  })

  it('refuses a token within moments of its revocation, and an expired one', async () => {
    const good = await token('--label', 'ci')
    const short = await token('--label', 'short', '--expires', '1h')
    await vi.waitFor(async () => expect(await status(bearer(short))).toBe(200), SOON)
    expect((await desk.run('tokens', 'revoke', 'ci', '--dry-run')).out).toContain('would revoke')
    expect(await status(bearer(good))).toBe(200)
    expect((await desk.run('tokens', 'revoke', 'ci', '--reason', 'lost')).code).toBe(0)
    await vi.waitFor(async () => expect(await status(bearer(good))).toBe(401), SOON)
    expect(await refused(await get(bearer(good)), 401)).toContain('was revoked')
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 2 * 3_600_000 })
    try {
      expect(await refused(await get(bearer(short)), 401)).toContain('has expired')
    } finally {
      vi.useRealTimers()
    }
    const { out } = await desk.run('tokens', 'list')
    expect(out).toMatch(/ci .*was revoked/)
    expect(out).not.toContain(good.slice(17))
  })

  it('keeps neither token nor secret on disk', async () => {
    const good = await token('--label', 'ci')
    const { ledger } = gateway.gateway.parts
    const kept = JSON.stringify([await ledger.tokens.list(), await ledger.audit.entries({})])
    expect(kept).not.toContain(good.slice(17))
    expect(kept).toContain('token-created')
  })
})

describe('a gateway that anybody may read', () => {
  beforeEach(() => open('read', { failedLoginsPerMinute: 3 }))

  it('takes foreign credentials for none, but a bad token of its own for bad', async () => {
    expect(await status()).toBe(200)
    expect(await status(bearer('npm_of-another-registry'))).toBe(200)
    expect(await status(basic('user', 'password'))).toBe(200)
    const forged = bearer(`spt_0123456789ab_${'A'.repeat(43)}`)
    expect([await status(forged), await status(forged), await status(forged)]).toEqual([401, 401, 401])
    const limited = await get(forged)
    expect(limited.headers.get('retry-after')).toMatch(/^\d+$/)
    await refused(limited, 429)
    expect(await status()).toBe(200)
    const { ledger } = gateway.gateway.parts
    await vi.waitFor(async () => {
      expect(await ledger.audit.entries({ action: 'access-refused' })).toHaveLength(1)
    }, SOON)
  })

  it('lets a good token in from an address that failed too often', async () => {
    const good = await token('--label', 'ci')
    const forged = bearer(`spt_0123456789ab_${'A'.repeat(43)}`)
    for (let at = 0; at < 5; at += 1) await get(forged)
    await vi.waitFor(async () => expect(await status(bearer(good))).toBe(200), SOON)
  })
})
