// What every ledger must do with the audit log, with tokens and with exceptions, whatever database it is.
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Waiver } from '../../src/model/waiver.ts'
import { allLedgers } from '../../src/storage/all.ts'
import type { AuditFact } from '../../src/storage/audit.ts'
import { CHAIN_START, chainHash } from '../../src/storage/audit-chain.ts'
import type { Ledger } from '../../src/storage/ledger.ts'
import type { StoredToken } from '../../src/storage/tokens.ts'

const AT = '2026-01-02T03:04:05.000Z'

const fact = (subject: string, change: Partial<AuditFact> = {}): AuditFact => ({
  at: AT,
  actor: 'alice',
  action: 'tried',
  subject,
  details: { subject },
  ...change,
})

const token = (id: string, change: Partial<StoredToken> = {}): StoredToken => ({
  id,
  label: `label-${id}`,
  role: 'client',
  repositories: ['npm', 'pypi*'],
  secretSha256: 'a'.repeat(64),
  createdAt: AT,
  createdBy: 'alice',
  ...change,
})

const waiver = (id: string, change: Partial<Waiver> = {}): Waiver => ({
  id,
  effect: 'waive',
  type: 'npm',
  name: 'left',
  rules: ['*'],
  force: false,
  reason: 'why not',
  actor: 'alice',
  createdAt: AT,
  expiresAt: '2026-02-02T00:00:00.000Z',
  ...change,
})

describe.each(allLedgers)('$scheme ledger', ({ openForTest }) => {
  let ledger: Ledger

  beforeEach(async () => {
    ledger = await openForTest()
  })

  afterEach(async () => {
    await ledger.close()
  })

  /** Makes everything that appends fail until it is called. */
  function failAudit(): () => void {
    let fails = true
    ledger.audit.copyTo({
      async write() {
        if (fails) throw new Error('no room')
      },
      check: () => {},
    })
    return () => (fails = false)
  }

  describe('the audit log', () => {
    it('is one chain from the first entry on', async () => {
      await ledger.audit.append([fact('one'), fact('two')])
      await ledger.audit.append([fact('three')])
      const entries = await ledger.audit.entries({})
      expect(entries.map(({ sequence, subject }) => [sequence, subject])).toEqual([
        [1, 'one'],
        [2, 'two'],
        [3, 'three'],
      ])
      let previous = CHAIN_START
      for (const entry of entries) {
        expect(entry.previous).toBe(previous)
        expect(chainHash(entry)).toBe(entry.hash)
        previous = entry.hash
      }
      expect(await ledger.audit.last()).toEqual(entries[2])
    })

    it('stays one chain when many append at once', async () => {
      await Promise.all(Array.from({ length: 20 }, (_, at) => ledger.audit.append([fact(`${at}`)])))
      const entries = await ledger.audit.entries({})
      expect(entries.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 20 }, (_, at) => at + 1))
      expect(new Set(entries.map(({ previous }) => previous)).size).toBe(20)
    })

    it('is filtered and turned round', async () => {
      await ledger.audit.append([
        fact('one', { actor: 'bob' }),
        fact('two', { action: 'done' }),
        fact('three', { at: '2027-01-01T00:00:00.000Z' }),
      ])
      const subjects = async (filter: Parameters<Ledger['audit']['entries']>[0]) =>
        (await ledger.audit.entries(filter)).map(({ subject }) => subject)
      expect(await subjects({ actor: 'bob' })).toEqual(['one'])
      expect(await subjects({ action: 'done' })).toEqual(['two'])
      expect(await subjects({ since: '2026-12-31' })).toEqual(['three'])
      expect(await subjects({ after: 1, limit: 1 })).toEqual(['two'])
      expect(await subjects({ newestFirst: true, limit: 2 })).toEqual(['three', 'two'])
    })
  })

  describe('tokens', () => {
    it('come back as they were put in, and end once', async () => {
      const one = token('1', { expiresAt: '2027-01-01T00:00:00.000Z' })
      await ledger.tokens.add(one, fact('made'))
      const stamp = await ledger.tokens.stamp()
      expect(await ledger.tokens.list()).toEqual([one])
      expect(await ledger.tokens.revoke('1', AT, fact('ended'))).toBe(true)
      expect(await ledger.tokens.revoke('1', AT, fact('ended'))).toBe(false)
      expect(await ledger.tokens.revoke('2', AT, fact('ended'))).toBe(false)
      expect(await ledger.tokens.stamp()).not.toBe(stamp)
      expect(await ledger.tokens.list()).toEqual([{ ...one, revokedAt: AT }])
      expect((await ledger.audit.entries({})).map(({ subject }) => subject)).toEqual(['made', 'ended'])
    })

    it('of one label there is one at a time', async () => {
      await ledger.tokens.add(token('1', { label: 'ci' }), fact('made'))
      const second = token('2', { label: 'ci' })
      await expect(ledger.tokens.add(second, fact('made'))).rejects.toMatchObject({ code: 'CONFLICT' })
      await ledger.tokens.revoke('1', AT, fact('ended'))
      await ledger.tokens.add(second, fact('made'))
    })

    it('are neither made nor ended when that cannot be entered', async () => {
      await ledger.tokens.add(token('1'), fact('made'))
      const heal = failAudit()
      await expect(ledger.tokens.add(token('2'), fact('made'))).rejects.toThrow('no room')
      await expect(ledger.tokens.revoke('1', AT, fact('ended'))).rejects.toThrow('no room')
      expect(await ledger.tokens.list()).toEqual([token('1')])
      heal()
      expect(await ledger.tokens.revoke('1', AT, fact('ended'))).toBe(true)
    })
  })

  describe('exceptions', () => {
    it('come back as they were put in, together or not at all, and end once', async () => {
      const revision = await ledger.revision()
      const [one, two] = [waiver('1'), waiver('2', { sha256: 'b'.repeat(64), force: true })]
      await ledger.waivers.add([
        { waiver: one, fact: fact('one') },
        { waiver: two, fact: fact('two') },
      ])
      expect(await ledger.revision()).toBeGreaterThan(revision)
      expect(new Set(await ledger.waivers.list())).toEqual(new Set([one, two]))
      const stamp = await ledger.waivers.stamp()
      const end = { at: AT, by: 'bob', reason: 'over' }
      expect(await ledger.waivers.end('1', end, fact('end'))).toBe(true)
      expect(await ledger.waivers.end('1', end, fact('end'))).toBe(false)
      expect(await ledger.waivers.stamp()).not.toBe(stamp)
      expect(await ledger.waivers.list()).toEqual([two])
      expect(await ledger.waivers.list({ ended: true })).toContainEqual({
        ...one,
        endedAt: AT,
        endedBy: 'bob',
        endReason: 'over',
      })
    })

    it('are not made when that cannot be entered', async () => {
      failAudit()
      await expect(ledger.waivers.add([{ waiver: waiver('1'), fact: fact('one') }])).rejects.toThrow(
        'no room',
      )
      expect(await ledger.waivers.list({ ended: true })).toEqual([])
    })
  })
})
