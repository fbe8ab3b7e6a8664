// Verdicts and evidence as text for people.
import type { Evidence } from '../model/evidence.ts'
import { type Finding, LAYERS, SEVERITIES } from '../model/finding.ts'
import type { Verdict } from '../model/verdict.ts'

/** Outcome, reasons, warnings; one line each, harmless for a terminal. */
export function describeVerdict(verdict: Verdict): string[] {
  return [
    `${verdict.outcome.toUpperCase()} under policy ${verdict.policy}`,
    ...verdict.reasons.map(({ text }) => `  because: ${text}`),
    ...verdict.warnings.map(({ text }) => `  warning: ${text}`),
    ...(verdict.reconsiderAt === undefined ? [] : [`  decided anew at ${verdict.reconsiderAt}`]),
  ].map(harmless)
}

/** Layer by layer: what ran, what was skipped and why, and what was found, worst first. */
export function describeEvidence({ findings, runs, summary, sha256 }: Evidence): string[] {
  const lines = [
    `sha256 ${sha256}`,
    `${summary.name ?? 'unnamed'} ${summary.version ?? ''}: ${summary.fileCount} files, ${summary.unpackedBytes} bytes unpacked, hooks: ${summary.hooks.join(', ') || 'none'}`,
  ]
  for (const layer of LAYERS) {
    const ran = runs.filter((run) => run.layer === layer)
    if (ran.length === 0) continue
    lines.push(`${layer}: ${describeRuns(ran)}`)
    for (const finding of findings.filter((one) => one.layer === layer).sort(bySeverity))
      lines.push(...describeFinding(finding))
  }
  return lines.map(harmless)
}

/** Those that ended alike for the same reason share its text. */
function describeRuns(runs: Evidence['runs']): string {
  const alike = Map.groupBy(runs, ({ status, reason }) =>
    reason === undefined ? status : `${status} (${reason})`,
  )
  return [...alike].map(([how, some]) => `${some.map(({ scanner }) => scanner).join(', ')} ${how}`).join('; ')
}

function describeFinding({ severity, rule, title, file, line, snippet, detail, reach }: Finding): string[] {
  const place = file === undefined ? '' : ` in ${file}${line === undefined ? '' : `:${line}`}`
  return [
    `  ${severity.padEnd(8)} ${rule}: ${title}${place}${reach === undefined || reach === 'any' ? '' : `, runs at ${reach}`}`,
    ...(detail === undefined ? [] : [`           ${detail}`]),
    ...(snippet === undefined ? [] : [`           > ${snippet}`]),
  ]
}

function bySeverity(a: Finding, b: Finding): number {
  return SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity)
}

/** Titles and snippets hold text of an artifact's author: no control characters reach the terminal. */
function harmless(line: string): string {
  return line.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '?')
}
