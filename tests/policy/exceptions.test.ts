// What exceptions cover, what they cover only with force, and what nothing covers.
import { describe, expect, it } from 'vitest'
import { decide, screen } from '../../src/policy/decide.ts'
import { loadPolicy } from '../../src/policy/load.ts'
import { waiversTouch } from '../../src/policy/waiver.ts'
import { claim, evidence, finding, malware, NOW, run, waiver } from './facts.ts'

const policy = loadPolicy('balanced', '/')
const monitor = loadPolicy('monitor', '/')
const base = { claim: claim(), malware: [], policy, now: NOW }
const order = (_type: string, a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

describe('needs force', () => {
  it.each([
    ['known malware', { malware: [malware()], evidence: evidence() }],
    [
      'an encrypted archive',
      {
        evidence: evidence({
          findings: [finding({ rule: 'archive-encrypted', layer: 'integrity', severity: 'critical' })],
        }),
      },
    ],
    [
      'another name inside',
      {
        evidence: evidence({
          findings: [finding({ rule: 'package-name-differs', layer: 'integrity', severity: 'high' })],
        }),
      },
    ],
    [
      'an unfinished examination',
      { evidence: evidence({ runs: [run({ status: 'failed', required: true })] }) },
    ],
  ])('%s', (_, facts) => {
    const refused = decide({ ...base, ...facts, waivers: [waiver()] })
    expect(refused.outcome).not.toBe('approved')
    expect(decide({ ...base, ...facts, waivers: [waiver({ force: true })] }).outcome).toBe('approved')
  })
})

it('nothing covers bytes that nobody examined', () => {
  const verdict = decide({ ...base, evidence: undefined, waivers: [waiver({ force: true })] })
  expect(verdict).toMatchObject({ outcome: 'held', reasons: [{ rule: 'not-examined' }] })
})

it('a range covers its versions only', () => {
  const bad = evidence({ findings: [finding({ severity: 'critical' })] })
  const { version: _, ...whole } = waiver()
  const outcome = (versions: string) =>
    decide({ ...base, evidence: bad, order, waivers: [{ ...whole, versions }] }).outcome
  expect(outcome('vers:npm/>=1.0.0|<2.0.0')).toBe('approved')
  expect(outcome('vers:npm/>=2.0.0|<3.0.0')).toBe('blocked')
  expect(outcome('vers:pypi/>=1.0.0|<2.0.0')).toBe('blocked')
})

it('an exception of one rule for every package covers that rule only', () => {
  const { type: _type, name: _name, version: _version, ...rest } = waiver()
  const findings = [finding({ rule: 'loud', severity: 'critical' })]
  const input = { ...base, evidence: evidence({ findings }) }
  expect(decide({ ...input, waivers: [{ ...rest, rules: ['loud'] }] }).outcome).toBe('approved')
  expect(decide({ ...input, waivers: [{ ...rest, rules: ['quiet'] }] }).outcome).toBe('blocked')
})

describe('a denial', () => {
  const denial = waiver({ id: 'denial', effect: 'deny', reason: 'not in our house', rules: ['*'] })

  it('refuses what the policy approves, before and after its bytes are here', () => {
    const verdict = decide({ ...base, evidence: evidence(), waivers: [denial] })
    expect(verdict).toMatchObject({
      outcome: 'blocked',
      reasons: [{ rule: 'denied-by-hand', waiver: 'denial' }],
    })
    expect(screen({ ...base, waivers: [denial] })?.outcome).toBe('blocked')
    expect(screen({ ...base, claim: claim({ name: 'other' }), waivers: [denial] })).toBeUndefined()
  })

  it('is set aside by no waiver, and holds under a policy that only records', () => {
    const waivers = [waiver({ force: true }), denial]
    expect(decide({ ...base, evidence: evidence(), waivers }).outcome).toBe('blocked')
    expect(decide({ ...base, policy: monitor, evidence: evidence(), waivers }).outcome).toBe('blocked')
  })
})

describe('a verdict on record', () => {
  const bad = evidence({ findings: [finding({ severity: 'critical' })] })
  const blocked = decide({ ...base, evidence: bad })
  const waived = decide({ ...base, evidence: bad, waivers: [waiver()] })
  const clean = decide({ ...base, evidence: evidence() })

  it('is looked at again when an exception came, went, or refuses it', () => {
    expect(waiversTouch([], blocked)).toBe(false)
    expect(waiversTouch([waiver()], blocked)).toBe(true)
    expect(waiversTouch([waiver()], waived)).toBe(false)
    expect(waiversTouch([], waived)).toBe(true)
    expect(waiversTouch([waiver()], clean)).toBe(false)
    expect(waiversTouch([waiver({ effect: 'deny' })], clean)).toBe(true)
  })
})
