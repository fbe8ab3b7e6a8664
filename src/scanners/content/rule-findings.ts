// Makes findings of rules: severity by reach, line and redacted snippet.
import { type Finding, type Reach, SEVERITIES, type Severity } from '../../model/finding.ts'
import type { PackageContents } from '../../model/package-contents.ts'
import type { CompiledRule } from '../rules/compile.ts'
import type { Rule } from '../rules/rule.ts'
import { type CodeFile, codeBytes } from './code-files.ts'
import { lineAt, redact, snippetAt } from './text.ts'

export interface Place {
  /** Index into the collapsed text. */
  readonly index: number
  readonly length: number
}

/** A place given by line (from a syntax tree over the raw text) with what to show of it. */
export interface LinePlace {
  readonly line: number
  readonly snippet: string
}

const REACH_ORDER: readonly Reach[] = ['any', 'import', 'install']

/** Whether a rule looks at this file at all; its patterns decide the rest. */
export function ruleApplies(
  { rule, appliesTo }: CompiledRule,
  file: CodeFile,
  contents: PackageContents,
): boolean {
  if (rule.ecosystems && !rule.ecosystems.includes(contents.type)) return false
  if (rule.except?.includes(contents.declared.name ?? '')) return false
  if (rule.maxFileBytes !== undefined && file.text.sizeBytes > rule.maxFileBytes) return false
  if (!appliesTo(file.path, file.language)) return false
  if (rule.maxCodeBytes !== undefined && codeBytes(contents) > rule.maxCodeBytes) return false
  return true
}

/** Whether the file runs early enough for the rule; asked after a match, because it follows imports. */
export function reachSuffices(rule: Rule, reach: Reach): boolean {
  return REACH_ORDER.indexOf(reach) >= REACH_ORDER.indexOf(rule.scope ?? 'any')
}

/** The finding of a rule at a place of a file. */
export function ruleFinding(
  compiled: CompiledRule,
  file: CodeFile,
  place: Place | LinePlace | undefined,
): Finding {
  const { rule, layer } = compiled
  const reach = file.reach()
  const where = place && ('line' in place ? place : placeInText(file, place))
  return {
    rule: rule.id,
    layer,
    severity: severityOf(rule, reach),
    title: rule.title,
    detail: rule.why,
    file: file.path,
    reach,
    ...(where && { line: where.line, snippet: redact(where.snippet).slice(0, 200) }),
    ...(rule.behaviour !== undefined && { behaviour: rule.behaviour }),
    ...(rule.remediation !== undefined && { remediation: rule.remediation }),
  }
}

function placeInText(file: CodeFile, place: Place): LinePlace {
  const { text } = file.text
  return { line: lineAt(text, place.index), snippet: snippetAt(text, place.index, place.length) }
}

function severityOf(rule: Rule, reach: Reach): Severity {
  return rule.severityAt?.[reach] ?? rule.severity
}

/** Worst first, one a rule and file: the order people read and policies quote. */
export function orderFindings(findings: readonly Finding[]): Finding[] {
  const seen = new Set<string>()
  return findings
    .filter((finding) => {
      const key = `${finding.rule} ${finding.file}`
      return seen.has(key) ? false : seen.add(key)
    })
    .sort((a, b) => SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity))
}
