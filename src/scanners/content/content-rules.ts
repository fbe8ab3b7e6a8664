// Runs the pattern rules of all packs over every file they apply to; shell that runs at install is read by shell-script.ts.
import type { Finding } from '../../model/finding.ts'
import type { PackageContents } from '../../model/package-contents.ts'
import type { CompiledRule, RuleSet } from '../rules/compile.ts'
import { matchRule } from '../rules/match.ts'
import type { Scanner } from '../scanner.ts'
import { type CodeFile, codeFilesOf, hookedPaths, isInstallScript } from './code-files.ts'
import { fileScanner, walkWithRules } from './file-scanner.ts'
import { reachSuffices, ruleApplies, ruleFinding } from './rule-findings.ts'

export const contentRules: Scanner = fileScanner({
  id: 'content-rules',
  version: 1,
  layer: 'code',
  applies: (contents) => (codeFilesOf(contents).length > 0 ? true : 'the package holds no readable file'),
  walk: walkWithRules((file, contents, rules) =>
    isInstallScript(file, hookedPaths(contents)) ? [] : scanFile(file, contents, rules),
  ),
})

/** Pattern findings of one file. */
export function scanFile(file: CodeFile, contents: PackageContents, rules: RuleSet): Finding[] {
  const candidates = rules
    .patternRulesFor(file.language)
    .filter((rule) => isCodeRule(rule) && ruleApplies(rule, file, contents))
  if (candidates.length === 0) return []
  const target = file.text.against(rules)
  const findings: Finding[] = []
  for (const rule of candidates) {
    const match = matchRule(rule, target)
    if (match && reachSuffices(rule.rule, file.reach())) findings.push(ruleFinding(rule, file, match))
  }
  return findings
}

/** Secrets have a scanner of their own: they are looked for in every file and are never shown. */
function isCodeRule({ layer }: CompiledRule): boolean {
  return layer !== 'secret'
}
