// Generations over real stores, workers and signatures: switched whole, renewed in time, never unsigned.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { aptEcosystem } from '../../src/ecosystems/apt/ecosystem.ts'
import { createAdvisoryData, NO_FEEDS } from '../../src/gate/advisory-data.ts'
import { createDocumentFetch } from '../../src/gate/document-fetch.ts'
import { createGenerationGate, type GenerationGate } from '../../src/gate/generation-gate.ts'
import { createIndexSource } from '../../src/gate/index-source.ts'
import { createIndexWorkers } from '../../src/gate/index-workers.ts'
import { createJudgeSource } from '../../src/gate/policy-judge.ts'
import type { Repository } from '../../src/gate/repository.ts'
import type { GatewayError } from '../../src/model/errors.ts'
import type { Verdict } from '../../src/model/verdict.ts'
import { loadPolicy } from '../../src/policy/load.ts'
import { ensureKeys, rotateKeys } from '../../src/signing/key-directory.ts'
import { keysStamp } from '../../src/signing/signer-source.ts'
import { openBlobStore, openLedger } from '../../src/storage/all.ts'
import type { Ledger } from '../../src/storage/ledger.ts'
import { createUpstreamClient } from '../../src/upstream/client.ts'
import { type AptUpstream, startAptUpstream } from '../support/apt-upstream.ts'

const HOUR = 3_600_000
const IN_RELEASE = 'dists/stable/InRelease'
const PACKAGES = 'dists/stable/main/binary-amd64/Packages.gz'
const FEED = {
  revision: '0',
  stats: { records: 0, withdrawn: 0, foreign: 0, broken: 0, brokenExamples: [] },
  entriesOf: () => [],
  entriesOfDigest: () => [],
}

let madeKeys: string
let folder: string
let upstream: AptUpstream
const closing: (() => unknown)[] = []

// A pair of RSA keys takes a second and more, so one pair is made and copied.
beforeAll(async () => {
  madeKeys = mkdtempSync(join(tmpdir(), 'sallyport-made-keys-'))
  await ensureKeys(madeKeys, 'Test gateway')
})

afterAll(() => rmSync(madeKeys, { recursive: true, force: true }))

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-generations-'))
  upstream = await startAptUpstream()
  await upstream.publish({ name: 'demo', version: '1.0' })
  await upstream.publish({ name: 'demo', version: '2.0' })
  // Far back, so that a gate whose clock is set back or forth takes it.
  await upstream.release({ date: new Date('2025-01-01T00:00:00Z') })
  cpSync(madeKeys, join(folder, 'keys'), { recursive: true })
})

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
  await upstream.close()
  rmSync(folder, { recursive: true, force: true })
})

interface Running {
  readonly gate: GenerationGate
  readonly ledger: Ledger
  readonly repository: Repository
  readonly failures: GatewayError[]
  readonly published: number[]
  text(path: string, at?: number): Promise<string>
  packages(at?: number): Promise<string[]>
  refuse(version: string): Promise<void>
  close(): Promise<void>
}

/** A gate over the stores of the folder; the clock is the test's. */
async function start(
  clock: { now: number } = { now: Date.now() },
  keyring = upstream.keyring,
): Promise<Running> {
  const ledgerUrl = `sqlite:${join(folder, 'ledger.sqlite')}`
  const blobsUrl = pathToFileURL(join(folder, 'blobs')).href
  const keysDirectory = join(folder, 'keys')
  const ledger = await openLedger(ledgerUrl)
  const blobs = await openBlobStore(blobsUrl)
  const client = createUpstreamClient({ upstreams: [{ base: upstream.url }], allowedHosts: [], retries: 0 })
  const workers = createIndexWorkers({ ledgerUrl, blobsUrl, keysDirectory }, 1)
  const now = () => new Date(clock.now)
  const policy = loadPolicy('balanced', folder)
  const judges = createJudgeSource({
    policyOf: () => policy,
    advisories: createAdvisoryData({ ledger, feed: FEED, freshness: () => NO_FEEDS }),
    waivers: () => ({ revision: '0', waivers: [] }),
    now,
  })
  const failures: GatewayError[] = []
  const published: number[] = []
  const events = {
    decided: () => {},
    indexRead: () => {},
    examinationFailed: () => {},
    refreshFailed: (_: string, __: string, error: GatewayError) => failures.push(error),
    published: (_: string, __: string, number: number) => published.push(number),
  }
  const freshness = { freshMs: 60_000, staleMs: 60_000, staleIfErrorMs: 7 * 24 * HOUR, missingMs: 1000 }
  const fetch = createDocumentFetch({ upstream: client, blobs, maxBytes: 1e8 })
  const source = createIndexSource({ ledger, blobs, fetch, workers, judges, events, freshness, now })
  const parts = { ledger, blobs, source, workers, judges, events, freshMs: 60_000, now }
  const gate = createGenerationGate({
    ...parts,
    served: parts.blobs,
    keysStamp: () => keysStamp(keysDirectory),
  })
  const repository: Repository = {
    ecosystem: aptEcosystem,
    settings: {
      name: 'debian',
      type: 'deb',
      upstreams: [upstream.url],
      publicUrl: 'http://localhost/debian',
      indexMode: 'lazy',
      reserved: [],
      options: { suites: ['stable'], keyrings: [keyring] },
    },
  }
  let isOpen = true
  async function close(): Promise<void> {
    if (!isOpen) return
    isOpen = false
    gate.close()
    await workers.close()
    await client.close()
    await ledger.close()
    await blobs.close()
  }
  closing.push(close)

  async function bytes(path: string, at?: number): Promise<Buffer> {
    const found = await gate.answer(
      repository,
      { kind: 'index', key: 'archive', document: path },
      at === undefined ? {} : { at },
    )
    if (found === undefined) throw new Error(`nothing at ${path}`)
    const chunks: Uint8Array[] = []
    for await (const chunk of found.body.stream()) chunks.push(chunk)
    return Buffer.concat(chunks)
  }

  return {
    gate,
    ledger,
    repository,
    failures,
    published,
    text: async (path, at) => (await bytes(path, at)).toString(),
    packages: async (at) =>
      [
        ...gunzipSync(await bytes(PACKAGES, at))
          .toString()
          .matchAll(/^Version: (\S+)/gm),
      ].map(([, one]) => one ?? ''),
    async refuse(version) {
      const state = await ledger.claim('debian', `pool/main/d/demo/demo_${version}_all.deb`)
      if (state === undefined) throw new Error('the claim is not known')
      const verdict: Verdict = {
        outcome: 'blocked',
        reasons: [{ rule: 'test', text: 'bad' }],
        warnings: [],
        policy: policy.revision,
      }
      const sha256 = state.claim.digests.sha256 ?? ''
      await ledger.linkArtifact(state.claim, sha256, state.claim.sizeBytes ?? 0)
      await ledger.recordVerdict(
        state.claim,
        { ...EVIDENCE, sha256 },
        { ...verdict, sha256, examinationKey: 'test', decidedAt: now().toISOString(), actor: 'test' },
      )
      gate.invalidate(repository, 'archive')
    },
    close,
  }
}

const EVIDENCE = {
  sizeBytes: 1,
  type: 'deb',
  examinationKey: 'test',
  examinedAt: '2026-01-01T00:00:00.000Z',
  milliseconds: 1,
  findings: [],
  runs: [],
  summary: { hooks: [], nativeCode: [], fileCount: 0, unpackedBytes: 0 },
} as never as Parameters<Ledger['recordVerdict']>[1] & object

const dateOf = (release: string) => Date.parse(/^Date: (.*)$/m.exec(release)?.[1] ?? '')

describe('generations', () => {
  it('lose what is refused at once, without asking the upstream, and stay reachable by their digests', async () => {
    const running = await start()
    expect(await running.packages()).toEqual(['1.0', '2.0'])
    const [first] = await running.ledger.generations('debian', 'archive')
    const old = first?.documents[PACKAGES]?.sha256 ?? ''
    upstream.seen.length = 0
    await running.refuse('2.0')
    expect(await running.packages()).toEqual(['1.0'])
    expect(upstream.seen).toEqual([])
    const byHash = `dists/stable/main/binary-amd64/by-hash/SHA256/${old}`
    expect(await running.text(byHash)).not.toBe('')
    const release = await running.text('dists/stable/Release')
    expect(release).not.toContain(old)
    expect(running.published).toEqual([1, 2])
  })

  it('have times that grow by whole seconds, however fast they follow each other', async () => {
    const running = await start({ now: Date.parse('2026-06-01T12:00:00.400Z') })
    await running.packages()
    await running.refuse('2.0')
    await running.packages()
    const [second, first] = await running.ledger.generations('debian', 'archive')
    const seconds = (iso = '') => Math.floor(Date.parse(iso) / 1000)
    expect(seconds(second?.createdAt)).toBeGreaterThan(seconds(first?.createdAt))
    expect(dateOf(await running.text('dists/stable/Release'))).toBe(seconds(second?.createdAt) * 1000)
  })

  it('are never dated ahead of the clock: one that comes too soon, from another gateway, waits', async () => {
    const clock = { now: Date.parse('2026-06-01T12:00:00.400Z') }
    const [one, other] = [await start(clock), await start(clock)]
    await one.packages()
    await other.packages()
    const later = setTimeout(() => {
      clock.now += 700
    }, 500)
    await other.refuse('2.0')
    await vi.waitFor(async () => expect(await other.packages()).toEqual(['1.0']), 20_000)
    clearTimeout(later)
    const [newest] = await one.ledger.generations('debian', 'archive')
    expect(newest).toMatchObject({ number: 2, createdAt: '2026-06-01T12:00:01.100Z' })
  })

  it('are not made anew when nothing changed, not even by another process', async () => {
    const running = await start()
    await running.packages()
    running.gate.invalidate(running.repository, 'archive')
    await running.packages()
    await running.close()
    const again = await start({ now: Date.now() + 120_000 })
    await again.packages()
    await vi.waitFor(() => expect(upstream.requestsOf(`/${IN_RELEASE}`).length).toBeGreaterThan(1), 20_000)
    await again.packages()
    expect((await again.ledger.generations('debian', 'archive')).map(({ number }) => number)).toEqual([1])
  })

  it('are signed anew a day before they expire, by a timer and after a restart', async () => {
    const clock = { now: Date.now() }
    const first = await start(clock)
    const before = await first.text(IN_RELEASE)
    await first.close()
    clock.now += 6.5 * 24 * HOUR
    const running = await start(clock)
    running.gate.watch([running.repository])
    await vi.waitFor(() => expect(running.published).toEqual([2]), 30_000)
    const after = await running.text(IN_RELEASE)
    expect(dateOf(after) - dateOf(before)).toBeGreaterThan(6 * 24 * HOUR)
    expect(await running.packages()).toEqual(['1.0', '2.0'])
  })

  it('serve on while keys are damaged, are never unsigned, and follow repaired and rotated keys', async () => {
    const running = await start()
    running.gate.watch([running.repository])
    const before = await running.text(IN_RELEASE)
    const file = join(folder, 'keys/current/openpgp.asc')
    const key = readFileSync(file)
    writeFileSync(file, '-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nnothing\n')
    await vi.waitFor(
      () => expect(running.failures.map(({ code }) => code)).toContain('SIGNING_FAILED'),
      30_000,
    )
    await running.refuse('2.0')
    expect(await running.text(IN_RELEASE)).toBe(before)
    writeFileSync(file, key)
    await vi.waitFor(async () => expect(await running.packages()).toEqual(['1.0']), 30_000)
    const lengthOf = async () => (await running.text('dists/stable/Release.gpg')).length
    const single = await lengthOf()
    await rotateKeys(join(folder, 'keys'), 'Test gateway', new Date())
    await vi.waitFor(async () => expect(await lengthOf()).toBeGreaterThan(1.5 * single), 30_000)
  })

  it('cannot be had from an expired one: without a key the answer is a failure', async () => {
    const clock = { now: Date.now() }
    const running = await start(clock)
    await running.text(IN_RELEASE)
    writeFileSync(join(folder, 'keys/current/openpgp.asc'), 'nothing')
    clock.now += 7.1 * 24 * HOUR
    await expect(running.text(IN_RELEASE)).rejects.toMatchObject({ code: 'SIGNING_FAILED' })
  })

  it('have each its own number, whichever of two gateways made it, and are served by both', async () => {
    const clock = { now: Date.now() }
    const [one, two] = [await start(clock), await start(clock)]
    expect(await Promise.all([one.packages(), two.packages()])).toEqual([
      ['1.0', '2.0'],
      ['1.0', '2.0'],
    ])
    const numbers = async () =>
      (await one.ledger.generations('debian', 'archive')).map(({ number }) => number)
    expect(await numbers()).toEqual([1])
    clock.now += 5000
    await one.refuse('2.0')
    two.gate.invalidate(two.repository, 'archive')
    expect(await Promise.all([one.packages(), two.packages()])).toEqual([['1.0'], ['1.0']])
    expect(await numbers()).toEqual([2, 1])
    clock.now += 5000
    await one.refuse('1.0')
    expect(await one.packages()).toEqual([])
    const [newest] = await one.ledger.generations('debian', 'archive')
    const byHash = `dists/stable/main/binary-amd64/by-hash/SHA256/${newest?.documents[PACKAGES]?.sha256}`
    clock.now += 5000
    expect(await two.text(byHash)).not.toBe('')
    expect(await two.packages()).toEqual([])
    expect([...one.failures, ...two.failures]).toEqual([])
  })

  it('are checked against the keys that are pinned now, not those that were when they came', async () => {
    const other = await startAptUpstream()
    closing.push(() => other.close())
    const first = await start()
    await first.packages()
    await first.close()
    const clock = { now: Date.now() + 120_000 }
    const pinned = await start(clock, other.keyring)
    expect(await pinned.packages()).toEqual(['1.0', '2.0'])
    await vi.waitFor(
      () => expect(pinned.failures.map(({ code }) => code)).toContain('UPSTREAM_INVALID'),
      30_000,
    )
    expect(pinned.gate.troubles()).toEqual({ 'debian archive': expect.stringMatching(/^UPSTREAM_INVALID/) })
    await pinned.close()
    const again = await start({ now: Date.now() + 240_000 })
    again.gate.invalidate(again.repository, 'archive')
    expect(await again.packages()).toEqual(['1.0', '2.0'])
    expect(again.failures).toEqual([])
  })

  it('are answered as they were at a time, with dates of now', async () => {
    const clock = { now: Date.parse('2026-06-01T12:00:00Z') }
    const running = await start(clock)
    await running.packages()
    const then = clock.now + 500
    clock.now += 10_000
    await running.refuse('2.0')
    expect(await running.packages()).toEqual(['1.0'])
    clock.now += 20 * 24 * HOUR
    const kept = await running.ledger.generations('debian', 'archive')
    const times = kept.map(({ number, createdAt }) => `${number} ${createdAt}`).join(', ')
    expect(await running.packages(then), times).toEqual(['1.0', '2.0'])
    const release = await running.text('dists/stable/Release', then)
    expect(dateOf(release)).toBe(clock.now)
    expect(await running.text(IN_RELEASE, then)).toContain(
      /^ [0-9a-f]{64} .*Packages\.gz$/m.exec(release)?.[0],
    )
    await expect(running.text(IN_RELEASE, Date.parse('2026-05-01'))).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
  })
})
