// Refreshes of an apk index while generations are switched, read as apk reads it; and a snapshot that stays.
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type ApkKey, apkPackage, indexText, makeApkKey, signedIndex } from '../support/apk-index.ts'
import { readIndexAsApk } from '../support/apk-verifier.ts'
import { skip } from '../support/clients.ts'
import { type GatewayProcess, startGateway } from '../support/gateway.ts'
import { createGoApkRoot, provideGoApk } from '../support/go-apk.ts'
import { type Loopback, startLoopback } from '../support/loopback-upstream.ts'

const LOOPS = Number(process.env['REFRESH_LOOPS'] ?? 20)
const go = await provideGoApk()
if ('why' in go) skip(`go-apk: ${go.why}`)

let key: ApkKey
let upstream: Loopback
let gateway: GatewayProcess
let keys: Record<string, string>
let folder: string
const files = new Map<string, Uint8Array>()
let publishing = true
let published = 0
let publisher: Promise<void> | undefined

/** A newer version each time; the packages of former ones stay, as they do at a mirror. */
async function publish(): Promise<void> {
  published += 1
  const tool = await apkPackage({
    name: 'tool',
    version: `${published}.0-r0`,
    files: [{ name: 'usr/' }, { name: 'usr/tool', data: `${published}` }],
  })
  files.set(`/v1/main/x86_64/tool-${published}.0-r0.apk`, tool.bytes)
  files.set('/v1/main/x86_64/APKINDEX.tar.gz', await signedIndex(indexText([tool]), { key }))
}

beforeAll(async () => {
  key = makeApkKey()
  await publish()
  upstream = await startLoopback((path) => {
    const body = files.get(path)
    return body === undefined ? undefined : { body, contentType: 'application/gzip' }
  })
  const options = {
    versions: ['v1'],
    repositories: ['main'],
    architectures: ['x86_64'],
    keys: [key.file],
    signatures: ['RSA'],
  }
  gateway = await startGateway({
    config: {
      limits: { indexFresh: '1ms' },
      repositories: [{ name: 'alpine', type: 'apk', upstreams: [upstream.url], options }],
    },
  })
  const listed = await (await fetch(`${gateway.url}/-/keys/`)).text()
  const name = listed.split('\n').find((line) => line.endsWith('.rsa.pub')) ?? ''
  keys = { [name]: await (await fetch(`${gateway.url}/-/keys/${name}`)).text() }
  folder = mkdtempSync(join(tmpdir(), 'apk-refresh-'))
  writeFileSync(join(folder, name), keys[name] ?? '')
  await vi.waitUntil(async () => (await indexOf('alpine')).status === 200, { timeout: 60_000 })
  publisher = (async () => {
    while (publishing) {
      await publish()
      await new Promise((resolve) => setTimeout(resolve, 150))
    }
  })()
}, 300_000)

afterAll(async () => {
  publishing = false
  await publisher
  await gateway?.stop()
  await upstream?.close()
  rmSync(folder, { recursive: true, force: true })
})

async function indexOf(repository: string) {
  const answer = await fetch(`${gateway.url}/${repository}/v1/main/x86_64/APKINDEX.tar.gz`)
  return { status: answer.status, headers: answer.headers, body: Buffer.from(await answer.arrayBuffer()) }
}

const versionOf = (body: Buffer) => readIndexAsApk(body, keys).map(({ V }) => Number.parseInt(V ?? '', 10))[0]

describe('refreshes during switches', () => {
  it('give one hundred readers an index whose signature and tag fit', { timeout: 300_000 }, async () => {
    const bytesOf = new Map<string, string>()
    const modified = new Map<string, string>()
    const versions = new Set<number>()
    for (let loop = 0; loop < 100 || (versions.size < 4 && loop < 3000); loop += 1) {
      const { status, headers, body } = await indexOf('alpine')
      expect(status).toBe(200)
      const digest = createHash('sha256').update(body).digest('hex')
      // Neither a tag nor a time ever stands for two different indexes.
      for (const [known, name] of [
        [bytesOf, 'etag'],
        [modified, 'last-modified'],
      ] as const) {
        const value = headers.get(name) ?? ''
        expect(value).not.toBe('')
        expect(known.get(value) ?? digest).toBe(digest)
        known.set(value, digest)
      }
      versions.add(versionOf(body) ?? 0)
      await new Promise((resolve) => setTimeout(resolve, 40))
    }
    expect(versions.size).toBeGreaterThan(3)
  })

  it.skipIf('why' in go)(`never fail in ${LOOPS} runs of go-apk`, { timeout: 600_000 }, async () => {
    const [name = ''] = Object.keys(keys)
    const repository = `${gateway.url}/alpine/v1/main`
    for (let loop = 0; loop < LOOPS; loop += 1) {
      const root = createGoApkRoot('program' in go ? go.program : '', repository, join(folder, name))
      expect(await root.run('update')).toMatchObject({ exitCode: 0, said: 'packages 1' })
      root.remove()
    }
  })

  it('a dated snapshot stays as it was, and apk takes it', {
    timeout: 300_000,
  }, async () => {
    const before = versionOf((await indexOf('alpine')).body) ?? 0
    // Snapshots are told to the second, and the generation just seen is of this second or an earlier one.
    await new Promise((resolve) => setTimeout(resolve, 1000))
    const snapshot = `alpine@${new Date().toISOString().replace(/[-:]|\.\d+/g, '')}`
    await new Promise((resolve) => setTimeout(resolve, 1100))
    const then = versionOf((await indexOf(snapshot)).body) ?? 0
    expect(then).toBeGreaterThanOrEqual(before)
    await expect
      .poll(async () => versionOf((await indexOf('alpine')).body), { timeout: 60_000 })
      .toBeGreaterThan(then)
    expect(versionOf((await indexOf(snapshot)).body)).toBe(then)
    publishing = false
    await publisher
    if ('why' in go) return
    const [name = ''] = Object.keys(keys)
    const root = createGoApkRoot(go.program, `${gateway.url}/${snapshot}/v1/main`, join(folder, name))
    expect(await root.run('update')).toMatchObject({ exitCode: 0 })
    root.remove()
  })
})
