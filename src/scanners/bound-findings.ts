// Evidence of bounded size: an artifact must not be able to fill the ledger with findings, nor drown the worst of them.
import { type Finding, SEVERITIES } from '../model/finding.ts'

const MAX_PER_RULE = 25
const MAX_FINDINGS = 500
const MAX_SNIPPET = 200
const MAX_TITLE = 300
const MAX_TEXT = 1000
const MAX_PATH = 1024

/**
 * The worst first, at most 25 of one rule and 500 in all; what is left out is counted in the detail of the last one kept
 * of its rule. Texts are cut to the lengths that `Finding` promises, control characters replaced.
 */
export function boundFindings(findings: readonly Finding[]): Finding[] {
  const worstFirst = findings.toSorted(
    (a, b) => SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity),
  )
  const total = new Map<string, number>()
  for (const finding of worstFirst) total.set(finding.rule, (total.get(finding.rule) ?? 0) + 1)
  const kept = new Map<string, number>()
  const bounded: Finding[] = []
  for (const finding of worstFirst) {
    const number = (kept.get(finding.rule) ?? 0) + 1
    if (number > MAX_PER_RULE || bounded.length >= MAX_FINDINGS) continue
    kept.set(finding.rule, number)
    const left = number === MAX_PER_RULE ? (total.get(finding.rule) ?? 0) - number : 0
    bounded.push(bounded.length < MAX_FINDINGS ? clip(finding, left) : finding)
  }
  return bounded
}

function clip(finding: Finding, left: number): Finding {
  const more = left > 0 ? `${left} more like this. ` : ''
  const detail = `${more}${finding.detail ?? ''}`
  return {
    ...finding,
    rule: cut(finding.rule, MAX_SNIPPET),
    title: cut(finding.title, MAX_TITLE),
    ...(detail === '' ? {} : { detail: cut(detail, MAX_TEXT) }),
    ...(finding.file === undefined ? {} : { file: cut(finding.file, MAX_PATH) }),
    ...(finding.snippet === undefined ? {} : { snippet: cut(finding.snippet, MAX_SNIPPET) }),
    ...(finding.remediation === undefined ? {} : { remediation: cut(finding.remediation, MAX_TEXT) }),
  }
}

function cut(text: string, length: number): string {
  const clean = text
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '\ufffd')
    .toWellFormed()
  return clean.length <= length ? clean : `${clean.slice(0, length - 1)}…`.toWellFormed()
}
