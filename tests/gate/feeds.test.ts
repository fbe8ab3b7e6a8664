// Advisory feeds through the front door: fixed, withdrawn, new at run time, stale and broken ones, and what clients are told.

import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type NpmUpstream, startNpmUpstream } from '../support/npm-upstream.ts'
import { npmRecord, type OsvBucket, startOsvBucket, zipOf } from '../support/osv-bucket.ts'
import { type InProcess, openInProcess } from './in-process.ts'

const opened: { close(): Promise<unknown> }[] = []
let upstream: NpmUpstream
let bucket: OsvBucket

beforeEach(async () => {
  upstream = await startNpmUpstream()
  bucket = await startOsvBucket()
  opened.push(upstream, bucket)
  for (const version of ['1.0.0', '1.1.0', '2.0.0']) await upstream.publish({ name: 'left', version })
  await upstream.publish({ name: 'right', version: '1.0.0' })
})

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close()
})

const HOLE = npmRecord('GHSA-hole', 'left', [{ introduced: '1.1.0' }, { fixed: '2.0.0' }], {
  aliases: ['CVE-2026-0001'],
})

async function open(
  feed: Record<string, unknown> = {},
  given: Parameters<typeof openInProcess>[0]['given'] = {},
  rest: Record<string, unknown> = {},
): Promise<InProcess> {
  const gateway = await openInProcess({
    repositories: [{ name: 'npm', type: 'npm', upstreams: [upstream.url] }],
    config: {
      policy: 'strict',
      advisories: {
        feeds: [{ name: 'osv', source: bucket.url, ecosystems: ['npm'], refresh: '1s', ...feed }],
      },
      limits: { upstreamRetries: 0 },
      ...rest,
    },
    given,
  })
  opened.push(gateway)
  return gateway
}

interface Feed {
  readonly name: string
  readonly records: number
  readonly stale: boolean
  readonly lastError?: { readonly message: string }
}

async function feedOf(gateway: InProcess): Promise<Feed> {
  const answer = (await (await gateway.get('/-/ready')).json()) as { feeds: readonly Feed[] }
  const [feed] = answer.feeds
  if (feed === undefined) throw new Error('no feed')
  return feed
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 400; tries += 1) {
    if (await holds()) return
    await sleep(50)
  }
  throw new Error('it never came')
}

const read = (gateway: InProcess) => until(async () => (await feedOf(gateway)).records > 0)
const tarball = (gateway: InProcess, version: string) => gateway.get(`/npm/left/-/left-${version}.tgz`)

async function reasonOf(answer: Response): Promise<string> {
  return ((await answer.json()) as { detail?: string; error?: string }).detail ?? ''
}

async function versionsOf(gateway: InProcess): Promise<string[]> {
  const packument = (await (await gateway.get('/npm/left')).json()) as { versions: Record<string, unknown> }
  return Object.keys(packument.versions)
}

describe('a feed of advisories', () => {
  it('decides both sides of the fix, at the artifact door and in the index', async () => {
    bucket.put('npm', HOLE)
    const gateway = await open()
    await read(gateway)
    expect((await tarball(gateway, '1.0.0')).status).toBe(200)
    const refused = await tarball(gateway, '1.1.0')
    expect(refused.status).toBe(403)
    expect(await reasonOf(refused)).toMatch(/GHSA-hole \(CVE-2026-0001\) critical 9\.8, fixed in 2\.0\.0/)
    expect((await tarball(gateway, '2.0.0')).status).toBe(200)
    expect(await versionsOf(gateway)).not.toContain('1.1.0')
  })

  it('refuses a served artifact soon after a record came, drops it from the index, and takes it back when it is withdrawn', async () => {
    bucket.put('npm', npmRecord('GHSA-other', 'right', [{ introduced: '0' }, { fixed: '0.5.0' }]))
    const gateway = await open()
    await read(gateway)
    for (const version of ['1.0.0', '1.1.0', '2.0.0'])
      expect((await tarball(gateway, version)).status).toBe(200)
    const touched: unknown[] = []
    gateway.gateway.onAdvisories((changes) => touched.push(...changes.touched))
    bucket.put('npm', { ...HOLE, modified: '2026-01-02T00:00:00Z' })
    await gateway.gateway.feeds.updateNow()
    await until(async () => (await tarball(gateway, '1.1.0')).status === 403)
    expect(touched).toEqual([{ type: 'npm', name: 'left' }])
    expect(await versionsOf(gateway)).not.toContain('1.1.0')
    expect(bucket.requestsOf('/npm/GHSA-hole.json')).toHaveLength(1)
    expect(bucket.requestsOf('/npm/all.zip')).toHaveLength(1)
    bucket.put('npm', { ...HOLE, modified: '2026-01-03T00:00:00Z', withdrawn: '2026-01-03T00:00:00Z' })
    await gateway.gateway.feeds.updateNow()
    await until(async () => (await tarball(gateway, '1.1.0')).status === 200)
    expect(await versionsOf(gateway)).toContain('1.1.0')
  })

  it('takes a record that came with the very time of the last one, and fetches no other twice', async () => {
    bucket.put('npm', npmRecord('GHSA-other', 'right', [{ introduced: '0' }, { fixed: '0.5.0' }]))
    const gateway = await open()
    await read(gateway)
    bucket.put('npm', HOLE)
    await gateway.gateway.feeds.updateNow()
    await until(async () => (await tarball(gateway, '1.1.0')).status === 403)
    await gateway.gateway.feeds.updateNow()
    expect(bucket.requestsOf('/npm/GHSA-hole.json')).toHaveLength(1)
    expect(bucket.requestsOf('/npm/GHSA-other.json')).toHaveLength(0)
  })

  it('that is broken keeps its former records, and says why', async () => {
    bucket.put('npm', HOLE)
    const gateway = await open()
    await read(gateway)
    const whole = zipOf([HOLE])
    const broken: [string, (response: import('node:http').ServerResponse) => void][] = [
      ['truncated', (response) => response.end(whole.subarray(0, whole.length - 30))],
      [
        'another checksum',
        (response) => response.end(Buffer.from(whole.map((byte, at) => (at === 60 ? byte ^ 1 : byte)))),
      ],
      ['empty', (response) => response.end(zipOf([]))],
      ['server error', (response) => response.writeHead(500).end()],
      [
        'hostile',
        (response) => response.end(zipOf([{ id: 'A', affected: [] }, { id: `x${'y'.repeat(500)}` }])),
      ],
    ]
    for (const [what, fault] of broken) {
      bucket.heal()
      bucket.spoil(/all\.zip/, fault)
      await gateway.gateway.feeds.updateNow({ whole: true })
      const feed = await feedOf(gateway)
      expect([what, feed.lastError?.message]).toEqual([what, expect.any(String)])
      expect(feed.records).toBe(1)
      expect((await tarball(gateway, '1.1.0')).status).toBe(403)
    }
    bucket.heal()
    await gateway.gateway.feeds.updateNow({ whole: true })
    expect(await feedOf(gateway)).not.toHaveProperty('lastError')
  })

  it.each([
    ['hold', 403],
    ['allow', 200],
  ])('that is stale and cannot be updated, with onStale: %s', async (onStale, status) => {
    bucket.put('npm', HOLE)
    const clock = { now: Date.now() }
    const gateway = await open({ onStale, maxAge: '1h', refresh: '30m' }, { now: () => new Date(clock.now) })
    await read(gateway)
    expect((await tarball(gateway, '1.0.0')).status).toBe(200)
    await bucket.down()
    clock.now += 2 * 3_600_000
    expect((await feedOf(gateway)).stale).toBe(true)
    const fresh = await tarball(gateway, '2.0.0')
    expect(fresh.status).toBe(status)
    if (status === 403) expect(await reasonOf(fresh)).toMatch(/advisory feed osv\/npm is 2 hours old/)
    // What was approved before goes on being served.
    expect((await tarball(gateway, '1.0.0')).status).toBe(200)
    const metrics = await (await gateway.get('/-/metrics')).text()
    expect(metrics).toMatch(/sallyport_feed_stale\{feed="osv\/npm"\} 1/)
    await bucket.up()
    clock.now += 120_000
    // A hold asks again at the next request; what is allowed waits for the schedule.
    if (onStale === 'allow') await gateway.gateway.feeds.updateNow()
    expect((await tarball(gateway, '2.0.0')).status).toBe(200)
    expect((await feedOf(gateway)).stale).toBe(false)
  })
})

describe('a clock that was ahead when a feed was read and is set back', () => {
  it('proves no freshness: the feed is asked again, and what is new is held while it does not answer', async () => {
    bucket.put('npm', HOLE)
    const clock = { now: Date.now() }
    const gateway = await open({ maxAge: '1h', refresh: '30m' }, { now: () => new Date(clock.now) })
    await read(gateway)
    await bucket.down()
    clock.now -= 365 * 86_400_000
    expect((await feedOf(gateway)).stale).toBe(true)
    const held = await tarball(gateway, '2.0.0')
    expect(held.status).toBe(403)
    expect(await reasonOf(held)).toContain('at a time that has not come yet')
    await bucket.up()
    clock.now -= 120_000
    expect((await tarball(gateway, '2.0.0')).status).toBe(200)
    expect((await feedOf(gateway)).stale).toBe(false)
  })
})

describe('the balanced policy', () => {
  it('warns of what is vulnerable, and refuses malware that a feed brings', async () => {
    const affected = [{ package: { ecosystem: 'npm', name: 'right' }, versions: ['1.0.0'] }]
    bucket.put('npm', HOLE, {
      id: 'MAL-2026-1',
      modified: '2026-01-01T00:00:00Z',
      summary: 'steals',
      affected,
    })
    const gateway = await open({}, {}, { policy: 'balanced' })
    await read(gateway)
    expect((await tarball(gateway, '1.1.0')).status).toBe(200)
    expect(await versionsOf(gateway)).toContain('1.1.0')
    const [entry] = await gateway.gateway.parts.ledger.verdicts({ name: 'left', version: '1.1.0' })
    expect(entry?.warnings.map(({ rule }) => rule)).toContain('vulnerability:GHSA-hole')
    expect((await gateway.get('/npm/right/-/right-1.0.0.tgz')).status).toBe(403)
  })
})

describe('npm audit', () => {
  const ask = (gateway: InProcess, path: string, body: unknown) =>
    gateway.gateway.app.request(`http://gateway.test/npm/-/npm/v1/security/${path}`, {
      method: 'POST',
      body: gzipSync(JSON.stringify(body)),
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
    })

  it('is answered from the feed: bulk and quick', async () => {
    bucket.put('npm', HOLE)
    const gateway = await open()
    await read(gateway)
    const bulk = await ask(gateway, 'advisories/bulk', { left: ['1.1.0'], right: ['1.0.0'] })
    expect(await bulk.json()).toEqual({
      left: [
        expect.objectContaining({
          severity: 'critical',
          vulnerable_versions: '>=1.1.0 <2.0.0',
          title: 'a hole in left (GHSA-hole)',
        }),
      ],
    })
    expect(await (await ask(gateway, 'advisories/bulk', { left: ['2.0.0'] })).json()).toEqual({})
    const tree = {
      name: 'app',
      version: '1.0.0',
      dependencies: { right: { version: '1.0.0', dependencies: { left: { version: '1.1.0' } } } },
    }
    const quick = (await (await ask(gateway, 'audits/quick', tree)).json()) as {
      advisories: Record<string, { findings: unknown }>
      metadata: { vulnerabilities: Record<string, number> }
    }
    expect(Object.values(quick.advisories)[0]?.findings).toEqual([
      { version: '1.1.0', paths: ['right>left'] },
    ])
    expect(quick.metadata.vulnerabilities['critical']).toBe(1)
    expect((await ask(gateway, 'advisories/bulk', [])).status).toBe(400)
  })

  it('has no empty answer while the feed is not read', async () => {
    await bucket.down()
    const gateway = await open()
    expect((await ask(gateway, 'advisories/bulk', { left: ['1.1.0'] })).status).toBe(503)
    await bucket.up()
  })
})
