// A version inside its cooldown is released early when it fixes what affects a version that was served, and only then.
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import type { AdvisoryEntry } from '../../src/model/advisory.ts'
import { startNpmUpstream } from '../support/npm-upstream.ts'
import { openInProcess } from './in-process.ts'

const opened: { close(): Promise<unknown> }[] = []

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close()
})

const ADVISORY: AdvisoryEntry = {
  ...{
    id: 'GHSA-test',
    kind: 'vulnerability',
    summary: 'a hole',
    source: 'test',
    modified: '2026-01-01T00:00:00Z',
  },
  ...{
    withdrawn: false,
    aliases: [],
    type: 'npm',
    name: 'pkg',
    release: '',
    names: 'either',
    versions: [],
    kev: false,
  },
  ranges: [{ events: [{ introduced: '0' }, { fixed: '1.0.1' }] }],
}

async function gatewayOf(fastLane: boolean) {
  const upstream = await startNpmUpstream()
  opened.push(upstream)
  const now = new Date().toISOString()
  await upstream.publish({ name: 'pkg', version: '1.0.0' })
  await upstream.publish({ name: 'pkg', version: '1.0.1', publishedAt: now })
  await upstream.publish({ name: 'other', version: '1.0.1', publishedAt: now })
  const policy = join(mkdtempSync(join(tmpdir(), 'lane-')), 'lane.yaml')
  writeFileSync(
    policy,
    `name: lane\nrules:\n  - { id: cooldown, when: { youngerThan: 24h }, outcome: hold, fastLane: ${fastLane} }\n`,
  )
  const feed = {
    revision: 'test',
    stats: { records: 1, withdrawn: 0, foreign: 0, broken: 0, brokenExamples: [] },
    entriesOf: (type: string, name: string) => (type === 'npm' && name === 'pkg' ? [ADVISORY] : []),
    entriesOfDigest: () => [],
  }
  const gateway = await openInProcess({
    repositories: [{ name: 'npm', type: 'npm', upstreams: [upstream.url] }],
    config: { policy },
    given: { feed },
  })
  opened.push(gateway)
  return gateway
}

const status = async (gateway: Awaited<ReturnType<typeof gatewayOf>>, name: string, version: string) =>
  (await gateway.get(`/npm/${name}/-/${name}-${version}.tgz`)).status

it('once the affected version was served, with the reason', { timeout: 60_000 }, async () => {
  const gateway = await gatewayOf(true)
  expect(await status(gateway, 'pkg', '1.0.0')).toBe(200)
  const { requests } = gateway.gateway.parts.ledger
  while ((await requests.servedVersions('npm', 'pkg')).length === 0)
    await new Promise((done) => setTimeout(done, 20))
  expect(await status(gateway, 'pkg', '1.0.1')).toBe(200)
  const [verdict] = await gateway.gateway.parts.ledger.verdicts({ name: 'pkg', version: '1.0.1' })
  expect(verdict?.warnings.find(({ rule }) => rule === 'fast-lane')?.text).toBe(
    '1.0.1 was released early: it fixes GHSA-test, which affects 1.0.0, served before',
  )
  expect(await (await gateway.get('/npm/pkg')).text()).toContain('pkg-1.0.1.tgz')
  expect(await status(gateway, 'other', '1.0.1')).toBe(403)
})

it('not when nobody was served the affected version, nor without the rule saying so', {
  timeout: 60_000,
}, async () => {
  expect(await status(await gatewayOf(true), 'pkg', '1.0.1')).toBe(403)
  const plain = await gatewayOf(false)
  expect(await status(plain, 'pkg', '1.0.0')).toBe(200)
  await new Promise((done) => setTimeout(done, 500))
  expect(await status(plain, 'pkg', '1.0.1')).toBe(403)
})
