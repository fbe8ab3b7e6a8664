// `rescan` and `recall` at the command line, beside data that a gateway left.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { recallCsv } from '../../src/storage/recall-report.ts'
import { openInProcess } from '../gate/in-process.ts'
import { startNpmUpstream } from '../support/npm-upstream.ts'
import { makeDesk } from './io.ts'

const opened: { close(): Promise<unknown> }[] = []

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close()
})

it('name who was given a package, as text, JSON and CSV, also when nothing was taken back', {
  timeout: 60_000,
}, async () => {
  const upstream = await startNpmUpstream()
  opened.push(upstream)
  await upstream.publish({ name: 'pad', version: '1.0.0' })
  const repositories = [{ name: 'npm', type: 'npm', upstreams: [upstream.url] }]
  const gateway = await openInProcess({ repositories })
  const path = '/npm/pad/-/pad-1.0.0.tgz'
  await gateway.get(path, { 'user-agent': '=cmd|"/C calc"!A1' })
  await gateway.gateway.close()
  const desk = makeDesk()
  writeFileSync(
    join(desk.cwd, 'sallyport.yaml'),
    stringify({ publicUrl: 'http://gateway.test', dataDirectory: gateway.directory, repositories }),
  )
  const text = await desk.run('recall', 'pkg:npm/pad')
  expect([text.code, text.out]).toEqual([0, expect.stringContaining('pad 1.0.0')])
  expect(text.out).toContain('served, never taken back')
  const json = JSON.parse((await desk.run('recall', 'pkg:npm/pad@1.0.0', '--json')).out) as object[]
  expect(json).toMatchObject([{ version: '1.0.0', recipients: [{ downloads: 1 }] }])
  const csv = (await desk.run('recall', 'pkg:npm/pad', '--csv')).out.split('\r\n')
  expect(csv[0]).toMatch(/^repository,name,version/)
  expect(csv[1]).toContain(`"'=cmd|""/C calc""!A1"`)
  expect((await desk.run('recall', 'pkg:npm/pad@2.0.0')).code).toBe(1)
  expect(await desk.run('recall', 'MAL-2026-1')).toMatchObject({
    code: 1,
    out: 'nobody was given MAL-2026-1\n',
  })
})

it('rescan tells what would change, changes it, and is content then', { timeout: 240_000 }, async () => {
  const upstream = await startNpmUpstream()
  opened.push(upstream)
  await upstream.publish({ name: 'pad', version: '1.0.0' })
  const repositories = [{ name: 'npm', type: 'npm', upstreams: [upstream.url] }]
  const gateway = await openInProcess({ repositories })
  await gateway.get('/npm/pad/-/pad-1.0.0.tgz', { 'user-agent': 'victim/1' })
  await gateway.gateway.close()
  const desk = makeDesk()
  const own = join(desk.cwd, 'own.yaml')
  const put = (records: string) => writeFileSync(own, `advisories:${records}\n`)
  put(' []')
  const document = {
    dataDirectory: gateway.directory,
    repositories,
    pools: { examiners: 1, indexWorkers: 1 },
    advisories: { feeds: [{ name: 'own', kind: 'own', source: own }] },
  }
  writeFileSync(join(desk.cwd, 'sallyport.yaml'), stringify(document))
  const outcome = async () =>
    (JSON.parse((await desk.run('verdicts', '--json')).out) as { outcome: string }[]).map(
      (one) => one.outcome,
    )

  // It was examined by other scanners than those of today.
  const dry = await desk.run('rescan', '--dry-run')
  expect([dry.code, dry.out, dry.err]).toEqual([1, expect.stringMatching(/pad@1\.0\.0.*scanners/), ''])
  put(`\n  - { id: ACME-1, package: npm:pad, range: '>=1.0.0', kind: malware, reason: steals }`)
  expect(await outcome()).toEqual(['approved'])
  const changed = await desk.run('rescan', 'pkg:npm/pad', '--json')
  expect([changed.code, JSON.parse(changed.out)]).toEqual([
    1,
    expect.objectContaining({
      looked: 1,
      changes: [expect.objectContaining({ name: 'pad', before: 'approved', after: 'blocked' })],
    }),
  ])
  expect(await outcome()).toEqual(['blocked'])
  expect((await desk.run('recall', 'ACME-1')).out).toContain('victim/1')
  const again = await desk.run('rescan')
  expect([again.code, again.out]).toEqual([0, expect.stringContaining('1 looked at, 0 changed')])
})

it('rescan wants one of --all and --stale', async () => {
  const { code, err } = await makeDesk().run('rescan', '--all', '--stale')
  expect([code, err]).toEqual([2, expect.stringContaining('cannot both be given')])
})

it('a CSV without recalls has its header', () => {
  expect(recallCsv([])).toMatch(/^repository,.*lastAt\r\n$/)
})
