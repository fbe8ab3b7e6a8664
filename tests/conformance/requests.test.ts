// What every ledger must remember of requests, recalls and deliveries.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { allLedgers } from '../../src/storage/all.ts'
import type { Download, Ledger } from '../../src/storage/ledger.ts'
import type { Recall } from '../../src/storage/recalls.ts'
import type { RefusedRequest } from '../../src/storage/requests.ts'
import { claimOf, DIGEST_A, evidenceOf, verdictOf } from '../support/ledger-facts.ts'

const CLAIM = claimOf()

function downloadOf(change: Partial<Download> = {}): Download {
  return {
    ...{ repository: 'npm', path: CLAIM.path, sha256: DIGEST_A, at: '2025-01-02T00:00:00.000Z' },
    ...{ clientAddress: '10.0.0.1', userAgent: 'npm/11', status: 200 },
    ...change,
  }
}

function refusalOf(change: Partial<RefusedRequest> = {}): RefusedRequest {
  return {
    ...{ repository: 'npm', path: CLAIM.path, at: '2025-01-03T00:00:00.000Z', outcome: 'blocked', rule: 'x' },
    ...{ clientAddress: '10.0.0.2', userAgent: 'npm/11' },
    ...change,
  }
}

const RECALL: Recall = {
  ...{ repository: 'npm', path: CLAIM.path, type: 'npm', name: 'left', version: '1.0.0', sha256: DIGEST_A },
  ...{ at: '2025-01-04T00:00:00.000Z', outcome: 'blocked' },
  reasons: [{ rule: 'known-malware', text: 'malware: MAL-2025-12: Malicious code' }],
}

describe.each(allLedgers)('$scheme ledger', ({ openForTest }) => {
  let ledger: Ledger

  beforeEach(async () => {
    ledger = await openForTest()
    await ledger.replaceClaims('npm', 'left', [CLAIM])
    await ledger.linkArtifact(CLAIM, DIGEST_A, 10)
    await ledger.recordVerdict(CLAIM, evidenceOf(), verdictOf())
  })

  afterEach(() => ledger.close())

  it('refusals come back, and are forgotten by age', async () => {
    const labelled = refusalOf({ tokenLabel: 'ci', at: '2025-02-01T00:00:00.000Z', outcome: 'held' })
    await ledger.requests.recordRefusals([refusalOf(), labelled])
    expect(await ledger.requests.refusals({ repository: 'npm' })).toEqual([labelled, refusalOf()])
    await ledger.requests.dropRefusals('2025-01-31T00:00:00.000Z')
    expect(await ledger.requests.refusals({})).toEqual([labelled])
  })

  it('what was asked for is counted since a time, served and refused', async () => {
    await ledger.recordDownloads([downloadOf({ at: '2024-01-01T00:00:00.000Z' }), downloadOf(), downloadOf()])
    await ledger.requests.recordRefusals([refusalOf(), refusalOf({ path: 'other' })])
    expect(await ledger.requests.requestedSince('2025-01-01T00:00:00.000Z')).toEqual([
      { repository: 'npm', path: CLAIM.path, served: 2, refused: 1, lastAt: '2025-01-03T00:00:00.000Z' },
      { repository: 'npm', path: 'other', served: 0, refused: 1, lastAt: '2025-01-03T00:00:00.000Z' },
    ])
  })

  it('recipients of bytes are told once each, and packages by what was served of them', async () => {
    const late = '2025-01-05T00:00:00.000Z'
    await ledger.recordDownloads([
      downloadOf(),
      downloadOf({ at: late }),
      downloadOf({ tokenLabel: 'ci', clientAddress: '10.0.0.9', at: late }),
    ])
    expect(await ledger.requests.recipientsOf('npm', CLAIM.path, DIGEST_A)).toEqual([
      {
        ...{ clientAddress: '10.0.0.1', userAgent: 'npm/11', downloads: 2 },
        ...{ firstAt: '2025-01-02T00:00:00.000Z', lastAt: late },
      },
      {
        clientAddress: '10.0.0.9',
        tokenLabel: 'ci',
        userAgent: 'npm/11',
        downloads: 1,
        firstAt: late,
        lastAt: late,
      },
    ])
    expect(await ledger.requests.servedVersions('npm', 'left')).toEqual(['1.0.0'])
    expect(await ledger.requests.servedVersions('npm', 'right')).toEqual([])
    const served = { repository: 'npm', path: CLAIM.path, name: 'left', version: '1.0.0', sha256: DIGEST_A }
    expect(await ledger.requests.served({ type: 'npm', name: 'left' })).toEqual([served])
    // An upstream that removes a version does not remove who has it.
    await ledger.replaceClaims('npm', 'left', [])
    expect(await ledger.requests.served({ type: 'npm', name: 'left', version: '1.0.0' })).toEqual([served])
    expect(await ledger.requests.served({ type: 'npm', name: 'left', version: '2.0.0' })).toEqual([])
  })

  it('verdicts are followed by number, and those on bytes walked in pages', async () => {
    const first = await ledger.requests.newestVerdictId()
    expect((await ledger.requests.decided(0, 10)).map(({ id, version }) => [id, version])).toEqual([
      [first, '1.0.0'],
    ])
    expect(await ledger.requests.decided(first, 10)).toEqual([])
    await ledger.recordVerdict(
      CLAIM,
      undefined,
      verdictOf({ sha256: '', examinationKey: '', outcome: 'blocked' }),
    )
    const after = await ledger.requests.verdictsAfter(first)
    expect(after.entries.map(({ outcome }) => outcome)).toEqual(['blocked'])
    expect(await ledger.requests.verdictsAfter(after.id)).toEqual({ id: after.id, entries: [] })
    // A refusal without bytes does not hide what was approved.
    expect((await ledger.requests.decided(0, 10)).map(({ outcome }) => outcome)).toEqual(['approved'])
  })

  it('a recall stands once until it is restored, and is found by package and by advisory', async () => {
    expect(await ledger.recalls.record(RECALL)).toBe(true)
    expect(await ledger.recalls.record(RECALL)).toBe(false)
    expect(await ledger.recalls.list({ mentions: 'MAL-2025-12' })).toEqual([RECALL])
    expect(await ledger.recalls.list({ mentions: 'MAL-2025-1' })).toEqual([])
    expect(await ledger.recalls.list({ type: 'npm', name: 'left', version: '2.0.0' })).toEqual([])
    const restoredAt = '2025-01-05T00:00:00.000Z'
    expect(await ledger.recalls.restore('npm', CLAIM.path, restoredAt)).toBe(true)
    expect(await ledger.recalls.restore('npm', CLAIM.path, restoredAt)).toBe(false)
    expect(await ledger.recalls.record(RECALL)).toBe(true)
    expect(await ledger.recalls.list({ name: 'left' })).toEqual([RECALL, { ...RECALL, restoredAt }])
  })

  it('deliveries wait for their time, and done ones are forgotten by age', async () => {
    const at = '2025-01-01T00:00:00.000Z'
    const late = '2025-01-01T01:00:00.000Z'
    const { deliveries } = ledger
    for (const subject of ['a', 'b'])
      await deliveries.add({ channel: 'ops', event: 'recall', subject, body: '{}', createdAt: at })
    const [first] = await deliveries.due(at, 10)
    expect(first).toMatchObject({ subject: 'a', status: 'waiting', attempts: 0, nextAt: at })
    await deliveries.update(first?.id ?? -1, { status: 'waiting', attempts: 1, nextAt: late, error: 'why' })
    expect((await deliveries.due(at, 10)).map(({ subject }) => subject)).toEqual(['b'])
    expect((await deliveries.due(late, 10)).map(({ subject }) => subject)).toEqual(['b', 'a'])
    await deliveries.update(first?.id ?? -1, { status: 'failed', attempts: 2, nextAt: late, error: 'why' })
    expect(await deliveries.list({ status: 'failed' })).toMatchObject([
      { subject: 'a', attempts: 2, error: 'why' },
    ])
    await deliveries.drop(late)
    expect((await deliveries.list({})).map(({ subject }) => subject)).toEqual(['b'])
  })
})
