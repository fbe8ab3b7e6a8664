// The sentences people read at npm, pip or apt: plain, printable ASCII, short.
import type { ArtifactClaim } from '../model/claim.ts'
import type { Finding } from '../model/finding.ts'
import { durationInWords } from '../model/quantity.ts'
import type { Reason } from '../model/verdict.ts'
import type { Waiver } from '../model/waiver.ts'
import type { Fix } from './decide.ts'
import { tellsLicence } from './licence.ts'
import type { Observation } from './observations.ts'
import type { Policy, PolicyRule } from './policy.ts'
import { vulnerabilityReason } from './vulnerabilities.ts'

const MAX_TEXT = 300
const REACH_WORDS = { install: ', runs at install', import: ', runs at import', any: '' } as const

/** Printable ASCII on one line: it ends in HTTP reason phrases and terminals, and parts of it were written by an artifact's author. */
export function plainText(text: string, maxLength: number = MAX_TEXT): string {
  const plain = text
    .normalize('NFKD')
    .replace(/[^\x20-\x7e]+/g, ' ')
    .replace(/ {2,}/g, ' ')
    .trim()
  return plain.length <= maxLength ? plain : `${plain.slice(0, maxLength - 3)}...`
}

/** The reason that an observation gives under the rule that matched; `rule` is absent for what no rule speaks about. */
export function reasonFor(
  observation: Observation,
  claim: ArtifactClaim,
  policy: Policy,
  now: Date,
  rule?: PolicyRule,
): Reason {
  const told = describe(observation, claim, policy, now, rule)
  return { ...told, text: plainText(`${rule?.message ?? told.text}${endOf(rule)}`) }
}

function describe(
  observation: Observation,
  claim: ArtifactClaim,
  policy: Policy,
  now: Date,
  rule: PolicyRule | undefined,
): Reason {
  switch (observation.subject) {
    case 'finding':
      return findingReason(observation.finding)
    case 'malware': {
      const { id, kind, summary, wholePackage } = observation.record
      const scope = wholePackage ? ' (every version)' : ''
      const text = `${kind === 'malware' ? 'malware' : `listed as ${kind}`}: ${id}${scope}: ${summary}`
      return { rule: 'known-malware', severity: 'critical', text }
    }
    case 'vulnerability':
      return vulnerabilityReason(observation.record)
    case 'age':
      return ageReason(observation.publishedMs, claim, policy, now, rule)
    case 'scanner': {
      const { scanner, reason } = observation.run
      const text = `examination incomplete: ${scanner} did not finish${reason === undefined ? '' : ` (${reason})`}`
      return { rule: 'scan-incomplete', text }
    }
    case 'hooks': {
      const text = `runs code at install (${fewOf(observation.hooks)}); ${demandOf(rule, policy)}`
      return { rule: 'install-hooks', text }
    }
    case 'native':
      return {
        rule: 'native-code',
        text: `carries native code (${fewOf(observation.files)}); ${demandOf(rule, policy)}`,
      }
    case 'licence':
      return {
        rule: 'licence',
        text: `${tellsLicence(observation.licence) ? `its licence is ${observation.licence.trim()}` : 'it tells no licence'}; ${demandOf(rule, policy)}`,
      }
    case 'maintainers':
      return {
        rule: 'maintainer',
        text: `its maintainers are ${fewOf(observation.maintainers) || 'not told'}; ${demandOf(rule, policy)}`,
      }
    case 'publisher':
      return {
        rule: 'publisher',
        text: `it was published by ${observation.publisher ?? 'somebody who is not told'}; ${demandOf(rule, policy)}`,
      }
    case 'package':
      return {
        rule: rule?.id ?? 'package',
        text: `policy ${policy.name} denies ${claim.name} ${claim.version} (rule ${rule?.id ?? 'unnamed'})`,
      }
  }
}

function findingReason(finding: Finding): Reason {
  const { rule, severity, title, file, line, reach } = finding
  const place = file === undefined ? '' : ` in ${file}${line === undefined ? '' : ` line ${line}`}`
  return {
    rule,
    severity,
    text: `${title}${place} (${severity}${REACH_WORDS[reach ?? 'any']})`,
    ...(file === undefined ? {} : { file: plainText(file) }),
    ...(line === undefined ? {} : { line }),
  }
}

function ageReason(
  published: number | undefined,
  claim: ArtifactClaim,
  policy: Policy,
  now: Date,
  rule: PolicyRule | undefined,
): Reason {
  const waits = rule?.when.youngerThanMs
  if (published === undefined || waits === undefined) {
    return {
      rule: 'publish-time-unknown',
      text: `the upstream does not say when ${claim.version} was published`,
    }
  }
  const age = now.getTime() - published
  const told = age < 0 ? 'in the future' : `${durationInWords(age)} ago`
  const until = minuteOf(published + waits)
  return {
    rule: 'cooldown',
    text: `${claim.version} was published ${told}; ${policy.name} waits ${durationInWords(waits)}, until ${until}`,
  }
}

/** `2026-11-25T10:00Z`; a time beyond what a date can say is told as never. */
function minuteOf(milliseconds: number): string {
  const date = new Date(milliseconds)
  return Number.isNaN(date.getTime()) ? 'never' : `${date.toISOString().slice(0, 16)}Z`
}

/** A cooldown that was cut short, kept as a warning so that nobody wonders. */
export function fastLaneReason({ version }: ArtifactClaim, { advisory, served }: Fix): Reason {
  const text = `${version} was released early: it fixes ${advisory}, which affects ${served}, served before`
  return { rule: 'fast-lane', text: plainText(text) }
}

/** When or how a hold ends, where the rule says it. */
function endOf(rule: PolicyRule | undefined): string {
  if (rule?.review === true) return ' (held for review)'
  return rule?.untilMs === undefined ? '' : ` (held until ${minuteOf(rule.untilMs)})`
}

function demandOf(rule: PolicyRule | undefined, policy: Policy): string {
  switch (rule?.outcome) {
    case 'hold':
      return rule?.untilMs === undefined ? `${policy.name} wants a review first` : `${policy.name} waits`
    case 'block':
      return `${policy.name} does not allow it`
    default:
      return `${policy.name} tells it`
  }
}

function fewOf(names: readonly string[]): string {
  const [first = '', ...others] = names
  return others.length === 0 ? first : `${first} and ${others.length} more`
}

/** A reason that a waiver has set aside, kept as a warning so that nobody forgets it. */
export function waivedReason(reason: Reason, waiver: Waiver): Reason {
  const until = waiver.expiresAt.slice(0, 16)
  const text = `waived by ${waiver.actor} until ${until}: ${waiver.reason} (was: ${reason.text})`
  return { ...reason, text: plainText(text), waiver: waiver.id }
}

/** A person's refusal, which no policy and no other exception sets aside. */
export function deniedReason({ id, actor, reason }: Waiver): Reason {
  return {
    rule: 'denied-by-hand',
    severity: 'critical',
    text: plainText(`refused by ${actor}: ${reason}`),
    waiver: id,
  }
}

/** Many hits of one rule are one reason: the first, with a count. */
export function collapseReasons(reasons: readonly Reason[]): Reason[] {
  const byRule = Map.groupBy(
    reasons,
    (reason) => `${reason.rule} ${reason.severity ?? ''} ${reason.waiver ?? ''}`,
  )
  return [...byRule.values()].flatMap(([first, ...others]) => {
    if (first === undefined) return []
    return others.length === 0
      ? [first]
      : [{ ...first, text: `${plainText(first.text, MAX_TEXT - 20)} and ${others.length} more` }]
  })
}
