// Failures through the front door: what is served meanwhile, and the notice that a receiver really gets of each.
import { mkdtempSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { GatewayError } from '../../src/model/errors.ts'
import type { ExaminerPool } from '../../src/scanners/examination.ts'
import { inProcessPool, openInProcess } from '../gate/in-process.ts'
import { type AptUpstream, startAptUpstream } from '../support/apt-upstream.ts'
import { startNpmUpstream } from '../support/npm-upstream.ts'
import { npmRecord } from '../support/osv-bucket.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'

const SLOW = { timeout: 120_000 }
const SOON = { timeout: 30_000, interval: 100 }
const TARBALL = '/npm/tool/-/tool-1.0.0.tgz'
const IN_RELEASE = '/debian/dists/stable/InRelease'

const opened: { close(): Promise<unknown> | unknown }[] = []
let receiver: Receiver
let folder: string

beforeEach(async () => {
  receiver = await startReceiver()
  folder = mkdtempSync(join(tmpdir(), 'sallyport-failures-'))
  opened.push(receiver, { close: () => rmSync(folder, { recursive: true, force: true }) })
})

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close()
})

async function open(
  repository: Record<string, unknown>,
  config: Record<string, unknown> = {},
  pool: ExaminerPool = inProcessPool(),
) {
  const gateway = await openInProcess({
    repositories: [repository],
    config: {
      notifications: { channels: [{ name: 'ops', type: 'webhook', url: receiver.url }], firstRetry: '10ms' },
      limits: { indexFresh: '1s', indexStale: '2s', upstreamRetries: 0 },
      drift: { schedule: 'off' },
      ...config,
    },
    given: { pool },
  })
  opened.push(gateway)
  gateway.gateway.drift.watch()
  return gateway
}

async function npm() {
  const upstream = await startNpmUpstream()
  opened.push(upstream)
  await upstream.publish({ name: 'tool', version: '1.0.0' })
  return { name: 'npm', type: 'npm', upstreams: [upstream.url] }
}

async function debian(): Promise<{ upstream: AptUpstream; repository: Record<string, unknown> }> {
  const upstream = await startAptUpstream()
  opened.push(upstream)
  await upstream.publish({ name: 'demo', version: '1.0' })
  await upstream.release({ date: new Date(Date.now() - 3_600_000) })
  const options = { suites: ['stable'], keyrings: [upstream.keyring] }
  return { upstream, repository: { name: 'debian', type: 'deb', upstreams: [upstream.url], options } }
}

const told = (event: string) => expect.poll(() => receiver.of(event).length, SOON)

it(
  'held for review: refused with the reason, and told once however often it is asked for',
  SLOW,
  async () => {
    const policy = join(folder, 'own.yaml')
    const rule = '{ id: look-first, when: { package: [npm:tool] }, outcome: hold, for: review }'
    writeFileSync(policy, `name: own\nextends: balanced\nrules: [${rule}]\n`)
    const gateway = await open(await npm(), { policy })
    expect((await gateway.get(TARBALL)).status).toBe(403)
    expect((await gateway.get(TARBALL)).status).toBe(403)
    await told('held-for-review').toBe(1)
    expect(receiver.of('held-for-review')[0]).toMatchObject({
      purl: 'pkg:npm/tool@1.0.0',
      reasons: [{ rule: 'look-first' }],
      link: 'http://gateway.test/-/explain/npm/tool/-/tool-1.0.0.tgz',
    })
  },
)

it.each([
  ['breaks', () => new Error('the examiner broke')],
  ['is late', () => new GatewayError('SCAN_INCOMPLETE', 'the examination took too long', {})],
  ['is drowned', () => new GatewayError('BUSY', 'too many examinations wait', {})],
])('scan failed: an examination that %s approves nothing', SLOW, async (_, failure) => {
  let isBroken = true
  const pool = inProcessPool(() => {
    if (isBroken) throw failure()
  })
  const gateway = await open(await npm(), {}, pool)
  const refused = await gateway.get(TARBALL)
  expect([403, 500, 503]).toContain(refused.status)
  expect(await gateway.gateway.parts.ledger.verdicts({ outcome: 'approved' })).toEqual([])
  await told('scan-failed').toBe(1)
  expect(receiver.of('scan-failed')[0]).toMatchObject({ purl: 'pkg:npm/tool@1.0.0' })
  isBroken = false
  expect((await gateway.get(TARBALL)).status).toBe(200)
})

it.each([
  ['is 30 days old', -30, '30 days old'],
  ['says that it comes from tomorrow', 1, 'at a time that has not come yet'],
])(
  'feed stale: what is new is held when the file %s, and the notice names the feed',
  SLOW,
  async (_, days, why) => {
    const source = join(folder, 'records.jsonl')
    const record = npmRecord('GHSA-1', 'other', [{ introduced: '0' }, { fixed: '1.0.0' }])
    writeFileSync(source, JSON.stringify(record))
    const time = Date.now() / 1000 + days * 86_400
    utimesSync(source, time, time)
    const gateway = await open(await npm(), {
      advisories: { feeds: [{ name: 'osv', source, maxAge: '14d' }] },
    })
    await told('feed-stale').toBe(1)
    expect(receiver.of('feed-stale')[0]).toMatchObject({ subject: expect.stringContaining('osv') })
    const held = await gateway.get(TARBALL)
    expect([held.status, await held.text()]).toEqual([403, expect.stringContaining(why)])
  },
)

it(
  'signing failed: the last signed index serves on, none is published unsigned, and a mended key goes on',
  SLOW,
  async () => {
    const { upstream, repository } = await debian()
    const gateway = await open(repository)
    const before = await (await gateway.get(IN_RELEASE)).text()
    expect(before).toContain('BEGIN PGP SIGNATURE')
    const key = join(gateway.directory, 'keys/current/openpgp.asc')
    const sound = readFileSync(key, 'utf8')
    writeFileSync(key, 'no key any more')
    await upstream.publish({ name: 'later', version: '1.0' })
    await upstream.release()
    await told('signing-failed').toBe(1)
    expect(receiver.of('signing-failed')[0]).toMatchObject({
      repository: 'debian',
      error: { code: 'SIGNING_FAILED' },
    })
    expect(await (await gateway.get(IN_RELEASE)).text()).toBe(before)
    expect(JSON.stringify(await (await gateway.get('/-/ready')).json())).toContain('SIGNING_FAILED')
    expect(await (await gateway.get('/-/metrics')).text()).toMatch(/^sallyport_halted_indexes 1$/m)
    writeFileSync(key, sound)
    await expect
      .poll(async () => {
        const text = await (await gateway.get(IN_RELEASE)).text()
        expect(text).toContain('BEGIN PGP SIGNATURE')
        return text === before
      }, SOON)
      .toBe(false)
  },
)

it(
  'publish failed: a store that takes no bytes leaves the last generation whole, and it goes on after',
  SLOW,
  async () => {
    const { upstream, repository } = await debian()
    const gateway = await open(repository)
    const before = await (await gateway.get(IN_RELEASE)).text()
    const temporary = join(gateway.directory, 'blobs/tmp')
    renameSync(temporary, `${temporary}.away`)
    writeFileSync(temporary, '') // a file where the folder was: nothing can be written, not even by root
    await upstream.publish({ name: 'later', version: '1.0' })
    await upstream.release()
    await expect
      .poll(async () => {
        expect(await (await gateway.get(IN_RELEASE)).text()).toBe(before)
        return receiver.of('publish-failed').length
      }, SOON)
      .toBe(1)
    expect(receiver.of('publish-failed')[0]).toMatchObject({
      repository: 'debian',
      error: { code: 'STORE_FAILED' },
    })
    rmSync(temporary)
    renameSync(`${temporary}.away`, temporary)
    const packages = async () => (await gateway.get('/debian/dists/stable/main/binary-amd64/Packages')).status
    expect(await packages()).not.toBe(500)
  },
)
