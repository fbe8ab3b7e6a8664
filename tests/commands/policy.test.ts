// `policy` at the command line: check, the policy's own cases, and a recorded day replayed against a candidate.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { openInProcess } from '../gate/in-process.ts'
import { startNpmUpstream } from '../support/npm-upstream.ts'
import { makeDesk } from './io.ts'

const opened: { close(): Promise<unknown> }[] = []

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close()
})

const OWN = {
  name: 'ours',
  extends: 'balanced',
  rules: [
    { id: 'no-copyleft', when: { licenceIn: ['AGPL-*'] }, outcome: 'block' },
    { id: 'no-old-pad', when: { package: ['npm:pad'], version: ['vers:npm/>=2.0.0'] }, outcome: 'block' },
  ],
}

function desk(files: Record<string, unknown>) {
  const made = makeDesk()
  for (const [name, value] of Object.entries(files)) writeFileSync(join(made.cwd, name), stringify(value))
  return made
}

describe('check', () => {
  it('lists the rules in the order in which they are read', async () => {
    const { code, out } = await desk({ 'ours.yaml': OWN }).run('policy', 'check', 'ours.yaml')
    expect(code).toBe(0)
    expect(out).toMatch(/^ours@[0-9a-f]{12}: mode enforce/)
    expect(out.indexOf('no-copyleft')).toBeLessThan(out.indexOf('known-malware'))
  })

  it('names what is wrong, and is 1', async () => {
    const rules = [{ id: 'x', when: { lisence: ['MIT'] }, outcome: 'block' }]
    const { code, err } = await desk({ 'bad.yaml': { name: 'bad', rules } }).run(
      'policy',
      'check',
      'bad.yaml',
    )
    expect(code).toBe(1)
    expect(err).toContain('lisence: unknown key; allowed here:')
  })

  it('a circle of policies is refused', async () => {
    const circle = {
      'a.yaml': { name: 'a', extends: './b.yaml', rules: [] },
      'b.yaml': { name: 'b', extends: './a.yaml', rules: [] },
    }
    const { code, err } = await desk(circle).run('policy', 'check', 'a.yaml')
    expect([code, err]).toEqual([1, expect.stringContaining('a circle')])
  })
})

describe('test', () => {
  const cases = [
    {
      name: 'licence',
      package: 'pkg:npm/x@1.0.0',
      licence: 'AGPL-3.0-only',
      expect: 'blocked',
      reasons: ['licence'],
    },
    {
      name: 'young',
      package: 'pkg:npm/x@1.0.0',
      now: '2026-01-02',
      publishedAt: '2026-01-01T12:00:00Z',
      expect: 'held',
    },
    { name: 'range', package: 'pkg:npm/pad@2.1.0', expect: 'blocked', reasons: ['no-old-pad'] },
    { name: 'malware', package: 'pkg:pypi/x@1', malware: [{ id: 'MAL-1' }], expect: 'blocked' },
    { name: 'scanner', package: 'pkg:pypi/x@1', failedScanners: ['required'], expect: 'held' },
    { name: 'fine', package: 'pkg:npm/pad@1.9.0', licence: 'MIT', expect: 'approved' },
  ]

  it('passes what is as expected', async () => {
    const made = desk({ 'ours.yaml': OWN, 'cases.yaml': { policy: './ours.yaml', cases } })
    expect(await made.run('policy', 'test', 'cases.yaml')).toMatchObject({
      code: 0,
      out: '6 of 6 cases passed\n',
    })
  })

  it('tells what was got instead', async () => {
    const wrong = [{ name: 'hope', package: 'pkg:npm/pad@2.0.0', expect: 'approved' }]
    const made = desk({ 'ours.yaml': OWN, 'cases.yaml': { policy: './ours.yaml', cases: wrong } })
    const { code, out } = await made.run('policy', 'test', 'cases.yaml')
    expect(code).toBe(1)
    expect(out).toContain('FAILED hope\n  expected approved\n  got blocked no-old-pad')
  })

  it('refuses a case with a typo', async () => {
    const typo = [{ name: 'x', package: 'pkg:npm/pad@2.0.0', expected: 'approved' }]
    const made = desk({ 'ours.yaml': OWN, 'cases.yaml': { policy: './ours.yaml', cases: typo } })
    const { code, err } = await made.run('policy', 'test', 'cases.yaml')
    expect([code, err]).toEqual([2, expect.stringContaining('expected: unknown key')])
  })
})

it('replays a recorded day: what would be refused or allowed, and what would be picked instead', {
  timeout: 120_000,
}, async () => {
  const upstream = await startNpmUpstream()
  opened.push(upstream)
  for (const version of ['1.0.0', '1.1.0', '2.0.0']) await upstream.publish({ name: 'pad', version })
  await upstream.publish({ name: 'denied', version: '1.0.0' })
  const made = desk({
    'today.yaml': { name: 'today', rules: [{ id: 'no', when: { package: ['denied'] }, outcome: 'block' }] },
    'ours.yaml': OWN,
    'same.yaml': { name: 'same', rules: [{ id: 'no', when: { package: ['denied'] }, outcome: 'block' }] },
  })
  const repositories = [{ name: 'npm', type: 'npm', upstreams: [upstream.url] }]
  const policy = join(made.cwd, 'today.yaml')
  const gateway = await openInProcess({ repositories, config: { policy } })
  await gateway.get('/npm/pad')
  for (const version of ['1.0.0', '2.0.0', '2.0.0']) await gateway.get(`/npm/pad/-/pad-${version}.tgz`)
  expect((await gateway.get('/npm/denied/-/denied-1.0.0.tgz')).status).toBe(403)
  await gateway.gateway.close()
  writeFileSync(
    join(made.cwd, 'sallyport.yaml'),
    stringify({ publicUrl: 'http://gateway.test', dataDirectory: gateway.directory, repositories, policy }),
  )
  const { code, out } = await made.run('policy', 'replay', '--policy', 'ours.yaml', '--days', '1', '--json')
  expect(code).toBe(1)
  const report = JSON.parse(out) as object
  expect(report).toMatchObject({
    artifacts: 3,
    requests: 4,
    unknown: 0,
    newlyRefused: [
      { name: 'pad', version: '2.0.0', served: 2, refused: 0, after: 'blocked', instead: '1.1.0' },
    ],
  })
  expect(report).toMatchObject({
    newlyAllowed: [{ name: 'denied', refused: 1, before: 'blocked', after: 'unexamined' }],
  })
  const text = await made.run('policy', 'replay', '--policy', 'ours.yaml')
  expect(text.out).toMatch(/pad@2\.0\.0 +served 2, refused 0 +blocked +instead 1\.1\.0/)
  expect((await made.run('policy', 'replay', '--policy', 'same.yaml')).code).toBe(0)
})
