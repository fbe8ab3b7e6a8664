// What every ledger must do with advisories, whatever database it is.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AdvisoryRecord } from '../../src/model/advisory.ts'
import type { FeedOutcome } from '../../src/storage/advisories-store.ts'
import { allLedgers } from '../../src/storage/all.ts'
import type { Ledger } from '../../src/storage/ledger.ts'
import { claimOf, DIGEST_A, evidenceOf, verdictOf } from '../support/ledger-facts.ts'

const AT = '2026-01-01T00:00:00.000Z'

function outcomeOf(change: Partial<FeedOutcome> = {}): FeedOutcome {
  return {
    kind: 'osv',
    source: 'http://feeds.test/npm',
    types: ['npm'],
    audits: ['npm'],
    at: AT,
    records: 1,
    withdrawn: 0,
    foreign: 0,
    broken: 0,
    brokenExamples: [],
    ...change,
  }
}

function recordOf(id: string, name: string, change: Partial<AdvisoryRecord> = {}): AdvisoryRecord {
  return {
    id,
    kind: 'vulnerability',
    summary: `a hole in ${name}`,
    source: 'test',
    modified: AT,
    withdrawn: false,
    severity: 'high',
    aliases: [],
    affected: [
      {
        type: 'npm',
        name,
        release: '',
        names: 'either',
        ranges: [{ events: [{ introduced: '0' }, { fixed: '2.0.0' }] }],
        versions: [],
      },
    ],
    ...change,
  }
}

describe.each(allLedgers)('advisories in the $scheme ledger', ({ openForTest }) => {
  let ledger: Ledger

  beforeEach(async () => {
    ledger = await openForTest()
  })

  afterEach(async () => {
    await ledger.close()
  })

  async function importWhole(feed: string, ...records: readonly AdvisoryRecord[]) {
    const run = await ledger.advisories.beginImport(feed)
    await run.add(records)
    return run.finish(outcomeOf({ records: records.length }), true)
  }

  const idsOf = async (name: string) =>
    (await ledger.advisories.entriesOf('npm', [name])).map(({ id }) => id).sort()

  it('are found by package, with all that was said of them', async () => {
    const record = recordOf('GHSA-1', 'left', { aliases: ['CVE-2026-1'], score: 7.5 })
    await importWhole('osv', record, recordOf('GHSA-2', 'right'))
    const { affected, ...facts } = record
    expect(await ledger.advisories.entriesOf('npm', ['left'])).toEqual([{ ...facts, ...affected[0] }])
    expect(await ledger.advisories.entriesOf('pypi', ['left'])).toEqual([])
    expect(await ledger.advisories.entriesOfAdvisory('CVE-2026-1')).toHaveLength(1)
    expect(await ledger.advisories.entriesOfAdvisory('GHSA-2')).toHaveLength(1)
  })

  it('are not seen before the import is finished, and never when it is abandoned', async () => {
    await importWhole('osv', recordOf('OLD', 'left'))
    const run = await ledger.advisories.beginImport('osv')
    await run.add([recordOf('NEW', 'left'), recordOf('OLD', 'other')])
    expect(await idsOf('left')).toEqual(['OLD'])
    await run.abandon()
    expect(await idsOf('left')).toEqual(['OLD'])
    expect(await idsOf('other')).toEqual([])
    const again = await importWhole('osv', recordOf('NEW', 'left'))
    expect(again.removed).toBe(1)
    expect(await idsOf('left')).toEqual(['NEW'])
  })

  it('change at once, and say which packages they touch', async () => {
    await importWhole('osv', recordOf('A', 'left'), recordOf('B', 'right'), recordOf('C', 'middle'))
    const before = await ledger.advisories.serial()
    const changed = recordOf('B', 'right', { withdrawn: true })
    const { changes, removed } = await importWhole(
      'osv',
      recordOf('A', 'left'),
      changed,
      recordOf('D', 'new'),
    )
    expect(removed).toBe(1)
    expect(changes.serial).toBeGreaterThan(before)
    expect(changes.touched.map(({ name }) => name).sort()).toEqual(['middle', 'new', 'right'])
    expect(await ledger.advisories.changesSince(before)).toEqual({ ...changes, everything: false })
    expect((await ledger.advisories.entriesOf('npm', ['right']))[0]?.withdrawn).toBe(true)
    expect(await idsOf('middle')).toEqual([])
  })

  it('that say the same as before touch nothing, but the feed was checked', async () => {
    await importWhole('osv', recordOf('A', 'left'))
    const serial = await ledger.advisories.serial()
    const run = await ledger.advisories.beginImport('osv')
    await run.add([recordOf('A', 'left')])
    await run.finish(outcomeOf({ at: '2026-01-02T00:00:00.000Z' }), true)
    expect(await ledger.advisories.serial()).toBe(serial)
    const [feed] = await ledger.advisories.feeds()
    expect(feed).toMatchObject({ checkedAt: '2026-01-02T00:00:00.000Z', importedAt: AT })
  })

  it('of an increment join the others; of two with one id the newest counts', async () => {
    await importWhole('osv', recordOf('A', 'left'))
    const run = await ledger.advisories.beginImport('osv')
    await run.add([recordOf('B', 'left', { modified: '2026-01-03T00:00:00Z', summary: 'newest' })])
    await run.add([recordOf('B', 'left', { modified: '2026-01-02T00:00:00Z', summary: 'older' })])
    await run.finish(outcomeOf(), false)
    expect(await idsOf('left')).toEqual(['A', 'B'])
    const [entry] = await ledger.advisories.entriesOfAdvisory('B')
    expect(entry?.summary).toBe('newest')
    expect((await ledger.advisories.feeds())[0]).toMatchObject({ records: 2, withdrawn: 0 })
  })

  it('are imported by one at a time', async () => {
    const run = await ledger.advisories.beginImport('osv')
    await expect(ledger.advisories.beginImport('osv')).rejects.toMatchObject({ code: 'BUSY' })
    const other = await ledger.advisories.beginImport('another')
    await other.abandon()
    await run.abandon()
    await (await ledger.advisories.beginImport('osv')).abandon()
  })

  it('keep their records when the feed fails, and say why', async () => {
    await importWhole('osv', recordOf('A', 'left'))
    await ledger.advisories.feedFailed('osv', 'osv', 'http://feeds.test', AT, 'the zip is truncated')
    expect(await idsOf('left')).toEqual(['A'])
    expect((await ledger.advisories.feeds())[0]?.lastError).toEqual({
      at: AT,
      message: 'the zip is truncated',
    })
    await ledger.advisories.feedUnchanged('osv', AT)
    expect((await ledger.advisories.feeds())[0]?.lastError).toBeUndefined()
  })

  it('are joined with what KEV and EPSS say, which touches what they name', async () => {
    await importWhole('osv', recordOf('GHSA-1', 'left', { aliases: ['CVE-2026-1'] }))
    const kev = outcomeOf({ kind: 'kev', types: [] })
    const { touched } = await ledger.advisories.replaceScores('kev', new Map([['CVE-2026-1', 1]]), kev)
    expect(touched).toEqual([{ type: 'npm', name: 'left' }])
    const epss = outcomeOf({ kind: 'epss', types: [] })
    await ledger.advisories.replaceScores('epss', new Map([['CVE-2026-1', 0.25]]), epss)
    expect((await ledger.advisories.entriesOf('npm', ['left']))[0]).toMatchObject({ kev: true, epss: 0.25 })
    await ledger.advisories.replaceScores('kev', new Map(), kev)
    const [entry] = await ledger.advisories.entriesOf('npm', ['left'])
    expect(entry).not.toHaveProperty('kev')
    expect(entry?.epss).toBe(0.25)
  })

  it('go with their feed', async () => {
    await importWhole('osv', recordOf('A', 'left'))
    expect(await ledger.advisories.dropFeed('osv')).toMatchObject({ everything: true })
    expect(await idsOf('left')).toEqual([])
    expect(await ledger.advisories.feeds()).toEqual([])
  })

  it('of a release are those of every release and its own parts', async () => {
    const debian = (id: string, release: string) => {
      const [affected] = recordOf(id, 'left').affected
      return recordOf(id, 'left', {
        affected: affected === undefined ? [] : [{ ...affected, type: 'deb', release }],
      })
    }
    await importWhole(
      'osv',
      debian('A', 'Debian:12'),
      debian('B', 'Debian:11'),
      debian('C', ''),
      debian('D', 'Debian:12:part'),
    )
    const found = await ledger.advisories.entriesOfReleases('deb', ['Debian:12'])
    expect(found.map(({ id }) => id).sort()).toEqual(['A', 'C', 'D'])
  })

  it('tell which claims with a verdict a package names, as binary or as source', async () => {
    const claims = [
      claimOf({ type: 'deb', name: 'libleft1', path: 'pool/a.deb', facts: { source: 'left' } }),
      claimOf({
        type: 'rpm',
        name: 'left-libs',
        path: 'Packages/b.rpm',
        facts: { source: 'left-2.0-1.el9.src.rpm' },
      }),
      claimOf({
        type: 'rpm',
        name: 'left-x-libs',
        path: 'Packages/c.rpm',
        facts: { source: 'left-x-2.0-1.el9.src.rpm' },
      }),
      claimOf({ type: 'npm', name: 'left', path: 'left.tgz' }),
      claimOf({ type: 'npm', name: 'left', version: '2.0.0', path: 'undecided.tgz' }),
    ]
    await ledger.replaceClaims('npm', 'left', claims)
    for (const claim of claims.slice(0, 4)) {
      await ledger.linkArtifact(claim, DIGEST_A, 10)
      await ledger.recordVerdict(claim, evidenceOf({ type: claim.type }), verdictOf())
    }
    const touched = async (type: 'npm' | 'deb' | 'rpm') =>
      (await ledger.advisories.decidedPlaces([{ type, name: 'left' }])).map(({ path }) => path)
    expect(await touched('npm')).toEqual(['left.tgz'])
    expect(await touched('deb')).toEqual(['pool/a.deb'])
    expect(await touched('rpm')).toEqual(['Packages/b.rpm'])
  })
})
