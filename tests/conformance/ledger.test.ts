// What every ledger must do, whatever database it is.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ArtifactClaim } from '../../src/model/claim.ts'
import { allLedgers } from '../../src/storage/all.ts'
import type { Download, Generation, Ledger } from '../../src/storage/ledger.ts'
import { claimOf, claimsOf, DIGEST_A, DIGEST_B, evidenceOf, verdictOf } from '../support/ledger-facts.ts'

describe.each(allLedgers)('$scheme ledger', ({ openForTest }) => {
  let ledger: Ledger

  beforeEach(async () => {
    ledger = await openForTest()
  })

  afterEach(async () => {
    await ledger.close()
  })

  async function replace(...claims: readonly ArtifactClaim[]) {
    return ledger.replaceClaims('npm', 'left', claims)
  }

  async function approve(claim: ArtifactClaim, sha256 = DIGEST_A, decidedAt = '2025-01-01T00:00:01.000Z') {
    await ledger.linkArtifact(claim, sha256, 10)
    await ledger.recordVerdict(claim, evidenceOf({ sha256 }), verdictOf({ sha256, decidedAt }))
  }

  describe('claims', () => {
    it('come back as they were put in', async () => {
      const full = claimOf({ sizeBytes: 10, publishedAt: '2024-02-03T04:05:06.000Z' })
      const bare = claimOf({ version: '2.0.0', digests: {}, facts: {} })
      expect(await replace(full, bare)).toEqual({ added: 2, changed: 0, removed: 0 })
      expect(await ledger.claim('npm', full.path)).toEqual({ claim: full })
      expect(await ledger.claim('npm', bare.path)).toEqual({ claim: bare })
    })

    it('that no index made are not known', async () => {
      await replace(claimOf())
      expect(await ledger.claim('npm', 'other/-/other-1.0.0.tgz')).toBeUndefined()
      expect(await ledger.claim('pypi', claimOf().path)).toBeUndefined()
    })

    it('are not written when nothing differs', async () => {
      await replace(claimOf(), claimOf({ version: '2.0.0' }))
      const revision = await ledger.revision()
      expect(await replace(claimOf({ version: '2.0.0' }), claimOf())).toEqual({
        added: 0,
        changed: 0,
        removed: 0,
      })
      expect(await ledger.revision()).toBe(revision)
    })

    it('are added, changed and removed as the index says', async () => {
      await replace(claimOf(), claimOf({ version: '2.0.0' }))
      const changed = claimOf({ facts: { scripts: {} } })
      const added = claimOf({ version: '3.0.0' })
      expect(await replace(changed, added)).toEqual({ added: 1, changed: 1, removed: 1 })
      const versions = (await ledger.claimsOf('npm', 'left')).map(({ claim }) => claim.version)
      expect(versions.sort()).toEqual(['1.0.0', '3.0.0'])
      expect((await ledger.claim('npm', changed.path))?.claim).toEqual(changed)
    })

    it('of other index sets and repositories are left alone', async () => {
      await ledger.replaceClaims('npm', 'other', claimsOf('other', 3))
      await ledger.replaceClaims('mirror', 'left', [claimOf({ repository: 'mirror' })])
      await replace(claimOf())
      await replace()
      expect(await ledger.claimsOf('npm', 'left')).toEqual([])
      expect(await ledger.claimsOf('npm', 'other')).toHaveLength(3)
      expect((await ledger.claim('mirror', claimOf().path))?.claim.repository).toBe('mirror')
    })

    it('that are listed twice count once, the first', async () => {
      const first = claimOf({ facts: { order: 1 } })
      expect(await replace(first, claimOf({ facts: { order: 2 } }))).toMatchObject({ added: 1 })
      expect((await ledger.claim('npm', first.path))?.claim).toEqual(first)
    })

    it('move with their path to the index set that names it now', async () => {
      await ledger.replaceClaims('npm', 'old-key', [claimOf({ indexKey: 'old-key' })])
      expect(await replace(claimOf())).toEqual({ added: 0, changed: 1, removed: 0 })
      await ledger.replaceClaims('npm', 'old-key', [])
      expect((await ledger.claim('npm', claimOf().path))?.claim.indexKey).toBe('left')
    })

    it('of a large index are taken in full', async () => {
      const many = claimsOf('left', 2345)
      expect(await replace(...many)).toEqual({ added: 2345, changed: 0, removed: 0 })
      expect(await replace(...many.slice(5))).toEqual({ added: 0, changed: 0, removed: 5 })
      expect(await ledger.claimsOf('npm', 'left')).toHaveLength(2340)
    })

    it('are all or nothing when the index breaks off', async () => {
      await replace(claimOf())
      function* breaking() {
        yield* claimsOf('left', 10)
        throw new Error('index is broken')
      }
      await expect(ledger.replaceClaims('npm', 'left', breaking())).rejects.toThrow('index is broken')
      expect(await ledger.claimsOf('npm', 'left')).toEqual([{ claim: claimOf() }])
    })

    it('with quotes, zero bytes and every other character are data', async () => {
      const odd = claimOf({
        name: `o'dd"; drop table claims; --\u{1F600}`,
        indexKey: 'left',
        facts: { text: 'a\u0000b' },
      })
      await replace(odd)
      expect((await ledger.claim('npm', odd.path))?.claim).toEqual(odd)
    })
  })

  describe('artifacts', () => {
    it('are linked to the claim they matched', async () => {
      await replace(claimOf())
      await ledger.linkArtifact(claimOf(), DIGEST_A, 10)
      expect(await ledger.claim('npm', claimOf().path)).toEqual({
        claim: claimOf(),
        sha256: DIGEST_A,
        sizeBytes: 10,
      })
    })

    it('are not linked to a claim that changed meanwhile or is gone', async () => {
      await replace(claimOf())
      const other = claimOf({ digests: { sha512: '6'.repeat(128) } })
      await expect(ledger.linkArtifact(other, DIGEST_A, 10)).rejects.toMatchObject({ code: 'CLAIM_MISMATCH' })
      const gone = claimOf({ version: '9.9.9' })
      await expect(ledger.linkArtifact(gone, DIGEST_A, 10)).rejects.toMatchObject({ code: 'CLAIM_MISMATCH' })
      expect((await ledger.claim('npm', claimOf().path))?.sha256).toBeUndefined()
    })

    it('stay linked when only facts of the claim change', async () => {
      await replace(claimOf())
      await approve(claimOf())
      const changed = claimOf({ facts: { deprecated: 'use right' } })
      await replace(changed)
      expect(await ledger.claim('npm', changed.path)).toMatchObject({
        claim: changed,
        sha256: DIGEST_A,
        verdict: { outcome: 'approved' },
      })
    })

    it.each([
      ['another digest', { digests: { sha512: '6'.repeat(128), sha1: '1'.repeat(40) } }],
      ['a digest that was not promised before', { digests: { ...claimOf().digests, sha256: DIGEST_B } }],
      ['no digest any more', { digests: {} }],
      ['another size', { sizeBytes: 11 }],
    ])('are cut off with their verdict when the claim names %s', async (_, change) => {
      const former = claimOf({ sizeBytes: 10 })
      await replace(former)
      await approve(former)
      const changed = claimOf({ sizeBytes: 10, ...change })
      await replace(changed)
      expect(await ledger.claim('npm', changed.path)).toEqual({ claim: changed })
      expect(await ledger.decidedClaimsOf('npm', 'left')).toEqual([])
      expect(await ledger.verdictHistory('npm', changed.path)).toHaveLength(1)
    })

    it('stay linked when the claim repeats only the stronger of its digests', async () => {
      await replace(claimOf())
      await approve(claimOf())
      await replace(claimOf({ digests: { sha512: '5'.repeat(128) } }))
      expect((await ledger.claim('npm', claimOf().path))?.sha256).toBe(DIGEST_A)
    })

    it('that stood behind a claim formerly are told when it promises others', async () => {
      await replace(claimOf())
      await ledger.linkArtifact(claimOf(), DIGEST_A, 10)
      expect(await ledger.formerSha256(claimOf())).toBeUndefined()
      const swapped = claimOf({ digests: { sha512: '6'.repeat(128) } })
      expect(await ledger.formerSha256(swapped)).toBe(DIGEST_A)
      await replace(swapped)
      await ledger.linkArtifact(swapped, DIGEST_B, 11)
      expect(await ledger.formerSha256(swapped)).toBe(DIGEST_A)
    })

    it('that were there first are told even after others took their place', async () => {
      const bare = (url: string) => claimOf({ digests: {}, url })
      await replace(bare('http://upstream.test/1'))
      await ledger.linkArtifact(bare('http://upstream.test/1'), DIGEST_A, 10)
      await replace(bare('http://upstream.test/2'))
      await ledger.linkArtifact(bare('http://upstream.test/2'), DIGEST_B, 10)
      expect(await ledger.formerSha256(bare('http://upstream.test/2'))).toBe(DIGEST_A)
    })

    it('are remembered after their claim is gone, in that repository only', async () => {
      await replace(claimOf())
      await ledger.linkArtifact(claimOf(), DIGEST_A, 10)
      await replace()
      const other = { digests: { sha256: DIGEST_B } }
      expect(await ledger.formerSha256(claimOf(other))).toBe(DIGEST_A)
      expect(await ledger.formerSha256(claimOf({ repository: 'mirror', ...other }))).toBeUndefined()
      expect(await ledger.formerSha256(claimOf({ digests: { sha256: DIGEST_A } }))).toBeUndefined()
      expect(await ledger.formerSha256(claimOf({ version: '2.0.0', digests: {} }))).toBeUndefined()
    })
  })

  describe('verdicts', () => {
    beforeEach(async () => {
      await replace(claimOf())
      await ledger.linkArtifact(claimOf(), DIGEST_A, 10)
    })

    it('come with the claim, complete', async () => {
      const verdict = verdictOf({
        outcome: 'held',
        reasons: [{ rule: 'cooldown', severity: 'low', text: 'too young', file: 'a.js', line: 3 }],
        warnings: [{ rule: 'npm-install-hook', text: 'runs at install' }],
        reconsiderAt: '2025-01-02T00:00:00.000Z',
      })
      await ledger.recordVerdict(claimOf(), evidenceOf(), verdict)
      expect((await ledger.claim('npm', claimOf().path))?.verdict).toEqual(verdict)
      expect((await ledger.decidedClaimsOf('npm', 'left')).map((state) => state.verdict)).toEqual([verdict])
      expect(await ledger.evidence(DIGEST_A, 'npm')).toEqual(evidenceOf())
    })

    it('replace one another at the claim and stay in the history, newest first', async () => {
      await ledger.recordVerdict(claimOf(), evidenceOf(), verdictOf())
      await ledger.recordVerdict(claimOf(), undefined, verdictOf({ outcome: 'blocked', actor: 'advisory' }))
      expect((await ledger.claim('npm', claimOf().path))?.verdict?.outcome).toBe('blocked')
      const history = await ledger.verdictHistory('npm', claimOf().path)
      expect(history.map((verdict) => verdict.outcome)).toEqual(['blocked', 'approved'])
    })

    it('that only repeat the newest one are not written again', async () => {
      const blocked = verdictOf({ outcome: 'blocked', sha256: '', examinationKey: '' })
      await ledger.recordVerdict(claimOf(), undefined, blocked)
      const revision = await ledger.revision()
      await ledger.recordVerdict(claimOf(), undefined, { ...blocked, decidedAt: '2026-01-01T00:00:00.000Z' })
      expect(await ledger.verdictHistory('npm', claimOf().path)).toEqual([blocked])
      expect(await ledger.revision()).toBe(revision)
      await ledger.recordVerdict(claimOf(), undefined, { ...blocked, actor: 'rescan' })
      expect(await ledger.verdictHistory('npm', claimOf().path)).toHaveLength(2)
    })

    it('made without bytes leave the claim’s verdict on its bytes in place', async () => {
      await ledger.recordVerdict(claimOf(), evidenceOf(), verdictOf())
      await ledger.recordVerdict(claimOf(), undefined, verdictOf({ outcome: 'held', sha256: '' }))
      expect((await ledger.claim('npm', claimOf().path))?.verdict).toEqual(verdictOf())
      expect((await ledger.verdicts({ name: 'left' })).map(({ outcome }) => outcome)).toEqual(['held'])
    })

    it('on other bytes than the linked ones do not become the claim’s', async () => {
      await ledger.recordVerdict(claimOf(), evidenceOf({ sha256: DIGEST_B }), verdictOf({ sha256: DIGEST_B }))
      expect((await ledger.claim('npm', claimOf().path))?.verdict).toBeUndefined()
      expect(await ledger.verdictHistory('npm', claimOf().path)).toHaveLength(1)
    })

    it('return with the bytes they were about', async () => {
      await ledger.recordVerdict(claimOf(), evidenceOf(), verdictOf({ outcome: 'blocked' }))
      await replace(claimOf({ digests: { sha512: '6'.repeat(128) } }))
      await replace(claimOf())
      expect((await ledger.claim('npm', claimOf().path))?.verdict).toBeUndefined()
      await ledger.linkArtifact(claimOf(), DIGEST_A, 10)
      expect((await ledger.claim('npm', claimOf().path))?.verdict?.outcome).toBe('blocked')
    })

    it('that approve without evidence are refused, and nothing is written', async () => {
      await expect(ledger.recordVerdict(claimOf(), undefined, verdictOf())).rejects.toMatchObject({
        code: 'INTERNAL',
      })
      expect(await ledger.verdictHistory('npm', claimOf().path)).toEqual([])
    })

    it.each([
      ['other bytes', { sha256: DIGEST_B }],
      ['another examination', { examinationKey: 'examination-2' }],
      ['another package type', { type: 'pypi' as const }],
    ])('with evidence of %s are refused, and nothing is written', async (_, change) => {
      const wrong = ledger.recordVerdict(claimOf(), evidenceOf(change), verdictOf())
      await expect(wrong).rejects.toMatchObject({ code: 'INTERNAL' })
      expect(await ledger.verdictHistory('npm', claimOf().path)).toEqual([])
      expect(await ledger.evidence(DIGEST_A, 'npm')).toBeUndefined()
    })

    it('stand on evidence of these bytes in this package type', async () => {
      await ledger.recordVerdict(claimOf(), evidenceOf(), verdictOf())
      expect(await ledger.evidence(DIGEST_B, 'npm')).toBeUndefined()
      expect(await ledger.evidence(DIGEST_A, 'pypi')).toBeUndefined()
    })

    it('stand on the newest evidence', async () => {
      const second = evidenceOf({ examinationKey: 'examination-2', findings: [] })
      await ledger.recordVerdict(claimOf(), evidenceOf(), verdictOf())
      await ledger.recordVerdict(claimOf(), second, verdictOf({ examinationKey: 'examination-2' }))
      expect(await ledger.evidence(DIGEST_A, 'npm')).toEqual(second)
      const again = evidenceOf({ examinedAt: '2025-05-05T00:00:00.000Z' })
      await ledger.recordVerdict(claimOf(), again, verdictOf())
      expect(await ledger.evidence(DIGEST_A, 'npm')).toEqual(again)
      expect(await ledger.evidence(DIGEST_A, 'npm', 'examination-2')).toEqual(second)
      expect(await ledger.evidence(DIGEST_A, 'npm', 'examination-3')).toBeUndefined()
    })

    it('are found by every part of the filter, newest of each path only', async () => {
      const other = claimOf({ version: '2.0.0' })
      await replace(claimOf(), other)
      await ledger.recordVerdict(claimOf(), evidenceOf(), verdictOf())
      await ledger.recordVerdict(claimOf(), undefined, verdictOf({ outcome: 'blocked' }))
      await approve(other, DIGEST_B)
      const found = async (filter: Parameters<Ledger['verdicts']>[0]) =>
        (await ledger.verdicts(filter)).map(({ version, outcome }) => `${version} ${outcome}`)
      expect(await found({})).toEqual(['2.0.0 approved', '1.0.0 blocked'])
      expect(await found({ limit: 1 })).toEqual(['2.0.0 approved'])
      expect(await found({ outcome: 'approved' })).toEqual(['2.0.0 approved'])
      expect(await found({ sha256: DIGEST_A })).toEqual(['1.0.0 blocked'])
      expect(await found({ type: 'npm', name: 'left', version: '1.0.0' })).toEqual(['1.0.0 blocked'])
      expect(await found({ repository: 'pypi' })).toEqual([])
      expect(await found({ outcomes: ['held', 'blocked'] })).toEqual(['1.0.0 blocked'])
      const [first] = await ledger.verdicts({ limit: 1 })
      expect(await found({ before: first?.number ?? 0 })).toEqual(['1.0.0 blocked'])
    })

    it('tell the last approved version, which is not one that was blocked since', async () => {
      const [second, third] = [claimOf({ version: '2.0.0' }), claimOf({ version: '3.0.0' })]
      await replace(claimOf(), second, third)
      await approve(claimOf(), DIGEST_A, '2025-01-01T00:00:00.000Z')
      await approve(second, DIGEST_B, '2025-01-02T00:00:00.000Z')
      await approve(third, 'c'.repeat(64), '2025-01-03T00:00:00.000Z')
      const last = async (except: string) => (await ledger.lastApproved('npm', 'left', except))?.version
      expect(await last('4.0.0')).toBe('3.0.0')
      expect(await last('3.0.0')).toBe('2.0.0')
      expect((await ledger.lastApproved('npm', 'left', '3.0.0'))?.evidence.sha256).toBe(DIGEST_B)
      await ledger.recordVerdict(third, undefined, verdictOf({ sha256: 'c'.repeat(64), outcome: 'blocked' }))
      expect(await last('4.0.0')).toBe('2.0.0')
      expect(await ledger.lastApproved('npm', 'right', '1.0.0')).toBeUndefined()
    })
  })

  describe('downloads and attempts', () => {
    const download = (change: Partial<Download> = {}): Download => ({
      repository: 'npm',
      path: claimOf().path,
      sha256: DIGEST_A,
      at: '2025-01-01T00:00:00.000Z',
      clientAddress: '127.0.0.1',
      userAgent: 'npm/11',
      status: 200,
      ...change,
    })

    it('are recorded and found, newest first', async () => {
      const labelled = download({ tokenLabel: 'ci', sha256: DIGEST_B })
      await ledger.recordDownloads([download(), labelled])
      await ledger.recordDownloads([])
      expect(await ledger.downloads({})).toEqual([labelled, download()])
      expect(await ledger.downloads({ sha256: DIGEST_B })).toEqual([labelled])
      expect(await ledger.downloads({ repository: 'npm', path: claimOf().path, limit: 1 })).toEqual([
        labelled,
      ])
      expect(await ledger.downloads({ path: 'elsewhere' })).toEqual([])
    })

    it('in any number are recorded in full', async () => {
      await ledger.recordDownloads(Array.from({ length: 1234 }, (_, index) => download({ status: index })))
      const found = await ledger.downloads({ limit: 5000 })
      expect(new Set(found.map(({ status }) => status)).size).toBe(1234)
    })

    it('do not make cached answers stale', async () => {
      const revision = await ledger.revision()
      await ledger.recordDownloads([download()])
      expect(await ledger.revision()).toBe(revision)
    })

    it('that failed are kept, newest first, a hundred of each path', async () => {
      const attempt = { repository: 'npm', path: claimOf().path, at: 'now', code: 'TOO_LARGE' as string }
      for (let count = 0; count < 120; count += 1) {
        await ledger.recordAttempt({ ...attempt, message: `${count}` })
      }
      await ledger.recordAttempt({ ...attempt, path: 'other', message: 'other' })
      const kept = (await ledger.attempts('npm', claimOf().path)).map(({ message }) => message)
      expect(kept).toHaveLength(100)
      expect([kept[0], kept[99]]).toEqual(['119', '20'])
      expect(await ledger.attempts('npm', 'other')).toEqual([{ ...attempt, path: 'other', message: 'other' }])
    })
  })

  describe('index sets and generations', () => {
    const document = (sha256: string) => ({
      name: 'packument',
      url: 'http://upstream.test/left',
      sha256,
      sizeBytes: 5,
    })
    const generation = (number: number, sha256 = DIGEST_A): Generation => ({
      repository: 'debian',
      key: 'bookworm',
      number,
      createdAt: '2025-01-01T00:00:00.000Z',
      documents: { InRelease: { sha256, sizeBytes: 7, contentType: 'text/plain' } },
      inputKey: `input-${number}`,
    })

    it('come back as they were put in, the newer one', async () => {
      const set = { key: 'left', documents: [document(DIGEST_A)], facts: { serial: 3 } }
      expect(await ledger.indexSet('npm', 'left')).toBeUndefined()
      await ledger.putIndexSet('npm', { ...set, facts: {} }, '2025-01-01T00:00:00.000Z')
      await ledger.putIndexSet('npm', set, '2025-01-02T00:00:00.000Z')
      expect(await ledger.indexSet('npm', 'left')).toEqual({ set, fetchedAt: '2025-01-02T00:00:00.000Z' })
      expect(await ledger.indexSet('pypi', 'left')).toBeUndefined()
    })

    it('are listed newest first', async () => {
      for (const number of [1, 2, 3]) await ledger.putGeneration(generation(number))
      expect(await ledger.generations('debian', 'bookworm')).toEqual(
        [3, 2, 1].map((number) => generation(number)),
      )
      expect(await ledger.generations('debian', 'bookworm', 1)).toEqual([generation(3)])
      expect(await ledger.generations('debian', 'trixie')).toEqual([])
    })

    it('hold their blobs, and let go of those they no longer name', async () => {
      const set = (sha256: string) => ({
        key: 'left',
        documents: [document(sha256), document(sha256)],
        facts: {},
      })
      await ledger.putIndexSet('npm', set(DIGEST_A), 'now')
      expect(await ledger.isReferenced(DIGEST_A)).toBe(true)
      await ledger.putIndexSet('npm', set(DIGEST_B), 'now')
      expect(await ledger.isReferenced(DIGEST_A)).toBe(false)
      expect(await ledger.isReferenced(DIGEST_B)).toBe(true)
    })

    it('hold their blobs as generations, but the oldest go', async () => {
      await ledger.putGeneration(generation(1, DIGEST_B))
      for (let number = 2; number <= 20; number += 1) await ledger.putGeneration(generation(number))
      expect(await ledger.isReferenced(DIGEST_B)).toBe(true)
      await ledger.putGeneration(generation(21))
      expect(await ledger.isReferenced(DIGEST_B)).toBe(false)
      expect(await ledger.generations('debian', 'bookworm')).toHaveLength(20)
    })

    it('are not all that holds a blob: a claim does, as long as it is linked', async () => {
      await replace(claimOf())
      expect(await ledger.isReferenced(DIGEST_A)).toBe(false)
      await ledger.linkArtifact(claimOf(), DIGEST_A, 10)
      expect(await ledger.isReferenced(DIGEST_A)).toBe(true)
      await replace()
      expect(await ledger.isReferenced(DIGEST_A)).toBe(false)
    })
  })

  describe('revision and settings', () => {
    it('a setting comes back, the newer one', async () => {
      expect(await ledger.setting('policy')).toBeUndefined()
      await ledger.putSetting('policy', 'one')
      await ledger.putSetting('policy', 'two')
      expect(await ledger.setting('policy')).toBe('two')
    })

    it('the revision grows with every change that makes an answer stale, and with nothing else', async () => {
      await replace(claimOf())
      const grows = async (action: () => Promise<unknown>) => {
        const before = await ledger.revision()
        await action()
        return (await ledger.revision()) > before
      }
      expect(await grows(() => replace(claimOf(), claimOf({ version: '2.0.0' })))).toBe(true)
      expect(await grows(() => ledger.linkArtifact(claimOf(), DIGEST_A, 1))).toBe(true)
      expect(await grows(() => ledger.recordVerdict(claimOf(), evidenceOf(), verdictOf()))).toBe(true)
      expect(await grows(() => ledger.putSetting('policy', 'one'))).toBe(true)
      expect(await grows(() => ledger.putSetting('policy', 'one'))).toBe(false)
      expect(
        await grows(() => ledger.putIndexSet('npm', { key: 'x', documents: [], facts: {} }, 'now')),
      ).toBe(false)
      expect(await grows(() => ledger.check())).toBe(false)
    })

    it('calls at the same time do not disturb each other', async () => {
      const many = claimsOf('left', 300)
      await replace(...many)
      const work = many.map(async (claim, index) => {
        const sha256 = String(index).padStart(64, '0')
        await approve(claim, sha256)
        return (await ledger.claim('npm', claim.path))?.verdict?.sha256 === sha256
      })
      expect((await Promise.all(work)).every(Boolean)).toBe(true)
      expect(await ledger.decidedClaimsOf('npm', 'left')).toHaveLength(300)
    })
  })
})
