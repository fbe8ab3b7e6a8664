// Exceptions through both doors: made at the command line beside a running gateway, in force within moments, over with their time.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, it, vi } from 'vitest'
import { stringify } from 'yaml'
import { type Desk, makeDesk } from '../commands/io.ts'
import { type InProcess, openInProcess } from '../gate/in-process.ts'
import { startNpmUpstream } from '../support/npm-upstream.ts'

const opened: { close(): Promise<unknown> }[] = []

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close()
})

const HOUR_MS = 3_600_000
const PATH = '/npm/fresh/-/fresh-1.0.1.tgz'
const REASON = ['--reason', 'reviewed, ticket 12']
const SOON = { timeout: 5000, interval: 50 }

interface Bench {
  readonly gateway: InProcess
  readonly desk: Desk
  /** Milliseconds by which the gateway's clock is ahead. */
  readonly clock: { ahead: number }
  sallyport(...args: readonly string[]): Promise<{ code: number; out: string; err: string }>
  status(path?: string): Promise<number>
  isListed(): Promise<boolean>
}

/** 1.0.0 is old; 1.0.1 was published an hour ago, which the balanced policy holds. */
async function bench(): Promise<Bench> {
  const upstream = await startNpmUpstream()
  opened.push(upstream)
  await upstream.publish({ name: 'fresh', version: '1.0.0' })
  const publishedAt = new Date(Date.now() - HOUR_MS).toISOString()
  await upstream.publish({ name: 'fresh', version: '1.0.1', publishedAt })
  const clock = { ahead: 0 }
  const repositories = [{ name: 'npm', type: 'npm', upstreams: [upstream.url] }]
  const gateway = await openInProcess({
    repositories,
    given: { now: () => new Date(Date.now() + clock.ahead) },
  })
  opened.push(gateway)
  const desk = makeDesk({ USER: 'alice' })
  writeFileSync(
    join(desk.cwd, 'sallyport.yaml'),
    stringify({ dataDirectory: gateway.directory, repositories }),
  )
  return {
    gateway,
    desk,
    clock,
    sallyport: (...args) => desk.run(...args),
    status: async (path = PATH) => (await gateway.get(path)).status,
    isListed: async () => (await (await gateway.get('/npm/fresh')).text()).includes('fresh-1.0.1.tgz'),
  }
}

it('a waiver opens both doors until its time is over, and a clock set back does not bring it back', async () => {
  const { gateway, clock, sallyport, status, isListed } = await bench()
  expect(await status()).toBe(403)
  expect(await isListed()).toBe(false)

  const purl = 'pkg:npm/fresh@1.0.1'
  const dry = await sallyport('waive', purl, '--rule', 'cooldown', '--expires', '2h', ...REASON, '--dry-run')
  expect(dry).toMatchObject({ code: 0, out: expect.stringContaining('would waive pkg:npm/fresh@1.0.1') })
  expect((await sallyport('waivers')).code).toBe(1)
  const made = await sallyport('waive', purl, '--rule', 'cooldown', '--expires', '2h', ...REASON)
  expect(made).toMatchObject({ code: 0, err: '' })
  await vi.waitFor(async () => expect(await status()).toBe(200), SOON)
  await vi.waitFor(async () => expect(await isListed()).toBe(true), SOON)
  expect((await sallyport('review', purl)).out).toMatch(/^approved-by-hand /)

  clock.ahead = 3 * HOUR_MS
  expect(await status()).toBe(403)
  await vi.waitFor(async () => expect(await isListed()).toBe(false), SOON)
  await vi.waitFor(async () => {
    const entries = await gateway.gateway.parts.ledger.audit.entries({ action: 'waiver-lapsed' })
    expect(entries).toHaveLength(1)
  }, SOON)
  clock.ahead = 0
  expect(await status()).toBe(403)
  expect((await sallyport('waivers')).code).toBe(1)
  expect((await sallyport('review', purl)).out).toMatch(/^expired /)
})

it('a restart with the clock set back does not bring a lapsed waiver back either', async () => {
  const { gateway, clock, sallyport, status } = await bench()
  expect(await status()).toBe(403)
  await sallyport('waive', 'pkg:npm/fresh@1.0.1', '--expires', '1h', ...REASON)
  await gateway.gateway.close()
  // The log was written while the clock was right; nobody saw the waiver lapse.
  clock.ahead = 2 * HOUR_MS
  await sallyport('tokens', 'create', '--label', 'x') // an entry of today's time, before the two hours
  const { ledger } = (await gatewayOn(gateway, clock)).gateway.parts
  const at = new Date(Date.now() + clock.ahead).toISOString()
  await ledger.audit.append([{ at, actor: 'test', action: 'noted', subject: 'time', details: {} }])
  clock.ahead = 0
  const again = await gatewayOn(gateway, clock)
  expect((await again.get(PATH)).status).toBe(403)
})

async function gatewayOn(gateway: InProcess, clock: { ahead: number }): Promise<InProcess> {
  const { directory } = gateway
  const { repositories } = gateway.gateway
  const upstreams = [...repositories.values()].flatMap(({ settings }) => settings.upstreams)
  const next = await openInProcess({
    repositories: [{ name: 'npm', type: 'npm', upstreams }],
    directory,
    given: { now: () => new Date(Date.now() + clock.ahead) },
  })
  opened.push(next)
  return next
}

it('a waiver that is taken back ends at once', async () => {
  const { sallyport, status } = await bench()
  const made = await sallyport(
    'waive',
    'pkg:npm/fresh',
    '--range',
    '>=1.0.1|<2.0.0',
    '--expires',
    '2d',
    ...REASON,
    '--json',
  )
  const { id } = JSON.parse(made.out)
  await vi.waitFor(async () => expect(await status()).toBe(200), SOON)
  expect(await sallyport('waivers', 'end', id, '--reason', 'not needed')).toMatchObject({ code: 0 })
  await vi.waitFor(async () => expect(await status()).toBe(403), SOON)
  expect((await sallyport('waivers', '--all')).out).toContain('ended')
  expect(await sallyport('waivers', 'end', id, '--reason', 'again')).toMatchObject({ code: 2 })
})

it('what is held is approved by hand, what is served is revoked, and nothing else', async () => {
  const { sallyport, status, isListed } = await bench()
  const [old, fresh] = ['pkg:npm/fresh@1.0.0', 'pkg:npm/fresh@1.0.1']
  expect(await status('/npm/fresh/-/fresh-1.0.0.tgz')).toBe(200)
  expect(await status()).toBe(403)
  expect((await sallyport('review')).out).toMatch(/^held .*fresh@1\.0\.1/)

  expect(await sallyport('approve', old, ...REASON)).toMatchObject({
    code: 2,
    err: expect.stringContaining('is approved'),
  })
  expect(await sallyport('revoke', fresh, ...REASON)).toMatchObject({
    code: 2,
    err: expect.stringContaining('is held'),
  })
  expect(await sallyport('reject', old, ...REASON)).toMatchObject({
    code: 2,
    err: expect.stringContaining('revoked'),
  })
  expect(await sallyport('approve', fresh)).toMatchObject({
    code: 2,
    err: expect.stringContaining('--reason'),
  })

  expect(await sallyport('approve', fresh, ...REASON)).toMatchObject({ code: 0 })
  await vi.waitFor(async () => expect(await status()).toBe(200), SOON)
  expect(await sallyport('revoke', fresh, '--reason', 'the account was taken over')).toMatchObject({
    code: 0,
  })
  await vi.waitFor(async () => expect(await status()).toBe(403), SOON)
  await vi.waitFor(async () => expect(await isListed()).toBe(false), SOON)
  expect((await sallyport('review', fresh)).out).toMatch(/^revoked .*taken over/)
  const log = await sallyport('audit', 'tail', '--json')
  const told = JSON.parse(log.out).map(({ actor, action, details }: Record<string, { reason?: string }>) => [
    actor,
    action,
    details?.reason,
  ])
  expect(told).toContainEqual(['cli:alice', 'approved-by-hand', 'reviewed, ticket 12'])
  expect(told).toContainEqual(['cli:alice', 'revoked', 'the account was taken over'])
  expect(await sallyport('audit', 'verify')).toMatchObject({ code: 0 })
})

it('a package is rejected before anybody asked for it', async () => {
  const { sallyport, status } = await bench()
  expect(await sallyport('reject', 'pkg:npm/fresh', ...REASON)).toMatchObject({ code: 0 })
  await vi.waitFor(async () => expect(await status('/npm/fresh/-/fresh-1.0.0.tgz')).toBe(403), SOON)
})

it('an emergency override lasts a day at most, and is told', async () => {
  const { sallyport, status, gateway } = await bench()
  const fresh = 'pkg:npm/fresh@1.0.1'
  expect(await sallyport('waive', fresh, '--emergency', '--expires', '2d', ...REASON)).toMatchObject({
    code: 2,
  })
  expect(await sallyport('waive', fresh, '--emergency', ...REASON)).toMatchObject({ code: 0 })
  await vi.waitFor(async () => expect(await status()).toBe(200), SOON)
  expect(await (await gateway.get('/-/metrics')).text()).toContain('sallyport_emergency_overrides 1')
  expect((await sallyport('audit', 'tail', '--action', 'emergency-override')).out).toContain(fresh)
})

it.each([
  ['no reason', ['pkg:npm/x@1.0.0', '--expires', '1d'], 'reason'],
  ['no expiry', ['pkg:npm/x@1.0.0', ...REASON], '--expires'],
  ['an expiry beyond the longest', ['pkg:npm/x@1.0.0', '--expires', '900d', ...REASON], 'may last until'],
  ['an expiry that is over', ['pkg:npm/x@1.0.0', '--expires', '2001-01-01', ...REASON], 'over before'],
  ['every rule of every package', ['--every', '--expires', '1d', ...REASON], 'no exception'],
  ['malware without force', ['pkg:npm/x', '--rule', 'known-malware', '--expires', '1d', ...REASON], 'force'],
  ['a broken range', ['pkg:npm/x', '--range', '~1.2', '--expires', '1d', ...REASON], 'write the bounds'],
  [
    'a range of another ecosystem',
    ['pkg:npm/x', '--range', 'vers:pypi/>1', '--expires', '1d', ...REASON],
    'another',
  ],
])('a waiver with %s is refused', async (_, args, why) => {
  const desk = makeDesk()
  const { code, err } = await desk.run('waive', ...args)
  expect([code, err]).toEqual([2, expect.stringContaining(why)])
})
