// What a warm answer hangs on, changed under it one by one: it must not leave once more as it was.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { stringify } from 'yaml'
import { type Desk, makeDesk } from '../commands/io.ts'
import { type InProcess, openInProcess } from '../gate/in-process.ts'
import { type NpmUpstream, startNpmUpstream } from '../support/npm-upstream.ts'
import { npmRecord, startOsvBucket } from '../support/osv-bucket.ts'

const TARBALL = '/npm/pkg/-/pkg-1.0.0.tgz'
const INDEX = '/npm/pkg'
const PURL = 'pkg:npm/pkg@1.0.0'
const HOUR_MS = 3_600_000
const SOON = { timeout: 8000, interval: 50 }

let upstream: NpmUpstream
let gateway: InProcess
let desk: Desk
let bytes: Buffer
let ahead = 0

async function open(config: Record<string, unknown> = {}): Promise<void> {
  upstream = await startNpmUpstream()
  bytes = (await upstream.publish({ name: 'pkg', version: '1.0.0' })).bytes
  const repositories = [{ name: 'npm', type: 'npm', upstreams: [upstream.url] }]
  ahead = 0
  gateway = await openInProcess({ repositories, config, given: { now: () => new Date(Date.now() + ahead) } })
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

const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  gateway.get(path, headers, method)
const status = async (path: string, headers: Record<string, string> = {}) => (await get(path, headers)).status

/** Asked until it comes from memory, and nothing is waited for. */
async function warm(headers: Record<string, string> = {}, paths = [INDEX, TARBALL]): Promise<void> {
  for (const path of [...paths, ...paths, ...paths]) expect(await status(path, headers)).toBe(200)
  for (const path of paths) {
    const asked = { method: 'GET', path, query: '', headers, peer: '127.0.0.1' }
    expect(gateway.gateway.packages(asked), path).toMatchObject({ status: 200, isKept: true })
  }
}

async function lists(): Promise<boolean> {
  return (await (await get(INDEX)).text()).includes('pkg-1.0.0.tgz')
}

async function command(...args: readonly string[]): Promise<string> {
  const { code, out, err } = await desk.run(...args)
  expect([code, err]).toEqual([0, expect.any(String)])
  return out.trim()
}

describe('a warm answer', () => {
  beforeEach(() => open())

  it('is counted like any other, by repository, kind and status', async () => {
    await warm()
    await status('/npm/none')
    await status('/elsewhere/pkg')
    const metrics = await (await get('/-/metrics')).text()
    const counted = (labels: string) =>
      Number(new RegExp(`^sallyport_requests_total\\{${labels}\\} (\\d+)$`, 'm').exec(metrics)?.[1])
    // Each asked three times, and once more by `warm` past the socket.
    expect(counted('repository="npm",kind="index",status="200"')).toBe(4)
    expect(counted('repository="npm",kind="artifact",status="200"')).toBe(4)
    expect(counted('repository="npm",kind="index",status="404"')).toBe(1)
    expect(counted('repository="",kind="other",status="404"')).toBe(1)
    expect(metrics).toMatch(/^sallyport_request_seconds_count\{kind="artifact"\} 4$/m)
  })

  it('is the same bytes under the same validators, for GET, HEAD, ranges and conditions', async () => {
    await warm()
    const whole = await get(TARBALL)
    expect(Buffer.from(await whole.arrayBuffer()).equals(bytes)).toBe(true)
    const etag = whole.headers.get('etag') ?? ''
    const head = await get(TARBALL, {}, 'HEAD')
    expect([head.status, head.headers.get('content-length'), head.headers.get('etag')]).toEqual([
      200,
      String(bytes.byteLength),
      etag,
    ])
    expect((await head.arrayBuffer()).byteLength).toBe(0)
    expect(await status(TARBALL, { 'if-none-match': etag })).toBe(304)
    expect(await status(TARBALL, { 'if-none-match': '"other"' })).toBe(200)
    expect(await status(TARBALL, { 'if-modified-since': whole.headers.get('last-modified') ?? '' })).toBe(304)
    const part = await get(TARBALL, { range: 'bytes=2-5' })
    expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes 2-5/${bytes.byteLength}`])
    expect(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(2, 6))).toBe(true)
    expect(await status(TARBALL, { range: 'bytes=2-5', 'if-range': '"other"' })).toBe(200)
    expect(await status(TARBALL, { range: `bytes=${bytes.byteLength}-` })).toBe(416)
  })

  it('is chosen by Accept and Accept-Encoding each time', async () => {
    const abbreviated = 'application/vnd.npm.install-v1+json'
    // Large enough that packing is worth it.
    for (let minor = 1; minor < 20; minor += 1)
      await upstream.publish({ name: 'pkg', version: `0.${minor}.0` })
    const seen: string[] = []
    for (let times = 0; times < 3; times += 1)
      for (const accept of ['application/json', abbreviated])
        for (const encoding of ['gzip', 'identity', 'gzip;q=0']) {
          const answer = await get(INDEX, { accept, 'accept-encoding': encoding })
          const body = Buffer.from(await answer.arrayBuffer())
          const zipped = answer.headers.get('content-encoding') === 'gzip'
          expect(zipped).toBe(encoding === 'gzip')
          expect(JSON.parse((zipped ? gunzipSync(body) : body).toString()).name).toBe('pkg')
          expect(answer.headers.get('content-type')).toContain(accept)
          seen.push(answer.headers.get('etag') ?? '')
          expect(
            await status(INDEX, { accept, 'accept-encoding': encoding, 'if-none-match': seen.at(-1) ?? '' }),
          ).toBe(304)
        }
    expect(new Set(seen.slice(0, 6)).size).toBe(4)
    expect(seen.slice(0, 6)).toEqual(seen.slice(6, 12))
  })

  it('is on record like any other, with its status, address and program', async () => {
    await warm()
    await get(TARBALL, { 'user-agent': 'warm/1' })
    await get(TARBALL, {
      'user-agent': 'warm/2',
      'if-none-match': (await get(TARBALL)).headers.get('etag') ?? '',
    })
    const { ledger } = gateway.gateway.parts
    await vi.waitFor(async () => {
      const downloads = await ledger.downloads({ repository: 'npm' })
      const mine = downloads.filter(({ userAgent }) => userAgent.startsWith('warm/'))
      expect(mine.map((one) => [one.path, one.userAgent, one.status, one.clientAddress])).toEqual([
        ['pkg/-/pkg-1.0.0.tgz', 'warm/2', 304, '127.0.0.1'],
        ['pkg/-/pkg-1.0.0.tgz', 'warm/1', 200, '127.0.0.1'],
      ])
    }, SOON)
  })

  it('is refused at both doors once its approval is taken back', async () => {
    await warm()
    await command('revoke', PURL, '--reason', 'the account was taken over')
    await vi.waitFor(async () => expect(await status(TARBALL)).toBe(403), SOON)
    await vi.waitFor(async () => expect(await lists()).toBe(false), SOON)
    expect(await status(TARBALL, { 'if-none-match': '*' })).toBe(403)
    expect(await status(TARBALL, { range: 'bytes=0-0' })).toBe(403)
    expect((await get(TARBALL, {}, 'HEAD')).status).toBe(403)
  })

  it('that rests on a waiver ends with it, to the moment', async () => {
    await upstream.publish({ name: 'new', version: '1.0.0', publishedAt: new Date().toISOString() })
    const path = '/npm/new/-/new-1.0.0.tgz'
    expect(await status(path)).toBe(403)
    const until = ['--expires', '2h', '--reason', 'reviewed']
    await command('waive', 'pkg:npm/new@1.0.0', '--rule', 'cooldown', ...until)
    await vi.waitFor(async () => expect(await status(path)).toBe(200), SOON)
    await warm({}, [path])
    ahead = 2 * HOUR_MS + 60_000
    expect(await status(path)).toBe(403)
  })
})

it('a warm answer asks for the token each time', async () => {
  await open({ access: { anonymous: 'none' } })
  const good = await command('tokens', 'create', '--label', 'ci')
  const other = await command('tokens', 'create', '--label', 'other', '--repository', 'elsewhere')
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
  await vi.waitFor(async () => expect(await status(INDEX, bearer(good))).toBe(200), SOON)
  await warm(bearer(good))
  for (const path of [INDEX, TARBALL]) {
    expect(await status(path)).toBe(401)
    expect(await status(path, bearer(other))).toBe(403)
    expect(await status(path, bearer(`${good.slice(0, -4)}AAAA`))).toBe(401)
    expect(await status(path, { ...bearer(good), 'if-none-match': '*' })).toBe(304)
  }
  await command('tokens', 'revoke', 'ci', '--reason', 'lost')
  await vi.waitFor(async () => expect(await status(TARBALL, bearer(good))).toBe(401), SOON)
  expect(await status(INDEX, bearer(good))).toBe(401)
})

it('a warm answer ends when an advisory comes that names it', async () => {
  const bucket = await startOsvBucket()
  bucket.put('npm', npmRecord('GHSA-other', 'right', [{ introduced: '0' }, { fixed: '0.5.0' }]))
  const feeds = [{ name: 'osv', source: bucket.url, ecosystems: ['npm'], refresh: '1s' }]
  await open({ policy: 'strict', advisories: { feeds } })
  await vi.waitFor(async () => expect(await status(TARBALL)).toBe(200), SOON)
  await warm()
  const hole = npmRecord('GHSA-hole', 'pkg', [{ introduced: '0' }, { fixed: '2.0.0' }])
  bucket.put('npm', { ...hole, modified: '2026-01-02T00:00:00Z' })
  await gateway.gateway.feeds.updateNow()
  await vi.waitFor(async () => expect(await status(TARBALL)).toBe(403), SOON)
  expect(await lists()).toBe(false)
  await bucket.close()
})
