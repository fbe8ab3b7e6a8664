// The decision: facts and a policy in, a verdict out. Pure: the same input gives the same verdict.
import type { StaleFeed, VulnerabilityRecord } from '../model/advisory.ts'
import type { ArtifactClaim } from '../model/claim.ts'
import type { Evidence } from '../model/evidence.ts'
import { SEVERITIES } from '../model/finding.ts'
import type { MalwareRecord } from '../model/malware.ts'
import type { Outcome, Reason, Verdict } from '../model/verdict.ts'
import type { Waiver } from '../model/waiver.ts'
import { type Observation, observeClaim, observeEvidence, ruleMatches } from './observations.ts'
import type { Policy, PolicyRule, RuleOutcome, Subject } from './policy.ts'
import { collapseReasons, deniedReason, fastLaneReason, reasonFor, waivedReason } from './reasons.ts'
import type { VersionOrder } from './version-range.ts'
import { listedRuling, staleReason } from './vulnerabilities.ts'
import { waiverOf, waiversFor } from './waiver.ts'

/** An advisory that affects a version that was served, and not this one. */
export interface Fix {
  readonly advisory: string
  readonly served: string
}

export interface ScreenInput {
  readonly claim: ArtifactClaim
  /** Records that name this claim. */
  readonly malware: readonly MalwareRecord[]
  readonly vulnerabilities?: readonly VulnerabilityRecord[]
  readonly policy: Policy
  readonly waivers?: readonly Waiver[]
  readonly now: Date
  /** What this version mends of what was served before; asked only of a rule with a fast lane. */
  readonly fixes?: () => Fix | undefined
  /** Needed when a rule has a version range. */
  readonly order?: VersionOrder
}

export interface DecideInput extends ScreenInput {
  /** Undefined when nobody has examined the bytes: held, never approved, unless the policy only records. */
  readonly evidence: Evidence | undefined
  /** Feeds that should have been asked about this package, and are older than allowed. */
  readonly staleFeeds?: readonly StaleFeed[]
  /** A stale feed holds what is new; what was approved before it went stale is told, and served. */
  readonly approvedBefore?: boolean
}

interface Ruling {
  readonly outcome: RuleOutcome
  readonly reason: Reason
  readonly observation: Observation
  /** When time alone may change it, in milliseconds since the epoch. */
  readonly until?: number
}

const NOT_EXAMINED: Reason = { rule: 'not-examined', text: 'not examined yet' }

/** The verdict on examined bytes. */
export function decide(input: DecideInput): Verdict {
  const { claim, malware, vulnerabilities, evidence, staleFeeds = [] } = input
  const observations = [
    ...observeClaim(claim, malware, vulnerabilities),
    ...(evidence === undefined ? [] : observeEvidence(evidence)),
  ]
  const rulings = rule(observations, input)
  if (evidence === undefined) {
    rulings.push({ outcome: 'hold', reason: NOT_EXAMINED, observation: { subject: 'package' } })
  }
  for (const feed of staleFeeds) {
    const outcome = feed.onStale === 'hold' && input.approvedBefore !== true ? 'hold' : 'warn'
    rulings.push({ outcome, reason: staleReason(feed), observation: { subject: 'package' } })
  }
  return verdictOf(rulings, input, evidence?.sha256)
}

/** What can be said against a claim before its bytes are here; undefined when nothing is. Never an approval. */
export function screen(input: ScreenInput): Verdict | undefined {
  const rulings = rule(observeClaim(input.claim, input.malware, input.vulnerabilities), input)
  const isRefused = rulings.some(({ outcome }) => outcome === 'hold' || outcome === 'block')
  if (!isRefused && input.waivers?.some(({ effect }) => effect === 'deny') !== true) return undefined
  const verdict = verdictOf(rulings, input, undefined)
  return verdict.outcome === 'approved' ? undefined : verdict
}

/** For each observation the first rule that matches decides. */
function rule(observations: readonly Observation[], input: ScreenInput): Ruling[] {
  const { claim, policy, now, order } = input
  const rules = rulesBySubject(policy)
  const end = endOfReading(rules, input)
  return observations.flatMap((observation): Ruling[] => {
    const listed =
      observation.subject === 'vulnerability' ? listedRuling(observation.record, input) : undefined
    if (listed !== undefined) return [{ ...listed, observation }]
    const found = rules[observation.subject].find(
      (one) => isRead(one, end) && ruleMatches(one.rule, observation, claim, now, order),
    )?.rule
    const outcome = found?.outcome ?? unruled(observation)
    if (outcome === 'approve') return []
    const fix = found?.fastLane === true ? input.fixes?.() : undefined
    if (fix !== undefined) return [{ outcome: 'warn', reason: fastLaneReason(claim, fix), observation }]
    const reason = reasonFor(observation, claim, policy, now, found)
    const until = endOfHold(observation, found)
    return [{ outcome, reason, observation, ...(until === undefined ? {} : { until }) }]
  })
}

interface PlacedRule {
  readonly rule: PolicyRule
  readonly place: number
}

type RulesBySubject = Readonly<Record<Subject, readonly PlacedRule[]>>

const grouped = new WeakMap<Policy, RulesBySubject>()

/** Rules in order, by subject: a repository's index has tens of thousands of claims, and most rules are about findings. */
function rulesBySubject(policy: Policy): RulesBySubject {
  const known = grouped.get(policy)
  if (known !== undefined) return known
  const placed = policy.rules.map((one, place) => ({ rule: one, place }))
  const about = (subject: Subject) => placed.filter(({ rule: one }) => one.subject === subject)
  const rules: RulesBySubject = {
    finding: about('finding'),
    malware: about('malware'),
    vulnerability: about('vulnerability'),
    age: about('age'),
    hooks: about('hooks'),
    native: about('native'),
    licence: about('licence'),
    maintainers: about('maintainers'),
    publisher: about('publisher'),
    scanner: about('scanner'),
    package: about('package'),
  }
  grouped.set(policy, rules)
  return rules
}

/** An approved package ends the reading of later rules. */
function endOfReading(rules: RulesBySubject, { claim, now, order }: ScreenInput): number {
  const approval = rules.package.find(
    ({ rule: one }) =>
      one.outcome === 'approve' && ruleMatches(one, { subject: 'package' }, claim, now, order),
  )
  return approval?.place ?? Number.POSITIVE_INFINITY
}

/** Rules about known malware and unfinished examinations are always read. */
function isRead({ rule: { subject }, place }: PlacedRule, end: number): boolean {
  return place < end || subject === 'malware' || subject === 'scanner'
}

/** What no rule speaks about is approved, but for what must never pass in silence. */
function unruled(observation: Observation): RuleOutcome {
  if (observation.subject === 'malware') return 'block'
  if (observation.subject === 'scanner') return observation.run.required ? 'hold' : 'warn'
  return 'approve'
}

function endOfHold(observation: Observation, found: PolicyRule | undefined): number | undefined {
  if (found?.untilMs !== undefined) return found.untilMs
  if (observation.subject !== 'age' || observation.publishedMs === undefined) return undefined
  const waits = found?.when.youngerThanMs
  return waits === undefined ? undefined : observation.publishedMs + waits
}

function verdictOf(rulings: readonly Ruling[], input: ScreenInput, sha256: string | undefined): Verdict {
  const { policy, claim, now } = input
  const target = { ...claim, ...(sha256 === undefined ? {} : { sha256 }) }
  const waivers = waiversFor(input.waivers ?? [], target, now, input.order)
  const denials = waivers.filter(({ effect }) => effect === 'deny').map(denial)
  const refusals: Ruling[] = [...denials]
  const warnings: Reason[] = []
  const changes: number[] = []
  for (const ruling of rulings) {
    const waiver = ruling.outcome === 'warn' ? undefined : waiverForRuling(waivers, ruling)
    if (waiver !== undefined) {
      warnings.push(waivedReason(ruling.reason, waiver))
      changes.push(Date.parse(waiver.expiresAt))
    } else if (ruling.outcome === 'warn') {
      warnings.push(ruling.reason)
    } else {
      refusals.push(ruling)
    }
    if (ruling.until !== undefined) changes.push(ruling.until)
  }
  return assemble(refusals, warnings, nextChange(changes, now), policy, denials.length > 0)
}

function waiverForRuling(waivers: readonly Waiver[], { reason, observation }: Ruling): Waiver | undefined {
  // Nobody has looked at the bytes: there is nothing yet that could be excepted.
  return reason === NOT_EXAMINED ? undefined : waiverOf(waivers, reason, observation)
}

function denial(waiver: Waiver): Ruling {
  return { outcome: 'block', reason: deniedReason(waiver), observation: { subject: 'package' } }
}

function nextChange(times: readonly number[], now: Date): string | undefined {
  const next = Math.min(...times.filter((time) => time > now.getTime()))
  const date = new Date(next)
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString()
}

function assemble(
  refusals: readonly Ruling[],
  warnings: readonly Reason[],
  reconsiderAt: string | undefined,
  policy: Policy,
  isDenied: boolean,
): Verdict {
  const outcome = heaviest(refusals)
  const reasons = collapseReasons(refusals.toSorted(byWeight).map(({ reason }) => reason))
  const rest = {
    warnings: collapseReasons(warnings.toSorted((a, b) => severityRank(b) - severityRank(a))),
    ...(reconsiderAt === undefined ? {} : { reconsiderAt }),
    policy: policy.revision,
  }
  // A policy that only records does not speak for the person who refused it.
  if (policy.mode === 'enforce' || outcome === 'approved' || isDenied) return { outcome, reasons, ...rest }
  return {
    ...rest,
    outcome: 'approved',
    reasons: [],
    warnings: [...recorded(reasons, outcome), ...rest.warnings],
  }
}

/** What a recording policy would have done, said first. */
function recorded(reasons: readonly Reason[], outcome: 'held' | 'blocked'): Reason[] {
  return reasons.map((reason) => ({ ...reason, text: `would be ${outcome}: ${reason.text}` }))
}

function heaviest(refusals: readonly Ruling[]): Outcome {
  if (refusals.some(({ outcome }) => outcome === 'block')) return 'blocked'
  return refusals.length > 0 ? 'held' : 'approved'
}

/** Blocks before holds, then by severity; the rest keeps the order of the observations. */
function byWeight(a: Ruling, b: Ruling): number {
  const rank = (ruling: Ruling) => (ruling.outcome === 'block' ? 1 : 0)
  return rank(b) - rank(a) || severityRank(b.reason) - severityRank(a.reason)
}

function severityRank({ severity }: Reason): number {
  return severity === undefined ? -1 : SEVERITIES.indexOf(severity)
}
