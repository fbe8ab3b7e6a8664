// KEV and EPSS: which CVE ids are exploited, and how likely the others are to be.
import { GatewayError } from '../model/errors.ts'
import { isRecord } from './osv.ts'

export interface Scores {
  /** CVE id to 1 (KEV) or to a probability (EPSS). */
  readonly scores: ReadonlyMap<string, number>
  readonly broken: readonly string[]
  /** What the document says of its own day. */
  readonly sourceTime?: string
}

const CVE = /^CVE-\d{4}-\d{4,19}$/

/** CISA's catalogue (`{ vulnerabilities: [{ cveID }] }`) or JSON lines with `cve`. Throws CONFIG_INVALID for anything else. */
export function readKev(text: string): Scores {
  const entries = kevEntries(text)
  const scores = new Map<string, number>()
  const broken: string[] = []
  for (const [at, entry] of entries.entries()) {
    const cve = isRecord(entry) ? (entry['cveID'] ?? entry['cve']) : undefined
    if (typeof cve === 'string' && CVE.test(cve)) scores.set(cve, 1)
    else broken.push(`entry ${at + 1}: no CVE id`)
  }
  if (scores.size === 0) throw invalid('KEV', 'it names no CVE id')
  return { scores, broken }
}

function kevEntries(text: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(text)
    if (isRecord(value) && Array.isArray(value['vulnerabilities'])) return value['vulnerabilities']
    if (isRecord(value) && value['cve'] !== undefined) return [value]
  } catch {
    // JSON lines are no JSON document
  }
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  return lines.map((line): unknown => {
    try {
      return JSON.parse(line)
    } catch {
      return undefined
    }
  })
}

/** FIRST's CSV: a comment with the day, a header, then `cve,epss,percentile`. Throws CONFIG_INVALID for anything else. */
export function readEpss(text: string): Scores {
  const scores = new Map<string, number>()
  const broken: string[] = []
  let header = false
  let sourceTime: string | undefined
  let number = 0
  for (const line of text.split(/\r?\n/)) {
    number += 1
    if (line === '') continue
    if (line.startsWith('#')) sourceTime = /score_date:(\d{4}-\d{2}-\d{2}[^,]*)/.exec(line)?.[1]
    else if (!header && line.startsWith('cve,epss')) header = true
    else {
      const [cve = '', epss = ''] = line.split(',')
      const score = epss === '' ? Number.NaN : Number(epss)
      if (CVE.test(cve) && score >= 0 && score <= 1) scores.set(cve, score)
      else broken.push(`line ${number}: no CVE id with a probability`)
    }
  }
  if (!header || scores.size === 0) throw invalid('EPSS', 'it has no header "cve,epss" or no score below it')
  return { scores, broken, ...(sourceTime === undefined ? {} : { sourceTime }) }
}

function invalid(kind: string, why: string): GatewayError {
  return new GatewayError('CONFIG_INVALID', `this is no ${kind} document: ${why}`, {})
}
