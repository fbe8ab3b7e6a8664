// Refreshes while generations are switched: repomd.xml and its signature are two requests, and must always fit.
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { readArmoredKeys, verifyDetached } from '../../src/ecosystems/openpgp.ts'
import { parseRepomd } from '../../src/ecosystems/yum/repomd.ts'
import { skip } from '../support/clients.ts'
import { createDnfProject } from '../support/dnf.ts'
import { type GatewayProcess, startGateway } from '../support/gateway.ts'
import { type Loopback, startLoopback } from '../support/loopback-upstream.ts'
import { makeVendorKey, type VendorKey } from '../support/vendor-key.ts'
import { primaryText } from '../support/yum-flip.ts'
import { yumLists, yumRepository } from '../support/yum-metadata.ts'
import { missingTools } from '../support/yum-upstream.ts'

const LOOPS = Number(process.env['REFRESH_LOOPS'] ?? 20)
const missing = missingTools(['dnf'])
if (missing.length > 0) skip('dnf refresh suite: dnf not installed; run through bin/with-clients')

describe.skipIf(missing.length > 0)('refreshes during switches', () => {
  let files = new Map<string, Uint8Array | string>()
  let upstream: Loopback
  let gateway: GatewayProcess
  let key: VendorKey
  let publishing = true
  let published = 0
  let publisher: Promise<void>

  /** All files of a publication are exchanged at once. */
  async function publish() {
    published += 1
    const packages = [{ name: 'tool' }, { name: 'other', version: `${published}` }]
    files = await yumRepository(yumLists(packages), { key, revision: 1_700_000_000 + published })
  }

  beforeAll(async () => {
    key = await makeVendorKey()
    await publish()
    upstream = await startLoopback((path) => {
      const body = files.get(path)
      return body === undefined ? undefined : { body: Buffer.from(body), contentType: 'text/plain' }
    })
    gateway = await startGateway({
      config: {
        limits: { indexFresh: '1ms' },
        repositories: [{ name: 'el', type: 'rpm', upstreams: [upstream.url], options: { keys: [key.file] } }],
      },
    })
    // One generation first: a first request that falls between two publications has nothing older to serve.
    await vi.waitUntil(async () => (await fetch(`${gateway.url}/el/repodata/repomd.xml`)).ok, {
      timeout: 60_000,
    })
    publisher = (async () => {
      while (publishing) {
        await publish()
        // Generations have times that grow by whole seconds: faster ones would get ahead of the clock, and out of reach of a snapshot of now.
        await new Promise((resolve) => setTimeout(resolve, 1000))
      }
    })()
  }, 300_000)

  afterAll(async () => {
    publishing = false
    await publisher
    await gateway?.stop()
    await upstream?.close()
  })

  it('give one hundred readers a signature and lists that fit', { timeout: 300_000 }, async () => {
    const base = `${gateway.url}/el/`
    const get = async (path: string) => Buffer.from(await (await fetch(base + path)).arrayBuffer())
    const keys = await readArmoredKeys((await get('repodata/repomd.xml.key')).toString())
    const revisions = new Set<number>()
    // On a busy machine a switch takes seconds: a hundred loops, and as many more as three switches need.
    for (let loop = 0; loop < 100 || (revisions.size < 4 && loop < 3000); loop += 1) {
      const repomd = await get('repodata/repomd.xml')
      // Longer than a switch takes: without a memory of who asked, nearly every loop would fail.
      await new Promise((resolve) => setTimeout(resolve, 40))
      await verifyDetached(repomd, await get('repodata/repomd.xml.asc'), keys, `loop ${loop}`)
      const { revision, data } = parseRepomd(repomd.toString(), 'repomd.xml')
      revisions.add(revision)
      for (const { href, sha256 } of data)
        expect(
          createHash('sha256')
            .update(await get(href))
            .digest('hex'),
        ).toBe(sha256)
    }
    expect(revisions.size).toBeGreaterThan(3)
  })

  it(`never fail in ${LOOPS} runs of dnf`, { timeout: 900_000 }, async () => {
    const dnf = createDnfProject({
      baseurl: `${gateway.url}/el/`,
      keys: [`${gateway.url}/el/repodata/repomd.xml.key`],
    })
    try {
      for (let loop = 0; loop < LOOPS; loop += 1) {
        const { exitCode, said } = await dnf.run('--refresh', 'makecache')
        expect(exitCode, said).toBe(0)
        expect(said).not.toMatch(/error|bad|fail/i)
      }
    } finally {
      dnf.remove()
    }
  })

  it('a dated snapshot stays as it was, and dnf takes it', { timeout: 300_000 }, async () => {
    const before = await primaryText(`${gateway.url}/el/`)
    // Snapshots are told to the second.
    await new Promise((resolve) => setTimeout(resolve, 1100))
    const stamp = new Date().toISOString().replace(/[-:]|\.\d+/g, '')
    const snapshot = `${gateway.url}/el@${stamp}/`
    await new Promise((resolve) => setTimeout(resolve, 1100))
    const then = versionOf(await primaryText(snapshot))
    expect(then).toBeGreaterThanOrEqual(versionOf(before))
    await expect
      .poll(async () => versionOf(await primaryText(`${gateway.url}/el/`)), { timeout: 60_000 })
      .toBeGreaterThan(then)
    expect(versionOf(await primaryText(snapshot))).toBe(then)
    const dnf = createDnfProject({ baseurl: snapshot, keys: [`${snapshot}repodata/repomd.xml.key`] })
    try {
      const { exitCode, said } = await dnf.run('repoquery', '--qf', '%{name} %{version}', 'other')
      expect(exitCode, said).toBe(0)
      expect(said).toContain(`other ${then}`)
    } finally {
      dnf.remove()
    }
  })
})

function versionOf(primary: string): number {
  return Number(/<name>other<\/name>[\s\S]*?ver="(\d+)"/.exec(primary)?.[1])
}
