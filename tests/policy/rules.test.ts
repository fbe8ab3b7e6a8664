// How rules are read: order, packages, waivers, what no rule may silence.
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { decide, screen } from '../../src/policy/decide.ts'
import { loadPolicy } from '../../src/policy/load.ts'
import { namesPackage } from '../../src/policy/pattern.ts'
import { claim, evidence, finding, hoursAgo, malware, NOW, run, SHA256, waiver } from './facts.ts'

/** A policy file in a folder of its own. */
function policyFile(document: unknown): string {
  const file = join(mkdtempSync(join(tmpdir(), 'policy-')), 'own.yaml')
  writeFileSync(file, typeof document === 'string' ? document : stringify(document))
  return file
}

function policyOf(...rules: readonly unknown[]) {
  return loadPolicy(policyFile({ name: 'own', rules }), '/')
}

const clean = { claim: claim(), evidence: evidence(), malware: [], now: NOW }

describe('rules', () => {
  it('the first that matches a fact decides it, and others still decide other facts', () => {
    const policy = policyOf(
      { id: 'allow-one', when: { rule: ['some-*'] }, outcome: 'approve' },
      { id: 'all', when: { severity: 'info' }, outcome: 'block' },
    )
    const both = evidence({ findings: [finding(), finding({ rule: 'other', severity: 'low' })] })
    const { outcome, reasons } = decide({ ...clean, evidence: both, policy })
    expect([outcome, reasons.map(({ rule }) => rule)]).toEqual(['blocked', ['other']])
  })

  it('a finding without reach is in no reach list', () => {
    const policy = policyOf({ id: 'reach', when: { reach: ['any'], severity: 'info' }, outcome: 'block' })
    expect(decide({ ...clean, evidence: evidence({ findings: [finding()] }), policy }).outcome).toBe(
      'approved',
    )
  })

  it('a deny list is known at the index door', () => {
    const policy = policyOf({ id: 'no-left-pad', when: { package: ['npm:left-*@1.2.*'] }, outcome: 'block' })
    expect(screen({ ...clean, policy })?.reasons[0]).toEqual({
      rule: 'no-left-pad',
      text: 'policy own denies left-pad 1.2.4 (rule no-left-pad)',
    })
    expect(screen({ ...clean, claim: claim({ version: '1.3.0' }), policy })).toBeUndefined()
  })

  it("says the operator's sentence in place of ours", () => {
    const policy = policyOf({
      id: 'x',
      when: { package: ['left-pad'] },
      outcome: 'hold',
      message: 'ask #security',
    })
    expect(screen({ ...clean, policy })?.reasons[0]?.text).toBe('ask #security')
  })

  it('exempts by name', () => {
    const policy = policyOf({
      id: 'wait',
      when: { youngerThan: '7d' },
      except: ['@acme/*', 'pypi:*'],
      outcome: 'hold',
    })
    const young = { publishedAt: hoursAgo(1) }
    expect(screen({ ...clean, claim: claim(young), policy })?.outcome).toBe('held')
    expect(screen({ ...clean, claim: claim({ ...young, name: '@acme/a' }), policy })).toBeUndefined()
    expect(screen({ ...clean, claim: claim({ ...young, type: 'pypi' }), policy })).toBeUndefined()
  })

  it('an approved package skips later rules, but never known malware or an unfinished examination', () => {
    const policy = policyOf(
      { id: 'trusted', when: { package: ['left-pad'] }, outcome: 'approve' },
      { id: 'all', when: { severity: 'info' }, outcome: 'block' },
    )
    const bad = evidence({ findings: [finding({ severity: 'critical' })] })
    expect(decide({ ...clean, evidence: bad, policy }).outcome).toBe('approved')
    expect(decide({ ...clean, malware: [malware()], policy }).outcome).toBe('blocked')
    const broken = evidence({ runs: [run({ status: 'failed' })] })
    expect(decide({ ...clean, evidence: broken, policy }).outcome).toBe('held')
    expect(decide({ ...clean, evidence: undefined, policy }).outcome).toBe('held')
  })

  it('an empty policy still refuses malware and what was not examined', () => {
    const policy = policyOf()
    expect(decide({ ...clean, policy }).outcome).toBe('approved')
    expect(decide({ ...clean, malware: [malware({ kind: 'unwanted' })], policy }).outcome).toBe('blocked')
    expect(decide({ ...clean, evidence: undefined, policy }).outcome).toBe('held')
  })

  it('many hits of one rule are one reason', () => {
    const policy = loadPolicy('strict', '/')
    const many = Array.from({ length: 40 }, (_, line) => finding({ file: 'a.js', line }))
    const { reasons } = decide({ ...clean, evidence: evidence({ findings: many }), policy })
    expect(reasons.map(({ text }) => text)).toEqual(['does something in a.js line 0 (high) and 39 more'])
  })

  it("keeps an artifact author's text on one printable line", () => {
    const policy = loadPolicy('strict', '/')
    const title = `evil\r\nx-header: 1 \u001b[31m\u202e${'long '.repeat(200)}`
    const { reasons } = decide({ ...clean, evidence: evidence({ findings: [finding({ title })] }), policy })
    expect(reasons[0]?.text).toMatch(/^evil x-header: 1 \[31m long [\x20-\x7e]{1,280}$/)
  })
})

describe('waivers', () => {
  const policy = loadPolicy('balanced', '/')
  const bad = evidence({ findings: [finding({ severity: 'critical' })] })

  it('turn a refusal into a warning until they end', () => {
    const verdict = decide({ ...clean, evidence: bad, policy, waivers: [waiver()] })
    expect(verdict).toMatchObject({
      outcome: 'approved',
      reasons: [],
      reconsiderAt: '2026-03-12T12:00:00.000Z',
    })
    expect(verdict.warnings[0]?.text).toMatch(/^waived by alice until 2026-03-12T12:00: checked by hand/)
  })

  it.each([
    ['another version', waiver({ version: '1.2.5' })],
    ['another package', waiver({ name: 'right-pad' })],
    ['another ecosystem', waiver({ type: 'pypi' })],
    ['other bytes', waiver({ sha256: 'cd'.repeat(32) })],
    ['another rule', waiver({ rules: ['cooldown'] })],
    ['time that is over', waiver({ expiresAt: hoursAgo(0) })],
    ['time to come', waiver({ createdAt: hoursAgo(-1) })],
    ['no readable end', waiver({ expiresAt: 'never' })],
  ])('for %s do not count', (_what, one) => {
    expect(decide({ ...clean, evidence: bad, policy, waivers: [one] }).outcome).toBe('blocked')
  })

  it('for exactly these bytes count', () => {
    const one = waiver({ sha256: SHA256 })
    expect(decide({ ...clean, evidence: bad, policy, waivers: [one] }).outcome).toBe('approved')
  })

  it('leave malware blocked unless they say so', () => {
    const known = { ...clean, malware: [malware()], policy }
    expect(decide({ ...known, waivers: [waiver()] }).outcome).toBe('blocked')
    expect(decide({ ...known, waivers: [waiver({ force: true })] }).outcome).toBe('approved')
  })
})

describe('package patterns', () => {
  it.each([
    ['left-pad', true],
    ['left-*', true],
    ['*', true],
    ['npm:left-pad', true],
    ['pypi:left-pad', false],
    ['left-pad@1.2.4', true],
    ['left-pad@1.2.*', true],
    ['left-pad@2.*', false],
    ['left.pad', false],
    ['LEFT-PAD', false],
  ])('%s', (pattern, expected) => {
    expect(namesPackage(pattern, claim())).toBe(expected)
  })
  it('take the first @ of a scope for a part of the name', () => {
    expect(namesPackage('@acme/*', claim({ name: '@acme/core' }))).toBe(true)
    expect(namesPackage('@acme/core@1.*', claim({ name: '@acme/core' }))).toBe(true)
    expect(namesPackage('@acme/*', claim({ name: 'acme' }))).toBe(false)
  })
})

describe('loading', () => {
  it.each<readonly [string, unknown, RegExp]>([
    [
      'an unknown condition',
      { name: 'x', rules: [{ id: 'a', when: { colour: 'red' }, outcome: 'block' }] },
      /rules\[0\]\.when\.colour: unknown key; allowed here: severity/,
    ],
    [
      'an unknown outcome',
      { name: 'x', rules: [{ id: 'a', when: { hooks: true }, outcome: 'ask' }] },
      /outcome: "ask" is not one of "approve"/,
    ],
    [
      'an unknown severity',
      { name: 'x', rules: [{ id: 'a', when: { severity: 'severe' }, outcome: 'block' }] },
      /"severe" is not one of/,
    ],
    ['an unknown top key', { name: 'x', rules: [], enforcement: 'on' }, /enforcement: unknown key/],
    [
      'two subjects in a rule',
      { name: 'x', rules: [{ id: 'a', when: { hooks: true, severity: 'high' }, outcome: 'hold' }] },
      /mixes finding and hooks/,
    ],
    ['no condition', { name: 'x', rules: [{ id: 'a', when: {}, outcome: 'block' }] }, /rules\[0\]\.when/],
    [
      'one id twice',
      {
        name: 'x',
        rules: [
          { id: 'a', when: { hooks: true }, outcome: 'hold' },
          { id: 'a', when: { nativeCode: true }, outcome: 'hold' },
        ],
      },
      /used twice: a/,
    ],
    [
      'a duration without unit',
      { name: 'x', rules: [{ id: 'a', when: { youngerThan: '24' }, outcome: 'hold' }] },
      /youngerThan/,
    ],
    [
      'an unknown base',
      { name: 'x', extends: 'loose', rules: [] },
      /policy "loose" is unknown: allowed are monitor, balanced, strict/,
    ],
    ['a list', '- a\n', /must be object/],
    ['broken YAML', 'name: [', /own\.yaml is refused/],
    ['one key twice', 'name: a\nname: b\nrules: []\n', /unique/],
  ])('refuses %s', (_what, document, message) => {
    expect(() => loadPolicy(policyFile(document), '/')).toThrow(message)
  })

  it('refuses a circle', () => {
    const file = policyFile({ name: 'x', extends: './own.yaml', rules: [] })
    expect(() => loadPolicy(file, '/')).toThrow(/circle/)
  })

  it('gives the same revision for the same rules, and another for others', () => {
    const rule = { id: 'a', when: { hooks: true }, outcome: 'hold' }
    expect(policyOf(rule).revision).toBe(policyOf(rule).revision)
    expect(policyOf(rule).revision).not.toBe(policyOf({ ...rule, outcome: 'block' }).revision)
  })
})
