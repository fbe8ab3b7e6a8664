// Answers to "which of these versions are known to be vulnerable?" from the feeds.

import { fixAfter } from '../advisories/affected-versions.ts'
import { isAffected } from '../advisories/match.ts'
import { npmRange } from '../advisories/npm-range.ts'
import type { AdvisoryHit } from '../ecosystems/ecosystem.ts'
import { type AdvisoryEntry, advisoryName } from '../model/advisory.ts'
import type { PurlType } from '../model/claim.ts'
import { GatewayError } from '../model/errors.ts'
import type { AdvisoryData } from './advisory-data.ts'
import { versionOrders } from './version-orders.ts'

export type AuditAnswers = (
  type: PurlType,
  versions: Readonly<Record<string, readonly string[]>>,
) => Promise<readonly AdvisoryHit[] | undefined>

/** Undefined when no feed knows of such packages: the upstream is asked. Throws UPSTREAM_UNAVAILABLE while the feed that would know is not read yet: an empty answer would read as "no vulnerabilities". */
export function createAuditAnswers(advisories: AdvisoryData): AuditAnswers {
  return async (type, versions) => {
    const audits = advisories.audits(type)
    if (audits === 'passed') return undefined
    if (audits === 'unread')
      throw new GatewayError('UPSTREAM_UNAVAILABLE', 'the advisory feed of this gateway is not read yet', {
        retryAfterSeconds: 30,
      })
    const hits: AdvisoryHit[] = []
    for (const [name, asked] of Object.entries(versions))
      for (const entry of await advisories.entriesOf(type, [name])) hits.push(...hitsOf(entry, name, asked))
    return hits
  }
}

/** One hit when the entry names any of the versions. */
export function hitsOf(entry: AdvisoryEntry, name: string, asked: readonly string[]): AdvisoryHit[] {
  if (entry.name !== advisoryName(entry.type, name)) return []
  const order = versionOrders[entry.type]
  const affected = asked.filter((version) => isAffected(entry, version, order))
  if (affected.length === 0) return []
  const fixed = affected.flatMap((version) => fixAfter(order, version, entry.ranges) ?? [])
  const { id, summary, aliases, score, vector, url } = entry
  return [
    {
      name,
      id,
      url: url ?? addressOf(entry),
      title: summary === '' ? id : summary,
      severity: severityOf(entry),
      vulnerableVersions: npmRange(entry),
      affected,
      fixed: [...new Set(fixed)],
      aliases,
      source: entry.source,
      ...(score === undefined ? {} : { score }),
      ...(vector === undefined ? {} : { vector }),
    },
  ]
}

/** npm's words; malware is critical, and what nobody rates is moderate, as npm's own registry has it. */
function severityOf({ kind, severity }: AdvisoryEntry): AdvisoryHit['severity'] {
  if (kind === 'malware') return 'critical'
  if (kind !== 'vulnerability') return 'low'
  return severity === undefined || severity === 'medium' ? 'moderate' : severity
}

/** Where people read about it, for records without a link. */
function addressOf({ id, aliases }: AdvisoryEntry): string {
  const ghsa = [id, ...aliases].find((one) => one.startsWith('GHSA-'))
  if (ghsa !== undefined) return `https://github.com/advisories/${ghsa}`
  const cve = [id, ...aliases].find((one) => one.startsWith('CVE-'))
  return cve === undefined ? `urn:advisory:${id}` : `https://www.cve.org/CVERecord?id=${cve}`
}
