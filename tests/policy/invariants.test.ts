// What no policy, however written, may do: approve in silence what is known to be malware, was not examined, or could not be.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SEVERITIES } from '../../src/model/finding.ts'
import { decide, screen } from '../../src/policy/decide.ts'
import type { Policy, PolicyRule } from '../../src/policy/policy.ts'
import { claim, evidence, finding, hoursAgo, malware, NOW, run } from './facts.ts'

// Rules of every subject but malware and scanner, which may say what happens to those.
const when = fc.oneof(
  fc.record({
    subject: fc.constant('finding' as const),
    when: fc.record({ severity: fc.constantFrom(...SEVERITIES) }),
  }),
  fc.record({ subject: fc.constant('age' as const), when: fc.record({ youngerThanMs: fc.nat(10 ** 9) }) }),
  fc.record({ subject: fc.constant('hooks' as const), when: fc.constant({ hooks: true as const }) }),
  fc.record({ subject: fc.constant('native' as const), when: fc.constant({ nativeCode: true as const }) }),
  fc.record({ subject: fc.constant('package' as const), when: fc.constant({ package: ['*'] }) }),
)
const rules: fc.Arbitrary<PolicyRule[]> = fc.array(
  fc
    .tuple(when, fc.constantFrom('approve' as const, 'warn' as const, 'hold' as const, 'block' as const))
    .map(([about, outcome]) => ({ ...about, id: 'any', except: [], outcome })),
  { maxLength: 8 },
)

function policyOf(list: readonly PolicyRule[]): Policy {
  return { name: 'any', description: '', revision: 'any@0', mode: 'enforce', indexMode: 'lazy', rules: list }
}

function never(input: Omit<Parameters<typeof decide>[0], 'policy' | 'now' | 'claim'>): void {
  fc.assert(
    fc.property(rules, (list) => {
      const { outcome, reasons } = decide({ ...input, claim: claim(), policy: policyOf(list), now: NOW })
      return outcome !== 'approved' && reasons.length > 0
    }),
  )
}

describe('whatever the other rules say', () => {
  it('known malware is refused', () => never({ malware: [malware()], evidence: evidence() }))
  it('what was not examined is refused', () => never({ malware: [], evidence: undefined }))
  it('what a required scanner could not finish is refused', () =>
    never({ malware: [], evidence: evidence({ runs: [run({ status: 'failed' })] }) }))
})

it('what the index door withholds, the artifact door refuses too', () => {
  fc.assert(
    fc.property(rules, fc.integer({ min: -50, max: 500 }), fc.boolean(), (list, hours, isKnown) => {
      const input = {
        claim: claim({ publishedAt: hoursAgo(hours) }),
        malware: isKnown ? [malware()] : [],
        policy: policyOf(list),
        now: NOW,
      }
      if (screen(input) === undefined) return true
      return decide({ ...input, evidence: evidence() }).outcome !== 'approved'
    }),
  )
})

it('is pure: the same facts give the same verdict, and nothing is changed', () => {
  fc.assert(
    fc.property(rules, (list) => {
      const input = {
        claim: claim({ publishedAt: hoursAgo(3) }),
        malware: [],
        evidence: evidence({ findings: [finding(), finding({ rule: 'b', severity: 'critical' })] }),
        policy: policyOf(list),
        now: NOW,
      }
      const before = JSON.stringify(input)
      expect(decide(input)).toEqual(decide(input))
      return JSON.stringify(input) === before
    }),
  )
})
