// `feeds`: what a person sees of advisory feeds, updates by hand, and what a mistake leads to.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { stringify } from 'yaml'
import { npmRecord } from '../support/osv-bucket.ts'
import { type Desk, makeDesk } from './io.ts'

function configured(feeds: readonly unknown[]): Desk {
  const desk = makeDesk()
  const document = {
    dataDirectory: './data',
    repositories: [{ name: 'npm', type: 'npm', upstreams: ['https://upstream.test/npm'] }],
    advisories: { feeds },
  }
  writeFileSync(join(desk.cwd, 'sallyport.yaml'), stringify(document))
  return desk
}

const RECORD = npmRecord('GHSA-1', 'left', [{ introduced: '0' }, { fixed: '2.0.0' }])

it('lists, updates, says what an update would do, and keeps what a broken file cannot replace', {
  timeout: 60_000,
}, async () => {
  const desk = configured([
    { name: 'closed', source: './records.jsonl' },
    { name: 'own', kind: 'own', source: './own.yaml' },
  ])
  writeFileSync(join(desk.cwd, 'records.jsonl'), `${JSON.stringify(RECORD)}\nnot json\n`)
  writeFileSync(
    join(desk.cwd, 'own.yaml'),
    stringify([{ id: 'ACME-1', package: 'npm:left', range: '*', reason: 'no' }]),
  )

  const before = await desk.run('feeds')
  expect(before.code).toBe(1)
  expect(before.out).toMatch(/^closed +stale \(hold\) +never read/m)

  const dry = await desk.run('feeds', 'update', '--dry-run', '--json')
  expect(JSON.parse(dry.out)[0]).toMatchObject({
    feed: 'closed',
    outcome: 'would import',
    records: 1,
    broken: 1,
    added: 1,
  })
  expect((await desk.run('feeds')).code).toBe(1)

  expect((await desk.run('feeds', 'update')).code).toBe(0)
  const after = await desk.run('feeds', '--json')
  expect(after.code).toBe(0)
  expect(JSON.parse(after.out)).toMatchObject([
    { name: 'closed', records: 1, broken: 1, stale: false },
    { name: 'own', records: 1, stale: false },
  ])

  writeFileSync(join(desk.cwd, 'own.yaml'), 'advisories: [{ id: ACME-1, package: left }]')
  const failed = await desk.run('feeds', 'update', 'own', '--whole')
  expect(failed.code).toBe(1)
  expect(failed.out).toMatch(/own +failed +own advisories are refused/)
  expect(JSON.parse((await desk.run('feeds', '--json')).out)[1]).toMatchObject({
    records: 1,
    lastError: expect.anything(),
  })
})

it('names what it does not know', async () => {
  const desk = configured([])
  expect((await desk.run('feeds')).out).toContain('no feed is configured')
  expect((await desk.run('feeds', 'refresh')).code).toBe(2)
  expect((await desk.run('feeds', 'update')).code).toBe(2)
})

it.each([
  [{ name: 'kev', kind: 'kev', source: 'https://feeds.test/bucket' }, /kev is one document/],
  [{ name: 'osv', source: 'https://feeds.test/bucket' }, /ecosystems: missing/],
  [{ name: 'osv', source: './x', maxAge: '1h', refresh: '2h' }, /maxAge: shorter than refresh/],
  [{ name: 'osv', source: './x', onStale: 'ignore' }, /onStale/],
  [{ name: 'osv', source: './x', maxage: '1h' }, /maxage: unknown key/],
])('a mistake in the configuration is told: %j', async (feed, why) => {
  const ran = await configured([feed]).run('feeds')
  expect(ran.code).toBe(2)
  expect(ran.err).toMatch(why)
})
