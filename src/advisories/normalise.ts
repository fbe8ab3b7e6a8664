// An OSV record in the form that is stored and matched: known ecosystems only, one severity, one summary.
import semver from 'semver'
import {
  type AdvisoryFacts,
  type AdvisoryRecord,
  type AffectedEvent,
  type AffectedPackage,
  type AffectedRange,
  advisoryName,
} from '../model/advisory.ts'
import type { Severity } from '../model/finding.ts'
import type { MalwareKind } from '../model/malware.ts'
import { cvssScore, severityOfScore, severityOfWord } from './cvss.ts'
import { osvEcosystem } from './distributions.ts'
import { isRecord, type OsvAffected, type OsvRecord, type OsvSeverity, writtenRange } from './osv.ts'

// Leitwacht's words; whoever says nothing means malware.
const KINDS: Readonly<Record<string, MalwareKind>> = {
  malware: 'malware',
  dependency_confusion: 'malware',
  research_poc: 'research',
  pua: 'unwanted',
}
const MAX_SUMMARY = 200
const MAX_ALIASES = 50
/** Advisories of rpm vendors about bugs and enhancements, not about security. */
const NO_SECURITY = /^(?:AL|RL|RH|RX)[BE]A-/

export interface NormaliseOptions {
  /** Every record of the feed is about harmful packages, whatever it says of itself. */
  readonly malware?: boolean
  readonly now: Date
}

/** Undefined for a record that is about no ecosystem served here, or not about security. */
export function normaliseRecord(record: OsvRecord, options: NormaliseOptions): AdvisoryRecord | undefined {
  if (NO_SECURITY.test(record.id)) return undefined
  const affected = record.affected.flatMap((one) => affectedOf(one) ?? [])
  if (affected.length === 0) return undefined
  return { ...factsOf(record, affected, options), affected }
}

function affectedOf(affected: OsvAffected): AffectedPackage | undefined {
  const ecosystem = osvEcosystem(affected.package.ecosystem)
  if (ecosystem === undefined) return undefined
  const ranges = (affected.ranges ?? [])
    .filter(({ type }) => type !== 'GIT')
    .map(({ events }) => ({ events: events.map(eventOf) }))
  const written = ranges.length === 0 && ecosystem.type === 'npm' ? writtenRange(affected) : undefined
  const versions = affected.versions ?? []
  const all = written === undefined ? ranges : rangesOfNpm(written)
  if (all.length === 0 && versions.length === 0) return undefined
  return { ...ecosystem, name: advisoryName(ecosystem.type, affected.package.name), ranges: all, versions }
}

function eventOf({ introduced, fixed, last_affected, limit }: AffectedEvent): AffectedEvent {
  return {
    ...(introduced === undefined ? {} : { introduced }),
    ...(fixed === undefined ? {} : { fixed }),
    ...(last_affected === undefined ? {} : { last_affected }),
    ...(limit === undefined ? {} : { limit }),
  }
}

/** npm's range notation as events; one that npm does not understand names every version. */
function rangesOfNpm(written: string): AffectedRange[] {
  const range = semver.validRange(written, { loose: true })
  if (range === null) return [{ events: [{ introduced: '0' }] }]
  return new semver.Range(range, { loose: true }).set.map((comparators) => ({
    events: comparators.flatMap(({ operator, semver: bound }): AffectedEvent[] => {
      const version = bound.version
      if (version === undefined) return [{ introduced: '0' }] // `*`
      switch (operator) {
        case '<':
          return [{ fixed: version }]
        case '<=':
          return [{ last_affected: version }]
        case '>':
          return [{ introduced: `${semver.inc(version, 'patch')}-0` }]
        case '>=':
          return [{ introduced: version }]
        default:
          return [{ introduced: version }, { last_affected: version }]
      }
    }),
  }))
}

function factsOf(
  record: OsvRecord,
  affected: readonly AffectedPackage[],
  { malware, now }: NormaliseOptions,
): AdvisoryFacts {
  const specific = record.database_specific ?? {}
  const kind = kindOf(record, malware === true)
  const { severity, score, vector } = kind === 'vulnerability' ? severityOf(record) : NO_SEVERITY
  const url = urlOf(record)
  const digests = digestsOf(record)
  return {
    id: record.id,
    kind,
    summary: summaryOf(record),
    source: typeof specific['source'] === 'string' ? specific['source'].slice(0, 100) : 'osv',
    modified: modifiedOf(record, now),
    withdrawn: isPast(record.withdrawn, now),
    aliases: aliasesOf(record, affected),
    ...(severity === undefined ? {} : { severity }),
    ...(score === undefined ? {} : { score }),
    ...(vector === undefined ? {} : { vector }),
    ...(url === undefined ? {} : { url }),
    ...(digests.length === 0 ? {} : { digests }),
  }
}

function kindOf({ id, database_specific = {} }: OsvRecord, malware: boolean): AdvisoryFacts['kind'] {
  const { category } = database_specific
  const named = typeof category === 'string' && Object.hasOwn(KINDS, category) ? KINDS[category] : undefined
  if (malware || id.startsWith('MAL-')) return named ?? 'malware'
  return named ?? 'vulnerability'
}

/** A time in the future says nothing: it would win over every correction that comes until then. */
function modifiedOf({ modified, published }: OsvRecord, now: Date): string {
  const time = Date.parse(modified ?? published ?? '')
  return Number.isNaN(time) ? '' : new Date(Math.min(time, now.getTime())).toISOString()
}

/** A record that will be withdrawn is in force until then. */
function isPast(time: string | null | undefined, now: Date): boolean {
  return typeof time === 'string' && Date.parse(time) <= now.getTime()
}

function summaryOf({ summary, details }: OsvRecord): string {
  const text = typeof summary === 'string' && summary.trim() !== '' ? summary : details
  return typeof text === 'string' ? text.replace(/\s+/g, ' ').trim().slice(0, MAX_SUMMARY) : ''
}

/** What a distribution's advisory is `related` to is what it fixes; elsewhere it is only similar. */
function aliasesOf(record: OsvRecord, affected: readonly AffectedPackage[]): string[] {
  const fixes = affected.some(({ type }) => type !== 'npm' && type !== 'pypi') ? (record.related ?? []) : []
  const all = new Set([...(record.aliases ?? []), ...(record.upstream ?? []), ...fixes])
  all.delete(record.id)
  // Alpine and Debian write `ALPINE-CVE-2024-1` for their view of CVE-2024-1.
  const [, own] = /^(?:ALPINE|DEBIAN|UBUNTU)-(CVE-\d{4}-\d+)$/.exec(record.id) ?? []
  if (own !== undefined) all.add(own)
  return [...all].slice(0, MAX_ALIASES)
}

function urlOf({ references = [] }: OsvRecord): string | undefined {
  const links = (Array.isArray(references) ? references : []).filter(
    ({ url }) => typeof url === 'string' && /^https?:\/\/[\x21-\x7e]{1,300}$/.test(url),
  )
  const found = links.find(({ type }) => type === 'ADVISORY') ?? links.find(({ type }) => type === 'WEB')
  return found === undefined ? undefined : String(found.url)
}

interface Rated {
  readonly severity?: Severity
  readonly score?: number
  readonly vector?: string
}

const NO_SEVERITY: Rated = {}
const NEWEST_FIRST = ['CVSS_V4', 'CVSS_V3', 'CVSS_V2']

/** The newest CVSS vector; else the words that the source has for it. */
function severityOf(record: OsvRecord): Rated {
  const given = [...(record.severity ?? []), ...record.affected.flatMap(({ severity }) => severity ?? [])]
  for (const wanted of NEWEST_FIRST)
    for (const { type, score: vector } of given) {
      const score = type === wanted ? cvssScore(vector) : undefined
      if (score !== undefined) return { severity: severityOfScore(score), score, vector }
    }
  const severity = wordOf(record, given)
  return severity === undefined ? NO_SEVERITY : { severity }
}

function wordOf(record: OsvRecord, given: readonly OsvSeverity[]): Severity | undefined {
  const [, prefix] = /^(Critical|Important|Moderate|Low):/.exec(record.summary ?? '') ?? []
  const specific = record.affected.flatMap(({ ecosystem_specific: own }) =>
    isRecord(own) ? [own['severity'], own['urgency']] : [],
  )
  const words = [
    record.database_specific?.['severity'],
    ...given.filter(({ type }) => !type.startsWith('CVSS')).map(({ score }) => score),
    prefix,
    ...specific,
  ]
  return words.flatMap((word) => severityOfWord(word) ?? [])[0]
}

function digestsOf({ database_specific }: OsvRecord): string[] {
  const digests = database_specific?.['sha256']
  if (!Array.isArray(digests)) return []
  return digests.filter((digest) => typeof digest === 'string' && /^[0-9a-f]{64}$/.test(digest))
}
