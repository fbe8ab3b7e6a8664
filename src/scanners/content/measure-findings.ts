// Turns measures of a file into findings of the rules that ask for them.
import type { Finding } from '../../model/finding.ts'
import type { PackageContents } from '../../model/package-contents.ts'
import type { CompiledRule, RuleSet } from '../rules/compile.ts'
import { patternsAgree } from './code-facts.ts'
import type { CodeFile } from './code-files.ts'
import type { Measure } from './measures.ts'
import { reachSuffices, ruleApplies, ruleFinding } from './rule-findings.ts'
import { redact } from './text.ts'

/** Findings of all rules whose measure is reached. */
export function findingsOfMeasures(
  measures: readonly Measure[],
  source: string | Uint8Array,
  file: CodeFile,
  contents: PackageContents,
  rules: RuleSet,
): Finding[] {
  return measures.flatMap((measure) =>
    (rules.byMeasure.get(measure.name) ?? [])
      .filter((rule) => isReached(rule, measure) && ruleApplies(rule, file, contents))
      .filter((rule) => patternsAgree(rule, file, rules) && reachSuffices(rule.rule, file.reach()))
      .map((rule) => ruleFinding(rule, file, placeOf(source, measure.at))),
  )
}

function isReached({ rule }: CompiledRule, measure: Measure): boolean {
  return rule.measure !== undefined && measure.value >= rule.measure.atLeast
}

function placeOf(source: string | Uint8Array, at: number): { line: number; snippet: string } {
  const before =
    typeof source === 'string' ? source.slice(0, at) : Buffer.from(source.subarray(0, at)).toString('latin1')
  const around =
    typeof source === 'string'
      ? source.slice(at, at + 160)
      : Buffer.from(source.subarray(at, at + 160)).toString('latin1')
  return { line: before.split('\n').length, snippet: redact(visible(around)) }
}

/** Invisible characters by their numbers, so that a snippet shows them. */
function visible(text: string): string {
  return text.replace(/[^\x20-\x7e\s]/gu, (c) => `\\u{${(c.codePointAt(0) ?? 0).toString(16)}}`)
}
