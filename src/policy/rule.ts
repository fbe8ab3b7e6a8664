// One rule of a policy document into its typed form: which subject it looks at follows from its conditions.
import { parseDuration } from '../model/quantity.ts'
import type { Conditions, PolicyRule, Subject } from './policy.ts'
import type { ConditionsDocument, RuleDocument } from './schema.ts'

const SUBJECT_OF: Readonly<Record<keyof ConditionsDocument, Subject>> = {
  severity: 'finding',
  rule: 'finding',
  layer: 'finding',
  reach: 'finding',
  malware: 'malware',
  youngerThan: 'age',
  ageUnknown: 'age',
  hooks: 'hooks',
  nativeCode: 'native',
  failedScanner: 'scanner',
  ecosystem: 'package',
  package: 'package',
}

/** The typed rule, or what is wrong with it. */
export function parseRule(document: RuleDocument): { rule: PolicyRule } | { problem: string } {
  const { id, outcome, message } = document
  const subjects = subjectsOf(document.when)
  const [subject = 'package', other] = subjects
  if (other !== undefined) {
    return {
      problem: `rules.${id}: "when" mixes ${subjects.join(' and ')}; a rule looks at one subject, write one rule for each`,
    }
  }
  const { youngerThan, ...when } = document.when
  if (youngerThan !== undefined && when.ageUnknown !== undefined) {
    return { problem: `rules.${id}: "youngerThan" and "ageUnknown" cannot both hold; write two rules` }
  }
  const conditions: Conditions = {
    ...when,
    ...(youngerThan === undefined
      ? {}
      : { youngerThanMs: parseDuration(youngerThan) ?? Number.POSITIVE_INFINITY }),
  }
  const rule = { id, subject, when: conditions, except: document.except ?? [], outcome }
  return { rule: message === undefined ? rule : { ...rule, message } }
}

/** A rule with package conditions only is about the package itself. */
function subjectsOf(when: ConditionsDocument): readonly Subject[] {
  const keys = Object.keys(SUBJECT_OF).filter((key): key is keyof ConditionsDocument => key in when)
  const subjects = new Set(keys.map((key) => SUBJECT_OF[key]))
  subjects.delete('package')
  return [...subjects]
}
