// What a policy can look at: each fact about a claim as one observation of one subject.
import type { VulnerabilityRecord } from '../model/advisory.ts'
import type { ArtifactClaim } from '../model/claim.ts'
import type { Evidence, ScannerRun } from '../model/evidence.ts'
import { type Finding, severityAtLeast } from '../model/finding.ts'
import { matchesGlob } from '../model/glob.ts'
import type { MalwareRecord } from '../model/malware.ts'
import { satisfiableWith, satisfiableWithout, tellsLicence } from './licence.ts'
import { namesPackage } from './pattern.ts'
import type { Conditions, PolicyRule } from './policy.ts'
import { type VersionOrder, versionMatches } from './version-range.ts'
import { vulnerabilityMatches } from './vulnerabilities.ts'

export type Observation =
  | { readonly subject: 'finding'; readonly finding: Finding }
  | { readonly subject: 'malware'; readonly record: MalwareRecord }
  | { readonly subject: 'vulnerability'; readonly record: VulnerabilityRecord }
  | { readonly subject: 'age'; readonly publishedMs: number | undefined }
  | { readonly subject: 'hooks'; readonly hooks: readonly string[] }
  | { readonly subject: 'native'; readonly files: readonly string[] }
  | { readonly subject: 'licence'; readonly licence: string | undefined }
  | { readonly subject: 'maintainers'; readonly maintainers: readonly string[] }
  | { readonly subject: 'publisher'; readonly publisher: string | undefined }
  | { readonly subject: 'scanner'; readonly run: ScannerRun }
  | { readonly subject: 'package' }

/** What is known of a claim before its bytes are here. */
export function observeClaim(
  claim: ArtifactClaim,
  malware: readonly MalwareRecord[],
  vulnerabilities: readonly VulnerabilityRecord[] = [],
): Observation[] {
  return [
    ...malware.map((record) => ({ subject: 'malware', record }) as const),
    ...vulnerabilities.map((record) => ({ subject: 'vulnerability', record }) as const),
    { subject: 'package' },
    { subject: 'age', publishedMs: publishedMs(claim) },
    { subject: 'publisher', publisher: publisherOf(claim) },
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
    { subject: 'licence', licence: summary.licence },
    { subject: 'maintainers', maintainers: summary.maintainers },
  ]
}

function publishedMs(claim: ArtifactClaim): number | undefined {
  const milliseconds = claim.publishedAt === undefined ? Number.NaN : Date.parse(claim.publishedAt)
  return Number.isNaN(milliseconds) ? undefined : milliseconds
}

function publisherOf({ facts }: ArtifactClaim): string | undefined {
  const publisher = facts['publisher']
  return typeof publisher === 'string' ? publisher : undefined
}

/** Whether a rule speaks about this observation of this claim. */
export function ruleMatches(
  rule: PolicyRule,
  observation: Observation,
  claim: ArtifactClaim,
  now: Date,
  order?: VersionOrder,
): boolean {
  return (
    rule.subject === observation.subject &&
    (rule.untilMs === undefined || now.getTime() < rule.untilMs) &&
    observationMatches(rule.when, observation, now) &&
    isAbout(rule, claim, order)
  )
}

function isAbout(
  { when, except }: PolicyRule,
  claim: ArtifactClaim,
  order: VersionOrder | undefined,
): boolean {
  if (when.ecosystem !== undefined && !when.ecosystem.includes(claim.type)) return false
  if (when.repository !== undefined && !anyMatches(when.repository, claim.repository)) return false
  if (when.source !== undefined && !anyMatches(when.source, hostOf(claim.url))) return false
  if (when.version !== undefined && !versionMatches(when.version, claim, order)) return false
  if (when.package !== undefined && !when.package.some((one) => namesPackage(one, claim))) return false
  return !except.some((one) => namesPackage(one, claim))
}

function observationMatches(when: Conditions, observation: Observation, now: Date): boolean {
  switch (observation.subject) {
    case 'finding':
      return findingMatches(when, observation.finding)
    case 'malware':
      return when.malware?.includes(observation.record.kind) ?? false
    case 'vulnerability':
      return vulnerabilityMatches(when, observation.record)
    case 'age':
      return ageMatches(when, observation.publishedMs, now)
    case 'scanner':
      return when.failedScanner?.includes(observation.run.required ? 'required' : 'optional') ?? false
    case 'licence':
      return licenceMatches(when, observation.licence)
    case 'maintainers':
      return maintainersMatch(when, observation.maintainers)
    case 'publisher':
      return publisherMatches(when, observation.publisher)
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

/** A licence that is not told is in no list, and not covered by any either. */
function licenceMatches(when: Conditions, licence: string | undefined): boolean {
  if (!tellsLicence(licence)) return when.licenceUnknown === true || when.licenceNotIn !== undefined
  if (when.licenceIn !== undefined && satisfiableWithout(licence, when.licenceIn)) return false
  if (when.licenceNotIn !== undefined && satisfiableWith(licence, when.licenceNotIn)) return false
  return when.licenceUnknown === undefined
}

function maintainersMatch(
  { maintainer, maintainerNotIn }: Conditions,
  maintainers: readonly string[],
): boolean {
  const among = (list: readonly string[]) => maintainers.some((one) => anyMatches(list, one))
  return (
    (maintainer === undefined || among(maintainer)) &&
    (maintainerNotIn === undefined || !among(maintainerNotIn))
  )
}

function publisherMatches({ publisher, publisherNotIn }: Conditions, account: string | undefined): boolean {
  const among = (list: readonly string[]) => account !== undefined && anyMatches(list, account)
  return (
    (publisher === undefined || among(publisher)) && (publisherNotIn === undefined || !among(publisherNotIn))
  )
}

function anyMatches(patterns: readonly string[], text: string): boolean {
  return patterns.some((pattern) => matchesGlob(pattern, text))
}

function hostOf(url: string): string {
  return URL.parse(url)?.host ?? ''
}
