// Rules about public advisories: what a condition means, which ids are denied or accepted by name, and the sentences that tell them.
import type { StaleFeed, VulnerabilityRecord } from '../model/advisory.ts'
import type { ArtifactClaim } from '../model/claim.ts'
import { severityAtLeast } from '../model/finding.ts'
import { matchesGlob } from '../model/glob.ts'
import { durationInWords } from '../model/quantity.ts'
import type { Reason } from '../model/verdict.ts'
import { namesPackage } from './pattern.ts'
import type { AcceptedAdvisory, Conditions, Policy } from './policy.ts'
import { plainText } from './reasons.ts'

/** A severity, score or probability that nobody tells matches no floor; `any` matches all. */
export function vulnerabilityMatches(when: Conditions, record: VulnerabilityRecord): boolean {
  const { vulnerability, cvss, epss, kev, fixAvailable, advisory } = when
  return (
    (vulnerability === undefined || isSevere(record, vulnerability)) &&
    (cvss === undefined || (record.score !== undefined && record.score >= cvss)) &&
    (epss === undefined || (record.epss !== undefined && record.epss >= epss)) &&
    (kev === undefined || record.kev === kev) &&
    (fixAvailable === undefined || (record.fixed !== undefined) === fixAvailable) &&
    (advisory === undefined || advisory.some((pattern) => isNamed(record, pattern)))
  )
}

function isSevere(
  { severity }: VulnerabilityRecord,
  floor: NonNullable<Conditions['vulnerability']>,
): boolean {
  return floor === 'any' || (severity !== undefined && severityAtLeast(severity, floor))
}

function isNamed({ id, aliases }: VulnerabilityRecord, pattern: string): boolean {
  return matchesGlob(pattern, id) || aliases.some((alias) => matchesGlob(pattern, alias))
}

interface ListedRuling {
  readonly outcome: 'block' | 'warn'
  readonly reason: Reason
  readonly until?: number
}

/** A denied advisory blocks; an accepted one is told, until its day has come. Undefined: the rules decide. */
export function listedRuling(
  record: VulnerabilityRecord,
  { policy, claim, now }: { policy: Policy; claim: ArtifactClaim; now: Date },
): ListedRuling | undefined {
  const reason = vulnerabilityReason(record)
  if (policy.deniedAdvisories?.some((pattern) => isNamed(record, pattern)) === true)
    return {
      outcome: 'block',
      reason: { ...reason, text: plainText(`${policy.name} denies ${reason.text}`) },
    }
  const accepted = policy.acceptedAdvisories?.find((one) => isAccepted(one, record, claim, now))
  if (accepted === undefined) return undefined
  const until = new Date(accepted.expiresMs).toISOString().slice(0, 16)
  const text = plainText(`accepted until ${until}Z: ${accepted.reason} (was: ${reason.text})`)
  return { outcome: 'warn', reason: { ...reason, text }, until: accepted.expiresMs }
}

function isAccepted(
  { advisory, package: packages, expiresMs }: AcceptedAdvisory,
  record: VulnerabilityRecord,
  claim: ArtifactClaim,
  now: Date,
): boolean {
  return (
    expiresMs > now.getTime() &&
    isNamed(record, advisory) &&
    (packages === undefined || packages.some((pattern) => namesPackage(pattern, claim)))
  )
}

/** `GHSA-... (CVE-...) high 7.5, exploited, fixed in 4.17.21: summary`. */
export function vulnerabilityReason(record: VulnerabilityRecord): Reason {
  const { id, aliases, severity, score, kev, epss, fixed, summary } = record
  const cve = id.startsWith('CVE-') ? undefined : aliases.find((alias) => alias.startsWith('CVE-'))
  const facts = [
    [severity ?? 'severity not told', score].filter((part) => part !== undefined).join(' '),
    ...(kev ? ['known to be exploited'] : []),
    ...(epss !== undefined && epss >= 0.01
      ? [`exploited within 30 days with ${Math.round(epss * 100)} %`]
      : []),
    fixed === undefined ? 'no fix known' : `fixed in ${fixed}`,
  ]
  const text = `${id}${cve === undefined ? '' : ` (${cve})`} ${facts.join(', ')}: ${summary}`
  return {
    rule: `${VULNERABILITY_RULE}${id}`,
    ...(severity === undefined ? {} : { severity }),
    text: plainText(text),
  }
}

/** The rule of such a reason is this and the advisory's id, so that a waiver names one. */
const VULNERABILITY_RULE = 'vulnerability:'

export const STALE_RULE = 'advisories-stale'

/** Whether a reason of this rule may go when a feed changes. */
export function isAdvisoryRule(rule: string): boolean {
  return rule === 'known-malware' || rule === STALE_RULE || rule.startsWith(VULNERABILITY_RULE)
}

export function staleReason({ name, ageMs }: StaleFeed): Reason {
  const age =
    ageMs === undefined
      ? 'was never read, or at a time that has not come yet'
      : `is ${durationInWords(ageMs)} old, older than allowed`
  return { rule: STALE_RULE, text: plainText(`the advisory feed ${name} ${age}, and could not be updated`) }
}
