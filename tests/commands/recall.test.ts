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

it('rescan wants one of --all and --stale', async () => {
  const { code, err } = await makeDesk().run('rescan', '--all', '--stale')
  expect([code, err]).toEqual([2, expect.stringContaining('cannot both be given')])
})

it('a CSV without recalls has its header', () => {
  expect(recallCsv([])).toMatch(/^repository,.*lastAt\r\n$/)
})
