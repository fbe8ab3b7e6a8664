// Policy rules about public advisories: each condition, the lists by id, the shipped policies, and stale feeds.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import type { StaleFeed, VulnerabilityRecord } from '../../src/model/advisory.ts'
import type { Verdict } from '../../src/model/verdict.ts'
import { decide } from '../../src/policy/decide.ts'
import { loadPolicy } from '../../src/policy/load.ts'
import type { Policy } from '../../src/policy/policy.ts'
import { claimOf, evidenceOf } from '../support/ledger-facts.ts'

const NOW = new Date('2026-06-01T00:00:00Z')
const HOLE: VulnerabilityRecord = {
  id: 'GHSA-1',
  aliases: ['CVE-2026-1'],
  summary: 'a hole',
  severity: 'high',
  score: 7.5,
  epss: 0.2,
  kev: false,
  fixed: '2.0.0',
}

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-policies-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let count = 0
function policyOf(document: Record<string, unknown>): Policy {
  const file = join(folder, `${count++}.yaml`)
  writeFileSync(file, stringify({ name: 'own', rules: [], ...document }))
  return loadPolicy(file, folder)
}

function decided(policy: Policy, record: Partial<VulnerabilityRecord>, now = NOW, more = {}): Verdict {
  const claim = claimOf({ name: 'left', version: '1.0.0', publishedAt: '2020-01-01T00:00:00Z' })
  const evidence = evidenceOf({ findings: [] })
  const vulnerabilities = [{ ...HOLE, ...record }]
  return decide({
    claim,
    evidence: { ...evidence, summary: { ...evidence.summary, hooks: [] } },
    malware: [],
    vulnerabilities,
    policy,
    now,
    ...more,
  })
}

describe('a condition', () => {
  it.each<[Record<string, unknown>, Partial<VulnerabilityRecord>, Partial<VulnerabilityRecord> | undefined]>([
    [{ vulnerability: 'high' }, { severity: 'critical' }, { severity: 'medium' }],
    [{ vulnerability: 'any' }, { severity: 'info' }, undefined],
    [{ cvss: 7.5 }, { score: 7.5 }, { score: 7.4 }],
    [{ epss: 0.1 }, { epss: 0.1 }, { epss: 0.09 }],
    [{ kev: true }, { kev: true }, { kev: false }],
    [{ kev: false }, { kev: false }, { kev: true }],
    [{ advisory: ['CVE-2026-*'] }, {}, { aliases: ['CVE-2025-1'] }],
    [{ advisory: ['GHSA-1'] }, {}, { id: 'GHSA-2' }],
    [{ vulnerability: 'low', package: ['npm:left'] }, {}, undefined],
  ])('%j', (when, holds, not) => {
    const policy = policyOf({ rules: [{ id: 'holes', when, outcome: 'block' }] })
    const verdict = decided(policy, holds)
    expect(verdict.outcome).toBe('blocked')
    expect(verdict.reasons[0]?.rule).toBe(`vulnerability:${holds.id ?? 'GHSA-1'}`)
    if (not !== undefined) expect(decided(policy, not).outcome).toBe('approved')
  })

  it('on a fix holds when one is known, or when none is', () => {
    const { fixed: _, ...unfixed } = HOLE
    const known = policyOf({ rules: [{ id: 'a', when: { fixAvailable: true }, outcome: 'block' }] })
    const none = policyOf({ rules: [{ id: 'a', when: { fixAvailable: false }, outcome: 'block' }] })
    const ofUnfixed = (policy: Policy) => decided(policy, {}, NOW, { vulnerabilities: [unfixed] }).outcome
    expect([decided(known, {}).outcome, ofUnfixed(known)]).toEqual(['blocked', 'approved'])
    expect([decided(none, {}).outcome, ofUnfixed(none)]).toEqual(['approved', 'blocked'])
  })

  it('of an advisory is not mixed with another subject', () => {
    expect(() =>
      policyOf({ rules: [{ id: 'a', when: { kev: true, severity: 'high' }, outcome: 'block' }] }),
    ).toThrow(/mixes/)
    expect(() => policyOf({ rules: [{ id: 'a', when: { cvss: 11 }, outcome: 'block' }] })).toThrow(/cvss/)
    expect(() => policyOf({ rules: [{ id: 'a', when: { kevv: true }, outcome: 'block' }] })).toThrow(/kevv/)
  })
})

describe('a list by id', () => {
  const rules = [{ id: 'all', when: { vulnerability: 'any' }, outcome: 'block' }]
  const accepted = { advisory: 'CVE-2026-1', reason: 'the parser is not used', expires: '2026-07-01' }

  it('accepts until its day, with its reason, and then no more', () => {
    const policy = policyOf({ rules, acceptAdvisories: [accepted] })
    const verdict = decided(policy, {})
    expect(verdict).toMatchObject({ outcome: 'approved', reconsiderAt: '2026-07-01T00:00:00.000Z' })
    expect(verdict.warnings[0]?.text).toContain('accepted until 2026-07-01T00:00Z: the parser is not used')
    expect(decided(policy, {}, new Date('2026-07-01T00:00:00Z')).outcome).toBe('blocked')
    expect(decided(policy, { id: 'GHSA-2', aliases: [] }).outcome).toBe('blocked')
  })

  it('accepts for its packages only', () => {
    const other = policyOf({ rules, acceptAdvisories: [{ ...accepted, package: ['npm:right'] }] })
    expect(decided(other, {}).outcome).toBe('blocked')
  })

  it('denies whatever the rules and the other list say', () => {
    const policy = policyOf({ acceptAdvisories: [accepted], denyAdvisories: ['CVE-2026-*'] })
    expect(decided(policy, {}).outcome).toBe('blocked')
  })

  it.each([
    [{ ...accepted, expires: '2026-02-31' }, /no date of the calendar/],
    [{ ...accepted, expires: 'never' }, /expires/],
    [{ advisory: 'CVE-2026-1', expires: '2026-07-01' }, /reason: missing/],
    [{ ...accepted, resaon: 'x' }, /resaon/],
  ])('with a mistake is refused: %j', (one, why) => {
    expect(() => policyOf({ acceptAdvisories: [one] })).toThrow(why)
  })
})

describe('the shipped policies', () => {
  const { fixed: _, ...unfixed } = HOLE
  it.each<[string, VulnerabilityRecord, string]>([
    ['balanced', { ...HOLE, severity: 'critical', score: 9.8, kev: true }, 'approved'],
    ['strict', { ...HOLE, severity: 'critical', score: 9.8 }, 'blocked'],
    ['strict', { ...unfixed, severity: 'critical', score: 9.8 }, 'approved'],
    ['strict', { ...HOLE, severity: 'low', kev: true }, 'blocked'],
    ['strict', HOLE, 'blocked'],
    ['strict', { ...HOLE, epss: 0.05 }, 'approved'],
    ['monitor', { ...HOLE, severity: 'critical', score: 9.8 }, 'approved'],
  ])('%s', (name, record, outcome) => {
    const verdict = decided(loadPolicy(name, folder), {}, NOW, { vulnerabilities: [record] })
    expect(verdict.outcome).toBe(outcome)
    const told = [...verdict.reasons, ...verdict.warnings].map(({ rule }) => rule)
    expect(told).toContain('vulnerability:GHSA-1')
  })
})

describe('a stale feed', () => {
  const stale = (onStale: StaleFeed['onStale']) => ({
    vulnerabilities: [],
    staleFeeds: [{ name: 'osv', ageMs: 7_200_000, onStale }],
  })
  it.each([
    ['hold', {}, 'held'],
    ['hold', { approvedBefore: true }, 'approved'],
    ['allow', {}, 'approved'],
  ] as const)('with %s and %j is %s, and always told', (onStale, more, outcome) => {
    const verdict = decided(loadPolicy('balanced', folder), {}, NOW, { ...stale(onStale), ...more })
    expect(verdict.outcome).toBe(outcome)
    const told = [...verdict.reasons, ...verdict.warnings]
    expect(told[0]).toMatchObject({ rule: 'advisories-stale', text: expect.stringContaining('2 hours old') })
  })
})
