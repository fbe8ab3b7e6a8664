// What a policy can look at: each fact about a claim as one observation of one subject.
import type { ArtifactClaim } from '../model/claim.ts'
import type { Evidence, ScannerRun } from '../model/evidence.ts'
import { type Finding, severityAtLeast } from '../model/finding.ts'
import type { MalwareRecord } from '../model/malware.ts'
import { matchesGlob, namesPackage } from './pattern.ts'
import type { Conditions, PolicyRule } from './policy.ts'

export type Observation =
  | { readonly subject: 'finding'; readonly finding: Finding }
  | { readonly subject: 'malware'; readonly record: MalwareRecord }
  | { readonly subject: 'age'; readonly publishedMs: number | undefined }
  | { readonly subject: 'hooks'; readonly hooks: readonly string[] }
  | { readonly subject: 'native'; readonly files: readonly string[] }
  | { readonly subject: 'scanner'; readonly run: ScannerRun }
  | { readonly subject: 'package' }

/** What is known of a claim before its bytes are here. */
export function observeClaim(claim: ArtifactClaim, malware: readonly MalwareRecord[]): Observation[] {
  return [
    ...malware.map((record) => ({ subject: 'malware', record }) as const),
    { subject: 'package' },
    { subject: 'age', publishedMs: publishedMs(claim) },
  ]
}

/** What the examination found. */
export function observeEvidence(evidence: Evidence): Observation[] {
  const { findings, runs, summary } = evidence
  return [
    ...findings.map((finding) => ({ subject: 'finding', finding }) as const),
    ...runs.filter((run) => run.status === 'failed').map((run) => ({ subject: 'scanner', run }) as const),
    ...(summary.hooks.length > 0 ? [{ subject: 'hooks', hooks: summary.hooks } as const] : []),
    ...(summary.nativeCode.length > 0 ? [{ subject: 'native', files: summary.nativeCode } as const] : []),
  ]
}

function publishedMs(claim: ArtifactClaim): number | undefined {
  const milliseconds = claim.publishedAt === undefined ? Number.NaN : Date.parse(claim.publishedAt)
  return Number.isNaN(milliseconds) ? undefined : milliseconds
}

/** Whether a rule speaks about this observation of this claim. */
export function ruleMatches(
  rule: PolicyRule,
  observation: Observation,
  claim: ArtifactClaim,
  now: Date,
): boolean {
  return (
    rule.subject === observation.subject &&
    observationMatches(rule.when, observation, now) &&
    isAbout(rule, claim)
  )
}

function isAbout({ when, except }: PolicyRule, claim: ArtifactClaim): boolean {
  if (when.ecosystem !== undefined && !when.ecosystem.includes(claim.type)) return false
  if (when.package !== undefined && !when.package.some((one) => namesPackage(one, claim))) return false
  return !except.some((one) => namesPackage(one, claim))
}

function observationMatches(when: Conditions, observation: Observation, now: Date): boolean {
  switch (observation.subject) {
    case 'finding':
      return findingMatches(when, observation.finding)
    case 'malware':
      return when.malware?.includes(observation.record.kind) ?? false
    case 'age':
      return ageMatches(when, observation.publishedMs, now)
    case 'scanner':
      return when.failedScanner?.includes(observation.run.required ? 'required' : 'optional') ?? false
    case 'hooks':
    case 'native':
    case 'package':
      return true
  }
}

function findingMatches(when: Conditions, finding: Finding): boolean {
  if (when.severity !== undefined && !severityAtLeast(finding.severity, when.severity)) return false
  if (when.layer !== undefined && !when.layer.includes(finding.layer)) return false
  if (when.rule !== undefined && !when.rule.some((one) => matchesGlob(one, finding.rule))) return false
  return when.reach === undefined || (finding.reach !== undefined && when.reach.includes(finding.reach))
}

function ageMatches(when: Conditions, published: number | undefined, now: Date): boolean {
  if (published === undefined) return when.ageUnknown === true
  return when.youngerThanMs !== undefined && now.getTime() - published < when.youngerThanMs
}
