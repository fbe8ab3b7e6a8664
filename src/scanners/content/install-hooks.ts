// Says which install hooks there are and what their command lines do; the files they run are read by the code scanners.
import type { Finding } from '../../model/finding.ts'
import type { PackageContents } from '../../model/package-contents.ts'
import { type RuleSet, ruleSetOf } from '../rules/compile.ts'
import type { Scanner } from '../scanner.ts'
import { findingsOfFacts } from './code-facts.ts'
import { type CodeFile, codeFilesOf } from './code-files.ts'
import { factsOfHook } from './hook-lines.ts'
import { orderFindings } from './rule-findings.ts'

export const installHooks: Scanner = {
  id: 'install-hooks',
  version: 1,
  layer: 'script',
  applies: (contents) => (contents.hooks.length > 0 ? true : 'nothing runs at install'),
  scan(contents, data, signal) {
    const rules = ruleSetOf(data.rules)
    const findings: Finding[] = []
    for (const file of hookFiles(contents)) {
      signal.throwIfAborted()
      findings.push(...findingsOfHook(file, contents, rules))
    }
    return orderFindings(findings)
  },
}

function hookFiles(contents: PackageContents): CodeFile[] {
  return codeFilesOf(contents).filter((file) => file.hook !== undefined && !file.isInline)
}

function findingsOfHook(file: CodeFile, contents: PackageContents, rules: RuleSet): Finding[] {
  if (!file.hook) return []
  const facts =
    contents.type === 'npm' ? factsOfHook(file.hook, contents) : [{ query: 'install-hook', at: 0 }]
  return findingsOfFacts(facts, file.hook.script, file, contents, rules)
}
