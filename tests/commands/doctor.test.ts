// `doctor`: what was found, where it came from, what is missing; and that it keeps secrets.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { stringify } from 'yaml'
import { makeDesk } from './io.ts'

it('tells each upstream with its origin, and no credential', async () => {
  const desk = makeDesk({ PIP_INDEX_URL: 'https://bob:hunter2@pypi.test/simple' })
  const npmrc = join(desk.home, '.npmrc')
  writeFileSync(npmrc, 'registry=https://upstream.test/npm/\n//upstream.test/npm/:_authToken=hunter2\n')
  const { code, out, err } = await desk.run('doctor')
  expect([code, err]).toEqual([0, ''])
  expect(out).toContain(`from https://upstream.test/npm, with credentials; ${npmrc} line 1`)
  expect(out).toContain('from https://pypi.test/simple, with credentials; environment PIP_INDEX_URL')
  expect(out).toContain(`ledger`)
  expect(out).toMatch(/\n {2}clamav +\S.*viruses/)
  expect(out).not.toContain('hunter2')
})

it('--json is one clean object', async () => {
  const desk = makeDesk()
  writeFileSync(join(desk.home, '.npmrc'), 'registry=https://upstream.test/npm/\n')
  const { out } = await desk.run('doctor', '--json')
  const told: { checks: { section: string; name: string; state: string }[] } = JSON.parse(out)
  expect(told.checks).toContainEqual(
    expect.objectContaining({ section: 'repositories', name: 'npm', state: 'ok' }),
  )
  // This machine in a folder has no pip: that is said, and is no failure.
  expect(told.checks).toContainEqual(
    expect.objectContaining({ section: 'left out', name: 'pypi', state: 'note' }),
  )
})

it('every mistake in the configuration is one line, and exit code 1', async () => {
  const desk = makeDesk()
  writeFileSync(join(desk.cwd, 'sallyport.yaml'), stringify({ listen: { port: 'x' }, polcy: 'strict' }))
  const { code, out } = await desk.run('doctor')
  expect(code).toBe(1)
  expect(out).toMatch(/! problem {2}polcy: unknown key/)
  expect(out).toMatch(/! problem {2}listen\.port: "x" must be integer/)
  expect(out).toMatch(/2 missing, marked with !/)
})

it('a required tool that is not there is marked as missing', async () => {
  const desk = makeDesk()
  writeFileSync(
    join(desk.cwd, 'sallyport.yaml'),
    stringify({
      tools: { trivy: 'required' },
      repositories: [{ name: 'npm', type: 'npm', upstreams: ['https://upstream.test'] }],
    }),
  )
  expect((await desk.run('doctor')).out).toMatch(/! trivy +required; not found/)
})
