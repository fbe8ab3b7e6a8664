// `keys`: what a person sees and exports, and that setup and the public addresses give the same keys.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readKey, readKeys } from 'openpgp'
import { expect, it } from 'vitest'
import { stringify } from 'yaml'
import { createKeyRoutes } from '../../src/http/keys.ts'
import { readPublicKeys } from '../../src/signing/public-keys.ts'
import { makeDesk } from './io.ts'

const REPOSITORY = {
  name: 'debian',
  type: 'deb',
  upstreams: ['https://upstream.test/debian'],
  options: { suites: ['stable'] },
}

it('makes, shows, exports, rotates and retires', { timeout: 180_000 }, async () => {
  const desk = makeDesk()
  const configured = { dataDirectory: './data', repositories: [REPOSITORY] }
  writeFileSync(join(desk.cwd, 'sallyport.yaml'), stringify(configured))
  const directory = join(desk.cwd, 'data/keys')
  expect((await desk.run('keys')).code).toBe(2)
  expect((await desk.run('setup', 'apt')).out).toContain("Save the gateway's key first")
  expect((await desk.run('keys', 'rotate')).code).toBe(0)
  const [first] = await readPublicKeys(directory)
  const setup = await desk.run('setup', 'apt')
  expect(setup.out.replace(/\s/g, '')).toContain(first?.armored.split('\n')[3]?.trim())
  expect(setup.out).not.toContain("Save the gateway's key first")
  const dry = await desk.run('keys', 'rotate', '--dry-run')
  expect([dry.code, dry.out]).toEqual([0, expect.stringContaining('a new pair would come before')])
  expect(await readPublicKeys(directory)).toHaveLength(1)
  const listed = JSON.parse((await desk.run('keys', '--json')).out) as object[]
  expect(listed).toEqual([expect.objectContaining({ state: 'current', fingerprint: first?.fingerprint })])
  const rotated = await desk.run('keys', 'rotate')
  expect(rotated.out).toMatch(/^current /m)
  expect(rotated.out).toContain(`signs along  ${first?.fingerprint}`)

  expect((await desk.run('keys', 'export', '--format', 'gpg')).code).toBe(2)
  expect((await desk.run('keys', 'export', '--format', 'gpg', '-o', 'out.gpg')).code).toBe(0)
  const binary = readFileSync(join(desk.cwd, 'out.gpg'))
  expect(await readKeys({ binaryKeys: binary })).toHaveLength(2)
  const routes = createKeyRoutes(() => readPublicKeys(directory))
  expect(Buffer.from(await (await routes('sallyport.gpg')).arrayBuffer()).equals(binary)).toBe(true)
  const armored = await (await routes('sallyport.asc')).text()
  expect(armored.match(/BEGIN PGP/g)).toHaveLength(1)
  expect((await desk.run('keys', 'export')).out).toBe(armored)
  expect((await readKey({ armoredKey: armored })).isPrivate()).toBe(false)
  const names = (await (await routes('')).text()).trim().split('\n')
  for (const name of names.slice(2)) expect(await (await routes(name)).text()).toContain('BEGIN PUBLIC KEY')
  await expect(routes('openpgp.asc')).rejects.toMatchObject({ code: 'NOT_SERVED' })
  await expect(routes('../current/rsa.pem')).rejects.toMatchObject({ code: 'NOT_SERVED' })

  expect((await desk.run('keys', 'retire', '--dry-run')).out).toContain('would be removed: 1')
  expect(await readPublicKeys(directory)).toHaveLength(2)
  expect((await desk.run('keys', 'retire')).out).toContain('removed: 1')
  expect((await desk.run('keys', 'retire')).code).toBe(1)
  expect(await readPublicKeys(directory)).toHaveLength(1)
  expect((await desk.run('keys', 'burn')).code).toBe(2)
})
