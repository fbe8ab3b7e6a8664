// A version that the registry has removed before the advisory about it is out is recalled all the same.
import { afterEach, expect, it } from 'vitest'
import type { AdvisoryEntry } from '../../src/model/advisory.ts'
import { startNpmUpstream } from '../support/npm-upstream.ts'
import { openInProcess } from './in-process.ts'

const opened: { close(): Promise<unknown> }[] = []

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close()
})

const MALWARE: AdvisoryEntry = {
  ...{
    id: 'MAL-2026-7',
    kind: 'malware',
    summary: 'harmful',
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
    versions: ['1.0.1'],
  },
  ranges: [],
}

it('recalls what no index lists any more', { timeout: 60_000 }, async () => {
  const upstream = await startNpmUpstream()
  opened.push(upstream)
  await upstream.publish({ name: 'pkg', version: '1.0.0' })
  await upstream.publish({ name: 'pkg', version: '1.0.1' })
  let known: readonly AdvisoryEntry[] = []
  let ahead = 0
  const gateway = await openInProcess({
    repositories: [{ name: 'npm', type: 'npm', upstreams: [upstream.url] }],
    given: {
      now: () => new Date(Date.now() + ahead),
      feed: {
        revision: 'test',
        stats: { records: 1, withdrawn: 0, foreign: 0, broken: 0, brokenExamples: [] },
        entriesOf: () => known,
        entriesOfDigest: () => [],
      },
    },
  })
  opened.push(gateway)
  for (const version of ['1.0.0', '1.0.1'])
    expect((await gateway.get(`/npm/pkg/-/pkg-${version}.tgz`, { 'user-agent': 'victim/1' })).status).toBe(
      200,
    )
  const packument = upstream.packument('pkg') as { versions: Record<string, unknown> }
  delete packument.versions['1.0.1']
  ahead = 3_600_000
  await gateway.get('/npm/pkg')
  const { parts } = gateway.gateway
  while ((await parts.ledger.requests.served({ type: 'npm', name: 'pkg' })).length < 2)
    await new Promise((done) => setTimeout(done, 20))
  known = [MALWARE]
  // The advisory's arrival makes what memory holds of the package void.
  await gateway.restart().then(async (again) => {
    opened.push(again)
    opened.splice(opened.indexOf(gateway), 1)
    await again.gateway.drift.run({ what: 'changed', touched: [{ type: 'npm', name: 'pkg' }] })
    const [recall, ...others] = await again.gateway.parts.ledger.recalls.list({ mentions: 'MAL-2026-7' })
    expect(others).toEqual([])
    expect(recall).toMatchObject({ name: 'pkg', version: '1.0.1', outcome: 'blocked' })
    const { repository, path, sha256 } = recall ?? { repository: '', path: '', sha256: '' }
    expect(await again.gateway.parts.ledger.requests.recipientsOf(repository, path, sha256)).toMatchObject([
      { userAgent: 'victim/1', downloads: 1 },
    ])
  })
})
