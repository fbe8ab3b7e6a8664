// The three shipped policies, fact by fact: what each makes of it.
import { describe, expect, it } from 'vitest'
import { decide, screen } from '../../src/policy/decide.ts'
import { loadPolicy } from '../../src/policy/load.ts'
import { claim, evidence, finding, hoursAgo, malware, NOW, run } from './facts.ts'

const policies = {
  monitor: loadPolicy('monitor', '/'),
  balanced: loadPolicy('balanced', '/'),
  strict: loadPolicy('strict', '/'),
}
const NOTHING = { claim: claim(), evidence: evidence(), malware: [] }

// [what, facts, balanced, strict, rule that says so]
const rows: readonly (readonly [string, Partial<Parameters<typeof decide>[0]>, string, string, string?])[] = [
  ['nothing found', {}, 'approved', 'approved'],
  ['known malware', { malware: [malware()] }, 'blocked', 'blocked', 'known-malware'],
  ['a proof of concept on a list', { malware: [malware({ kind: 'research' })] }, 'approved', 'approved'],
  ['unwanted software on a list', { malware: [malware({ kind: 'unwanted' })] }, 'approved', 'approved'],
  [
    'an integrity failure',
    { evidence: evidence({ findings: [finding({ layer: 'integrity', rule: 'name-differs' })] }) },
    'blocked',
    'blocked',
    'name-differs',
  ],
  [
    'a critical finding in code that somebody must call',
    { evidence: evidence({ findings: [finding({ severity: 'critical', reach: 'any' })] }) },
    'blocked',
    'blocked',
    'some-rule',
  ],
  [
    'a high finding that runs at install',
    { evidence: evidence({ findings: [finding({ reach: 'install' })] }) },
    'blocked',
    'blocked',
    'some-rule',
  ],
  [
    'a high finding that runs at import',
    { evidence: evidence({ findings: [finding({ reach: 'import' })] }) },
    'blocked',
    'blocked',
    'some-rule',
  ],
  [
    'a high finding in code that somebody must call',
    { evidence: evidence({ findings: [finding({ reach: 'any' })] }) },
    'approved',
    'blocked',
    'some-rule',
  ],
  [
    'a high finding about the package',
    { evidence: evidence({ findings: [finding()] }) },
    'approved',
    'blocked',
    'some-rule',
  ],
  [
    'a medium finding that runs at install',
    { evidence: evidence({ findings: [finding({ severity: 'medium', reach: 'install' })] }) },
    'approved',
    'approved',
  ],
  ['published an hour ago', { claim: claim({ publishedAt: hoursAgo(1) }) }, 'held', 'held', 'cooldown'],
  ['published exactly a day ago', { claim: claim({ publishedAt: hoursAgo(24) }) }, 'approved', 'approved'],
  ['published in the future', { claim: claim({ publishedAt: hoursAgo(-5) }) }, 'held', 'held', 'cooldown'],
  [
    'no publish time',
    { claim: claim({ publishedAt: 'yesterday' }) },
    'approved',
    'held',
    'publish-time-unknown',
  ],
  [
    'a young distribution package',
    { claim: claim({ type: 'deb', publishedAt: hoursAgo(1) }) },
    'approved',
    'approved',
  ],
  [
    'an honest install hook',
    { evidence: evidence({ summary: { hooks: ['postinstall'] } }) },
    'approved',
    'held',
    'install-hooks',
  ],
  [
    'native code',
    { evidence: evidence({ summary: { nativeCode: ['bin/tool'] } }) },
    'approved',
    'held',
    'native-code',
  ],
  [
    'maintainer scripts and native code of a distribution',
    {
      claim: claim({ type: 'deb' }),
      evidence: evidence({ summary: { hooks: ['postinst'], nativeCode: ['usr/bin/x'] } }),
    },
    'approved',
    'approved',
  ],
  [
    'a failed required scanner',
    { evidence: evidence({ runs: [run({ status: 'failed', reason: 'killed' })] }) },
    'held',
    'held',
    'scan-incomplete',
  ],
  [
    'a failed optional scanner',
    { evidence: evidence({ runs: [run({ status: 'failed', required: false })] }) },
    'approved',
    'approved',
  ],
  [
    'a skipped scanner',
    { evidence: evidence({ runs: [run({ status: 'skipped', reason: 'no scripts' })] }) },
    'approved',
    'approved',
  ],
  ['no evidence', { evidence: undefined }, 'held', 'held', 'not-examined'],
]

describe.each(
  rows.map(([what, facts, balanced, strict, because]) => ({ what, facts, balanced, strict, because })),
)('$what', ({ facts, balanced, strict, because }) => {
  it(`is ${balanced} by balanced`, () => {
    const verdict = decide({ ...NOTHING, ...facts, policy: policies.balanced, now: NOW })
    expect(verdict.outcome).toBe(balanced)
    expect(verdict.policy).toBe(policies.balanced.revision)
    if (balanced !== 'approved') expect(verdict.reasons[0]?.rule).toBe(because)
  })

  it(`is ${strict} by strict`, () => {
    const verdict = decide({ ...NOTHING, ...facts, policy: policies.strict, now: NOW })
    expect(verdict.outcome).toBe(strict)
    if (strict !== 'approved') expect(verdict.reasons[0]?.rule).toBe(because)
  })

  it('is never refused by monitor, which tells what balanced would have done', () => {
    const verdict = decide({ ...NOTHING, ...facts, policy: policies.monitor, now: NOW })
    expect(verdict).toMatchObject({ outcome: 'approved', reasons: [] })
    const told = verdict.warnings.filter(({ text }) => text.startsWith(`would be ${balanced}: `))
    expect(told.length > 0).toBe(balanced !== 'approved')
  })

  it('says only one line of printable ASCII', () => {
    for (const policy of Object.values(policies)) {
      const { reasons, warnings } = decide({ ...NOTHING, ...facts, policy, now: NOW })
      for (const { text } of [...reasons, ...warnings]) expect(text).toMatch(/^[\x20-\x7e]{1,330}$/)
    }
  })
})

describe('the index door', () => {
  it('says nothing against a claim that only bytes could tell about', () => {
    expect(screen({ claim: claim(), malware: [], policy: policies.strict, now: NOW })).toBeUndefined()
  })

  it('withholds a young version until its time has come', () => {
    const young = claim({ publishedAt: hoursAgo(3) })
    const verdict = screen({ claim: young, malware: [], policy: policies.balanced, now: NOW })
    expect(verdict).toMatchObject({ outcome: 'held', reconsiderAt: '2026-03-11T09:00:00.000Z' })
    expect(verdict?.reasons[0]?.text).toBe(
      '1.2.4 was published 3 hours ago; balanced waits 24 hours, until 2026-03-11T09:00Z',
    )
    const later = new Date('2026-03-11T09:00:00Z')
    expect(screen({ claim: young, malware: [], policy: policies.balanced, now: later })).toBeUndefined()
  })

  it('withholds known malware, and lists it first', () => {
    const young = claim({ publishedAt: hoursAgo(3) })
    const verdict = screen({ claim: young, malware: [malware()], policy: policies.balanced, now: NOW })
    expect(verdict?.outcome).toBe('blocked')
    expect(verdict?.reasons.map(({ rule }) => rule)).toEqual(['known-malware', 'cooldown'])
    expect(verdict?.reasons[0]?.text).toBe('malware: MAL-2026-1: Malicious code in left-pad (npm)')
  })

  it('withholds nothing under monitor', () => {
    const young = claim({ publishedAt: hoursAgo(3) })
    expect(screen({ claim: young, malware: [malware()], policy: policies.monitor, now: NOW })).toBeUndefined()
  })
})

it('strict shows only what is approved, the others show what is not examined yet', () => {
  expect(Object.values(policies).map(({ indexMode }) => indexMode)).toEqual(['lazy', 'lazy', 'strict'])
})
