// A lock file before the install: each package through the door, the nearest approved version beside what is refused.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { mintToken } from '../../src/access/token.ts'
import { readLockFile } from '../../src/lockfiles/read.ts'
import { startNpmUpstream } from '../support/npm-upstream.ts'
import { startPypiUpstream } from '../support/pypi-upstream.ts'
import { type InProcess, inProcessPool, openInProcess } from './in-process.ts'

const SLOW = { timeout: 180_000 }
const opened: { close(): Promise<unknown> }[] = []

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close()
})

async function open(...repositories: Record<string, unknown>[]): Promise<InProcess> {
  const pool = inProcessPool()
  const examine: typeof pool.examine = async (job, priority) => {
    const evidence = await pool.examine(job, priority)
    if (!job.fileName.includes('bad')) return evidence
    const finding = { rule: 'harmful', layer: 'malware', severity: 'critical', title: 'harmful' } as const
    return job.fileName.includes('2.0') ? { ...evidence, findings: [finding] } : evidence
  }
  const gateway = await openInProcess({ repositories, given: { pool: { ...pool, examine } } })
  opened.push(gateway)
  return gateway
}

const sri = (bytes: Uint8Array) => `sha512-${createHash('sha512').update(bytes).digest('base64')}`

it('tells approved, refused with the nearest approved version, swapped and unknown', SLOW, async () => {
  const upstream = await startNpmUpstream()
  opened.push(upstream)
  const good = await upstream.publish({ name: 'good', version: '1.0.0' })
  for (const version of ['1.0.0', '2.0.0', '2.1.0']) await upstream.publish({ name: 'bad', version })
  await upstream.publish({ name: 'young', version: '1.0.0', publishedAt: new Date().toISOString() })
  const gateway = await open({ name: 'npm', type: 'npm', upstreams: [upstream.url] })
  const lock = JSON.stringify({
    lockfileVersion: 3,
    packages: {
      'node_modules/good': { version: '1.0.0', integrity: sri(good.bytes) },
      'node_modules/x/node_modules/good': { name: 'good', version: '9.0.0' },
      'node_modules/bad': { version: '2.0.0' },
      'node_modules/young': { version: '1.0.0' },
      'node_modules/git': { version: '1.0.0', resolved: 'git+ssh://git@upstream.test/x.git#1' },
      'node_modules/bad/node_modules/bad': { version: '1.0.0', integrity: sri(Buffer.from('other')) },
    },
  })
  const report = await gateway.gateway.drift.preflight('package-lock.json', lock)
  expect(
    report.entries.map(({ name, version, outcome, nearest }) => [name, version, outcome, nearest]),
  ).toEqual([
    ['good', '1.0.0', 'approved', undefined],
    ['good', '9.0.0', 'unknown', undefined],
    ['bad', '2.0.0', 'blocked', '2.1.0'],
    ['young', '1.0.0', 'held', undefined],
    ['git', '1.0.0', 'unknown', undefined],
    ['bad', '1.0.0', 'blocked', undefined],
  ])
  expect(report.entries[5]?.reasons[0]?.rule).toBe('lock-digest-differs')
  expect(report).toMatchObject({ approved: 1, refused: 3, unknown: 2 })
})

it('chooses of a PyPI version the wheel for everybody that the lock file allows', SLOW, async () => {
  const upstream = await startPypiUpstream()
  opened.push(upstream)
  const files = await upstream.publish({ name: 'flask', version: '3.0', as: ['py3-none-any', 'sdist'] })
  const gateway = await open({ name: 'pypi', type: 'pypi', upstreams: [upstream.url] })
  const hash = (end: string) => files.find(({ filename }) => filename.endsWith(end))?.sha256 ?? ''
  const ask = (...ends: string[]) =>
    gateway.gateway.drift.preflight(
      'requirements.txt',
      `Flask==3.0.0 ${ends.map((end) => `--hash=sha256:${hash(end)}`).join(' ')}\n`,
    )
  expect((await ask('.whl', '.tar.gz')).entries).toMatchObject([
    { outcome: 'approved', path: expect.stringMatching(/none-any\.whl$/) },
  ])
  expect((await ask('.tar.gz')).entries).toMatchObject([
    { outcome: 'approved', path: expect.stringMatching(/gz$/) },
  ])
})

it("examines this project's own lock file, and is quick when nothing has changed", SLOW, async () => {
  const upstream = await startNpmUpstream()
  opened.push(upstream)
  const text = readFileSync(join(import.meta.dirname, '../../package-lock.json'), 'utf8')
  const lock = JSON.parse(text) as { packages: Record<string, { version?: string; integrity?: string }> }
  // The same names and versions with bytes of our own: 300 packages and more.
  const { entries } = readLockFile('package-lock.json', text)
  expect(entries.length).toBeGreaterThan(150)
  for (const { name, version } of entries) await upstream.publish({ name, version })
  for (const one of Object.values(lock.packages)) delete one.integrity
  const gateway = await open({ name: 'npm', type: 'npm', upstreams: [upstream.url] })
  const ask = () => gateway.gateway.drift.preflight('package-lock.json', JSON.stringify(lock))
  const cold = await ask()
  expect(cold).toMatchObject({ refused: 0, unknown: 0, approved: entries.length })
  const asked = upstream.seen.length
  expect((await ask()).approved).toBe(entries.length)
  expect(upstream.seen.length).toBe(asked)
})

it('is answered by the API to those who may, and refuses what is no lock file', SLOW, async () => {
  const upstream = await startNpmUpstream()
  opened.push(upstream)
  await upstream.publish({ name: 'good', version: '1.0.0' })
  const gateway = await open({ name: 'npm', type: 'npm', upstreams: [upstream.url] })
  const tokenFor = async (role: 'client' | 'viewer', repository: string) => {
    const wish = { label: `${role}-${repository}`, role, repositories: [repository] }
    const { token, stored, fact } = mintToken(wish, 'test', new Date())
    await gateway.gateway.parts.ledger.tokens.add(stored, fact)
    return { authorization: `Bearer ${token}` }
  }
  const bearer = await tokenFor('viewer', 'npm')
  const [client, elsewhere] = [await tokenFor('client', 'npm'), await tokenFor('viewer', 'other')]
  await new Promise((resolve) => setTimeout(resolve, 700)) // until the gateway has seen it
  const request = (fileName: string, content: string, headers: Record<string, string> = {}) =>
    gateway.gateway.app.request('http://gateway.test/-/api/v1/preflight', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ fileName, content }),
    })
  const lock = JSON.stringify({ lockfileVersion: 3, packages: { 'node_modules/good': { version: '1.0.0' } } })
  expect((await request('package-lock.json', lock)).status).toBe(401)
  expect((await request('package-lock.json', lock, client)).status).toBe(403)
  // A token for other repositories learns nothing of this one.
  const blind = await request('package-lock.json', lock, elsewhere)
  expect(await blind.json()).toMatchObject({ approved: 0, unknown: 1 })
  const answered = await request('package-lock.json', lock, bearer)
  expect([answered.status, await answered.json()]).toEqual([
    200,
    expect.objectContaining({
      approved: 1,
      refused: 0,
      unknown: 0,
      entries: [expect.objectContaining({ name: 'good', version: '1.0.0', outcome: 'approved' })],
    }),
  ])
  for (const [fileName, content] of [
    ['Gemfile.lock', 'x'],
    ['package-lock.json', '{'],
  ] as const) {
    const refused = await request(fileName, content, bearer)
    expect([fileName, refused.status]).toEqual([fileName, 400])
    expect(refused.headers.get('content-type')).toBe('application/problem+json')
  }
})
