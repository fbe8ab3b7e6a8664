// The operator's own advisories: a YAML list of package, range, severity and reason.
import { parse } from 'yaml'
import { type AdvisoryRecord, type AffectedRange, advisoryName } from '../model/advisory.ts'
import type { PurlType } from '../model/claim.ts'
import { GatewayError } from '../model/errors.ts'
import { SEVERITIES, type Severity } from '../model/finding.ts'
import { MALWARE_KINDS } from '../model/malware.ts'
import { cvssScore, severityOfScore } from './cvss.ts'
import { isRecord } from './osv.ts'

const KINDS = ['vulnerability', ...MALWARE_KINDS] as const
const KEYS = [
  'id',
  'package',
  'range',
  'versions',
  'severity',
  'cvss',
  'reason',
  'kind',
  'aliases',
  'release',
  'withdrawn',
  'url',
]

/**
 * `{ advisories: [...] }` or the list alone. Throws CONFIG_INVALID with every mistake: these were written by hand, and one that is
 * not understood would protect nobody.
 */
export function readOwnAdvisories(text: string, now: Date): readonly AdvisoryRecord[] {
  const list = listOf(text)
  const problems: string[] = []
  const records = list.flatMap((value, at) => {
    const found = recordOf(value, now)
    if (typeof found !== 'string') return [found]
    problems.push(`advisories[${at}]: ${found}`)
    return []
  })
  const ids = records.map(({ id }) => id)
  const twice = ids.filter((id, at) => ids.indexOf(id) !== at)
  if (twice.length > 0) problems.push(`used twice: ${twice.join(', ')}`)
  if (problems.length > 0)
    throw new GatewayError('CONFIG_INVALID', `own advisories are refused:\n  - ${problems.join('\n  - ')}`, {
      problems,
    })
  return records
}

function listOf(text: string): readonly unknown[] {
  let value: unknown
  try {
    value = parse(text, { uniqueKeys: true, maxAliasCount: 10 })
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new GatewayError('CONFIG_INVALID', `own advisories are no YAML: ${why}`, {}, { cause })
  }
  const list = isRecord(value) ? value['advisories'] : value
  if (Array.isArray(list)) return list
  throw new GatewayError('CONFIG_INVALID', 'own advisories: a list is expected under "advisories"', {})
}

function recordOf(value: unknown, now: Date): AdvisoryRecord | string {
  if (!isRecord(value)) return 'not a mapping'
  const unknown = Object.keys(value).filter((key) => !KEYS.includes(key))
  if (unknown.length > 0) return `unknown key ${unknown.join(', ')}; allowed: ${KEYS.join(', ')}`
  const { id, package: named, reason, kind = 'vulnerability', release = '', withdrawn, url } = value
  if (typeof id !== 'string' || !/^[\x21-\x7e]{1,100}$/.test(id)) return 'id: a printable text without spaces'
  const [, type, name] = /^(npm|pypi|deb|rpm|apk):(.+)$/.exec(typeof named === 'string' ? named : '') ?? []
  if (type === undefined || name === undefined)
    return `package: "${String(named)}" is not TYPE:NAME, e.g. npm:lodash`
  if (typeof reason !== 'string' || reason.trim() === '') return 'reason: missing'
  if (!isOneOf(KINDS, kind)) return `kind: allowed are ${KINDS.join(', ')}`
  if (typeof release !== 'string') return 'release: a text such as Debian:12'
  if (withdrawn !== undefined && withdrawn !== true && withdrawn !== false) return 'withdrawn: true or false'
  if (url !== undefined && (typeof url !== 'string' || !/^https?:\/\/\S+$/.test(url)))
    return 'url: an http or https URL'
  const affected = affectedOf(value)
  if (typeof affected === 'string') return affected
  const severity = severityOf(value)
  if (typeof severity === 'string') return severity
  const aliases = textsOf(value['aliases'])
  if (aliases === undefined) return 'aliases: a list of texts'
  return {
    id,
    kind,
    summary: reason.replace(/\s+/g, ' ').trim().slice(0, 200),
    source: 'own',
    modified: now.toISOString().slice(0, 10),
    withdrawn: withdrawn === true,
    aliases,
    ...severity,
    ...(url === undefined ? {} : { url }),
    affected: [
      {
        type: type as PurlType,
        name: advisoryName(type as PurlType, name),
        release,
        names: 'either',
        ...affected,
      },
    ],
  }
}

function affectedOf({
  range,
  versions,
}: Record<string, unknown>): { ranges: AffectedRange[]; versions: string[] } | string {
  const listed = textsOf(versions)
  if (listed === undefined) return 'versions: a list of texts'
  if (range === undefined)
    return listed.length > 0 ? { ranges: [], versions: listed } : 'range or versions: one is needed'
  const ranges = typeof range === 'string' ? parseRange(range) : undefined
  if (ranges === undefined)
    return `range: "${String(range)}" is not understood; e.g. ">=1.0 <1.4.2", "<=2.0", "=1.1", "*", alternatives parted by ||`
  return { ranges, versions: listed }
}

/** `>=a <b`, `<=b`, `=a`, `*`; alternatives parted by `||`. A bound that leaves its own version out at the start has no word in OSV. */
function parseRange(text: string): AffectedRange[] | undefined {
  const ranges = text.split('||').map(alternative)
  return ranges.some((one) => one === undefined) ? undefined : ranges.flatMap((one) => one ?? [])
}

function alternative(text: string): AffectedRange | undefined {
  const words = text
    .trim()
    .replaceAll(/(>=|<=|=|<)\s+/g, '$1')
    .split(/[\s,]+/)
  if (words.length === 1 && words[0] === '*') return { events: [{ introduced: '0' }] }
  const bounds = words.map((word) => /^(>=|<=|=|<)([^<>=*\s]+)$/.exec(word))
  const events = bounds.map((bound) => {
    const [, sign, version = ''] = bound ?? []
    if (sign === '>=') return [{ introduced: version }]
    if (sign === '<') return [{ fixed: version }]
    if (sign === '<=') return [{ last_affected: version }]
    return sign === '=' ? [{ introduced: version }, { last_affected: version }] : []
  })
  if (events.some((one) => one.length === 0) || words.length > 2) return undefined
  const all = events.flat()
  return { events: all.some((one) => 'introduced' in one) ? all : [{ introduced: '0' }, ...all] }
}

function severityOf({
  severity,
  cvss,
}: Record<string, unknown>): { severity?: Severity; score?: number; vector?: string } | string {
  if (cvss !== undefined) {
    const score =
      typeof cvss === 'number' && cvss >= 0 && cvss <= 10
        ? cvss
        : typeof cvss === 'string'
          ? cvssScore(cvss)
          : undefined
    if (score === undefined) return 'cvss: a score from 0 to 10, or a CVSS vector'
    return { severity: severityOfScore(score), score, ...(typeof cvss === 'string' ? { vector: cvss } : {}) }
  }
  if (severity === undefined) return {}
  return isOneOf(SEVERITIES, severity) ? { severity } : `severity: allowed are ${SEVERITIES.join(', ')}`
}

function isOneOf<T extends string>(all: readonly T[], value: unknown): value is T {
  return all.some((one) => one === value)
}

function textsOf(value: unknown): string[] | undefined {
  if (value === undefined) return []
  if (!Array.isArray(value) || !value.every((one) => typeof one === 'string' && one.length <= 256))
    return undefined
  return value
}
