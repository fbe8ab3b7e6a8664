// Follows data through JavaScript and TypeScript by syntax tree, in the files where that can matter.
import type { Finding } from '../../model/finding.ts'
import type { PackageContents } from '../../model/package-contents.ts'
import { type RuleSet, ruleSetOf } from '../rules/compile.ts'
import type { Scanner } from '../scanner.ts'
import { factsOfScript, unread } from './code-analysis.ts'
import { findingsOfAnalysis } from './code-facts.ts'
import { type CodeFile, codeFilesOf, hookedPaths } from './code-files.ts'
import { readScript } from './javascript/parse.ts'
import { analyseJoined } from './joined-code.ts'
import { orderFindings } from './rule-findings.ts'
import { scriptDeservesTree, scriptsMatterTogether } from './worth-a-tree.ts'

/** Larger files are bundles: their patterns are searched, their trees are not built. */
const MAX_TREE_BYTES = 1_500_000
const MAX_HOOK_TREE_BYTES = 4_000_000

export const javascriptCode: Scanner = {
  id: 'javascript-code',
  version: 1,
  layer: 'code',
  applies: (contents) => (scripts(contents).length > 0 ? true : 'the package holds no JavaScript'),
  scan(contents, data, signal) {
    const rules = ruleSetOf(data.rules)
    const findings: Finding[] = []
    const joined = analyseJoined({
      files: scripts(contents),
      contents,
      read: (file) => readScript(file.text.raw, file.language === 'typescript'),
      matterTogether: (files) =>
        scriptsMatterTogether(
          files.map(({ text }) => text),
          rules,
        ),
    })
    for (const file of scripts(contents)) {
      signal.throwIfAborted()
      const analysis = joined.get(file)
      if (analysis) {
        findings.push(...findingsOfAnalysis(analysis, file, contents, rules))
        continue
      }
      if (!isWorthATree(file, contents, rules)) {
        if (isTooLarge(file, contents))
          findings.push(...findingsOfAnalysis(unread(''), file, contents, rules))
        continue
      }
      const alone = factsOfScript(file.text.raw, file.language === 'typescript')
      findings.push(...findingsOfAnalysis(alone, file, contents, rules))
    }
    return orderFindings(findings)
  },
}

function scripts(contents: PackageContents): CodeFile[] {
  return codeFilesOf(contents).filter(
    (file) => file.language === 'javascript' || file.language === 'typescript',
  )
}

function isHooked(file: CodeFile, contents: PackageContents): boolean {
  return file.isInline === true || hookedPaths(contents).has(file.path)
}

function isTooLarge(file: CodeFile, contents: PackageContents): boolean {
  return file.partial || (isHooked(file, contents) && file.text.bytes.length > MAX_HOOK_TREE_BYTES)
}

/** Code that an install hook names is always read closely. */
function isWorthATree(file: CodeFile, contents: PackageContents, rules: RuleSet): boolean {
  const { bytes } = file.text
  if (file.partial) return false
  if (isHooked(file, contents)) return bytes.length <= MAX_HOOK_TREE_BYTES
  if (bytes.length > MAX_TREE_BYTES) return false
  return scriptDeservesTree(file.text, rules)
}
