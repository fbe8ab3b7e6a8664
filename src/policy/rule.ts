// One rule of a policy document into its typed form: which subject it looks at follows from its conditions.
import { parseDuration } from '../model/quantity.ts'
import { packagePatternProblem } from './pattern.ts'
import type { Conditions, PolicyRule, Subject } from './policy.ts'
import { CHANGES, type ConditionsDocument, PROVENANCE, type RuleDocument } from './schema.ts'
import { versionPatternProblem } from './version-range.ts'

const SUBJECT_OF: Readonly<Record<keyof ConditionsDocument, Subject>> = {
  severity: 'finding',
  rule: 'finding',
  layer: 'finding',
  reach: 'finding',
  malware: 'malware',
  vulnerability: 'vulnerability',
  cvss: 'vulnerability',
  epss: 'vulnerability',
  kev: 'vulnerability',
  fixAvailable: 'vulnerability',
  advisory: 'vulnerability',
  youngerThan: 'age',
  ageUnknown: 'age',
  hooks: 'hooks',
  nativeCode: 'native',
  failedScanner: 'scanner',
  changed: 'finding',
  provenance: 'finding',
  licenceIn: 'licence',
  licenceNotIn: 'licence',
  licenceUnknown: 'licence',
  maintainer: 'maintainers',
  maintainerNotIn: 'maintainers',
  publisher: 'publisher',
  publisherNotIn: 'publisher',
  ecosystem: 'package',
  repository: 'package',
  source: 'package',
  version: 'package',
  package: 'package',
}

/** The typed rule, or what is wrong with it. */
export function parseRule(document: RuleDocument): { rule: PolicyRule } | { problem: string } {
  const { id, outcome, message, until, fastLane } = document
  const [subject = 'package'] = subjectsOf(document.when)
  const problem = ruleProblem(document)
  if (problem !== undefined) return { problem: `rules.${id}: ${problem}` }
  const rule: PolicyRule = {
    id,
    subject,
    when: conditionsOf(document.when),
    except: document.except ?? [],
    outcome,
    ...(until === undefined ? {} : { untilMs: Date.parse(until) }),
    ...(document.for === undefined ? {} : { review: true }),
    ...(fastLane === true ? { fastLane } : {}),
    ...(message === undefined ? {} : { message }),
  }
  return { rule }
}

/** `changed` and `provenance` are words for findings. */
function conditionsOf({ youngerThan, changed, provenance, ...when }: ConditionsDocument): Conditions {
  const rules = [
    ...(changed ?? []).flatMap((one) => CHANGES[one]),
    ...(provenance ?? []).flatMap((one) => PROVENANCE[one]),
  ]
  return {
    ...when,
    ...(rules.length === 0 ? {} : { rule: rules }),
    ...(youngerThan === undefined
      ? {}
      : { youngerThanMs: parseDuration(youngerThan) ?? Number.POSITIVE_INFINITY }),
  }
}

function ruleProblem(document: RuleDocument): string | undefined {
  const { when, except = [] } = document
  const subjects = subjectsOf(when)
  if (subjects.length > 1)
    return `"when" mixes ${subjects.join(' and ')}; a rule looks at one subject, write one rule for each`
  const twice = EXCLUSIVE.find((keys) => keys.filter((key) => when[key] !== undefined).length > 1)
  if (twice !== undefined)
    return `${twice.map((key) => `"${key}"`).join(', ')} cannot be given together; write one rule for each`
  return (
    patternProblem('when.package', when.package, packagePatternProblem) ??
    patternProblem('except', except, packagePatternProblem) ??
    patternProblem('when.version', when.version, versionPatternProblem) ??
    holdProblem(document, subjects[0])
  )
}

const EXCLUSIVE: readonly (readonly (keyof ConditionsDocument)[])[] = [
  ['youngerThan', 'ageUnknown'],
  ['rule', 'changed', 'provenance'],
  ['licenceUnknown', 'licenceIn', 'licenceNotIn'],
]

function patternProblem(
  key: string,
  patterns: readonly string[] | undefined,
  problemOf: (pattern: string) => string | undefined,
): string | undefined {
  for (const pattern of patterns ?? []) {
    const problem = problemOf(pattern)
    if (problem !== undefined) return `${key}: ${JSON.stringify(pattern)}: ${problem}`
  }
  return undefined
}

/** What is said of the end of a hold must be possible, and sayable of this rule. */
function holdProblem(document: RuleDocument, subject: Subject | undefined): string | undefined {
  const { until, outcome, when, fastLane } = document
  if (until !== undefined && !isDate(until))
    return `until: ${JSON.stringify(until)} is no date of the calendar`
  if (until !== undefined && outcome !== 'hold')
    return `until: only a hold ends by itself, and the outcome is ${outcome}`
  if (document.for !== undefined && outcome !== 'hold')
    return `for: only a hold waits for a review, and the outcome is ${outcome}`
  if (document.for !== undefined && until !== undefined)
    return '"for: review" and "until" cannot both be given: a hold ends by a person, or by itself'
  if (document.for !== undefined && subject === 'age' && when.youngerThan !== undefined)
    return 'for: a rule on "youngerThan" ends when the version is old enough; leave "for" out'
  if (fastLane !== undefined && when.youngerThan === undefined)
    return 'fastLane: only a rule on "youngerThan" can let fixes pass earlier'
  return undefined
}

/** JavaScript reads the 31st of February as a day in March. */
export function isDate(text: string): boolean {
  const date = new Date(text)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text.replace(/Z$/, ''))
}

/** A rule with package conditions only is about the package itself. */
function subjectsOf(when: ConditionsDocument): readonly Subject[] {
  const keys = Object.keys(SUBJECT_OF).filter((key): key is keyof ConditionsDocument => key in when)
  const subjects = new Set(keys.map((key) => SUBJECT_OF[key]))
  subjects.delete('package')
  return [...subjects]
}
