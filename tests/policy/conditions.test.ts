// Conditions over licence, maintainers, publisher, provenance, change, source and version; holds that end; what is refused at load.
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { ecosystemOf } from '../../src/ecosystems/all.ts'
import type { ArtifactClaim } from '../../src/model/claim.ts'
import { decide, screen } from '../../src/policy/decide.ts'
import { loadPolicy } from '../../src/policy/load.ts'
import type { VersionOrder } from '../../src/policy/version-range.ts'
import { claim, evidence, finding, hoursAgo, NOW } from './facts.ts'

const order: VersionOrder = (type, a, b) => ecosystemOf(type).compareVersions(a, b)

function policyOf(...rules: readonly unknown[]) {
  const file = join(mkdtempSync(join(tmpdir(), 'policy-')), 'own.yaml')
  writeFileSync(file, stringify({ name: 'own', rules }))
  return loadPolicy(file, '/')
}

function blocking(when: object) {
  return policyOf({ id: 'x', when, outcome: 'block' })
}

function outcomeOf(
  when: object,
  facts: Parameters<typeof evidence>[0],
  changes: Partial<ArtifactClaim> = {},
) {
  const policy = blocking(when)
  return decide({ claim: claim(changes), evidence: evidence(facts), malware: [], policy, now: NOW, order })
    .outcome
}

describe('licences', () => {
  const licence = (text: string | undefined, when: object) =>
    outcomeOf(when, { summary: text === undefined ? {} : { licence: text } })
  const deny = { licenceIn: ['AGPL-*', 'SSPL-1.0', 'GPL-3.0-only'] }
  const allow = { licenceNotIn: ['MIT', 'Apache-2.0', 'BSD-*'] }

  it.each([
    ['AGPL-3.0-only', 'blocked'],
    ['agpl-3.0', 'blocked'], // not an SPDX spelling, but a name all the same
    ['MIT OR AGPL-3.0-only', 'approved'],
    ['MIT AND AGPL-3.0-only', 'blocked'],
    ['(MIT AND SSPL-1.0) OR GPL-3.0-only', 'blocked'],
    ['GPL-3.0-only WITH Classpath-exception-2.0', 'approved'],
    [undefined, 'approved'],
  ])('a deny list on %s: %s', (text, outcome) => expect(licence(text, deny)).toBe(outcome))

  it.each([
    ['MIT', 'approved'],
    ['MIT AND BSD-3-Clause', 'approved'],
    ['GPL-2.0-only OR Apache-2.0', 'approved'],
    ['MIT AND GPL-2.0-only', 'blocked'],
    ['SEE LICENSE IN LICENSE.md', 'blocked'],
    [undefined, 'blocked'],
  ])('an allow list on %s: %s', (text, outcome) => expect(licence(text, allow)).toBe(outcome))

  it('a licence that nobody tells', () => {
    expect(licence('UNKNOWN', { licenceUnknown: true })).toBe('blocked')
    expect(licence('MIT', { licenceUnknown: true })).toBe('approved')
  })
})

describe('people', () => {
  const summary = { maintainers: ['Ann <ann@acme.test>', 'Bob'] }
  it.each([
    [{ maintainer: ['*@acme.test>'] }, 'blocked'],
    [{ maintainer: ['Carl*'] }, 'approved'],
    [{ maintainerNotIn: ['Bob'] }, 'approved'],
    [{ maintainerNotIn: ['Carl'] }, 'blocked'],
  ])('%o: %s', (when, outcome) => expect(outcomeOf(when, { summary })).toBe(outcome))

  it('the publisher is known at the index door', () => {
    const policy = blocking({ publisherNotIn: ['acme-bot'], package: ['left-*'] })
    const asked = (facts: ArtifactClaim['facts']) =>
      screen({ claim: claim({ facts }), malware: [], policy, now: NOW })?.outcome
    expect(asked({ publisher: 'mallory' })).toBe('blocked')
    expect(asked({})).toBe('blocked')
    expect(asked({ publisher: 'acme-bot' })).toBeUndefined()
  })
})

describe('change and provenance', () => {
  const found = (rule: string) => ({ findings: [finding({ rule, severity: 'low', layer: 'change' })] })
  it.each([
    [{ changed: ['maintainer'] }, 'change-new-maintainer', 'blocked'],
    [{ changed: ['maintainer', 'size'] }, 'change-new-capability', 'approved'],
    [{ provenance: ['lost'] }, 'pypi-attestation-lost', 'blocked'],
    [{ provenance: ['missing'] }, 'pypi-unattested', 'blocked'],
    [{ provenance: ['present'] }, 'pypi-unattested', 'approved'],
    [{ provenance: ['present'] }, 'pypi-attested', 'blocked'],
  ])('%o on %s: %s', (when, rule, outcome) => expect(outcomeOf(when, found(rule))).toBe(outcome))
})

describe('where and which', () => {
  it.each([
    [{ repository: ['npm'] }, {}, 'blocked'],
    [{ repository: ['npm-inner'] }, {}, 'approved'],
    [{ source: ['*.test'] }, {}, 'blocked'],
    [{ source: ['upstream.test:81'] }, {}, 'approved'],
    [{ package: ['pkg:npm/left-*@1.2.*'] }, {}, 'blocked'],
    [{ package: ['pkg:npm/%40acme/*'] }, { name: '@acme/x' }, 'blocked'],
    [{ package: ['pkg:deb/debian/curl'] }, { type: 'deb', name: 'curl' }, 'blocked'],
    [{ version: ['vers:npm/>=1.2.0|<1.3.0'] }, { version: '1.2.10' }, 'blocked'],
    [{ version: ['vers:npm/>=1.2.0|<1.3.0'] }, { version: '1.3.0' }, 'approved'],
    [{ version: ['vers:npm/>=1.2.0|!=1.2.4|<1.3.0'] }, {}, 'approved'],
    [{ version: ['vers:npm/1.0.0|1.2.4'] }, {}, 'blocked'],
    [{ version: ['vers:npm/<=1.0.0|>=2.0.0'] }, {}, 'approved'],
    [{ version: ['vers:npm/<1.0.0|>=1.2.0'] }, {}, 'blocked'],
    [{ version: ['vers:npm/*'] }, {}, 'blocked'],
    [{ version: ['vers:pypi/*'] }, {}, 'approved'],
    [{ version: ['vers:deb/<1.2-3'] }, { type: 'deb', version: '1.2~rc1-1' }, 'blocked'],
    [{ version: ['1.2.*'] }, {}, 'blocked'],
  ] as const)('%o on %o: %s', (when, changes, outcome) =>
    expect(outcomeOf(when, {}, changes as Partial<ArtifactClaim>)).toBe(outcome),
  )
})

describe('holds that end', () => {
  const holdUntil = (until: string) =>
    policyOf({ id: 'freeze', when: { package: ['*'] }, outcome: 'hold', until })
  const asked = (until: string) => screen({ claim: claim(), malware: [], policy: holdUntil(until), now: NOW })

  it('at their time, and say so', () => {
    expect(asked('2026-03-11')).toMatchObject({ outcome: 'held', reconsiderAt: '2026-03-11T00:00:00.000Z' })
    expect(asked('2026-03-11')?.reasons[0]?.text).toContain('held until 2026-03-11T00:00Z')
    expect(asked('2026-03-10T12:00Z')).toBeUndefined()
  })

  it('or with a person', () => {
    const policy = policyOf({ id: 'x', when: { package: ['*'] }, outcome: 'hold', for: 'review' })
    const verdict = screen({ claim: claim({ publishedAt: hoursAgo(1) }), malware: [], policy, now: NOW })
    expect(verdict?.reconsiderAt).toBeUndefined()
    expect(verdict?.reasons[0]?.text).toContain('(held for review)')
  })
})

describe('is refused at load, with key, value and what is allowed', () => {
  const rule = (changes: object) => ({ id: 'x', when: { package: ['*'] }, outcome: 'hold', ...changes })
  it.each([
    ['an impossible date', rule({ until: '2026-02-31' }), /x: until: "2026-02-31" is no date/],
    [
      'a date in words',
      rule({ until: 'tomorrow' }),
      /until: "tomorrow" is not allowed; allowed: .*2027-01-31/,
    ],
    ['an end of a block', rule({ until: '2027-01-01', outcome: 'block' }), /only a hold ends by itself/],
    ['two ends', rule({ until: '2027-01-01', for: 'review' }), /cannot both be given/],
    [
      'a review of an age',
      rule({ when: { youngerThan: '1d' }, for: 'review' }),
      /ends when the version is old/,
    ],
    ['a fast lane of nothing', rule({ fastLane: true }), /fastLane: only a rule on "youngerThan"/],
    [
      'an unknown condition',
      rule({ when: { lisence: ['MIT'] } }),
      /lisence: unknown key; allowed here: .*licenceIn/,
    ],
    [
      'a mistyped ecosystem',
      rule({ when: { package: ['nmp:left-pad'] } }),
      /"nmp:left-pad": the type nmp is none of/,
    ],
    ['a broken range', rule({ when: { version: ['vers:npm/>=1|oops<'] } }), /"oops<" is not a comparator/],
    ['a range without its type', rule({ when: { version: ['>=1.0'] } }), /written as vers:TYPE/],
    ['a range of nobody', rule({ when: { version: ['vers:gem/1'] } }), /type is one of npm, pypi/],
    ['two lists of one fact', rule({ when: { changed: ['size'], rule: ['y'] } }), /cannot be given together/],
    ['two subjects', rule({ when: { licenceUnknown: true, hooks: true } }), /mixes hooks and licence/],
    ['who asks', rule({ when: { tokenLabel: ['ci'] } }), /shared by all clients/],
  ])('%s', (_, bad, message) => expect(() => policyOf(bad)).toThrow(message))
})
