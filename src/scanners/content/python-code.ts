// Follows data through Python by syntax tree, in the files where that can matter.
import type { Finding } from '../../model/finding.ts'
import type { PackageContents } from '../../model/package-contents.ts'
import { type RuleSet, ruleSetOf } from '../rules/compile.ts'
import type { Scanner } from '../scanner.ts'
import { factsOfPython } from './code-analysis.ts'
import { findingsOfAnalysis } from './code-facts.ts'
import { type CodeFile, codeFilesOf, hookedPaths } from './code-files.ts'
import { analyseJoined } from './joined-code.ts'
import { parsePython } from './python/parse.ts'
import { orderFindings } from './rule-findings.ts'
import { pythonDeservesTree, pythonMattersTogether } from './worth-a-tree.ts'

const MAX_TREE_BYTES = 1_000_000
/** A build that imports the whole package reaches all of it: of that, long modules are chosen as elsewhere. */
const MAX_SURE_BYTES = 8_000

export const pythonCode: Scanner = {
  id: 'python-code',
  version: 1,
  layer: 'code',
  applies: (contents) => (pythonFiles(contents).length > 0 ? true : 'the package holds no Python'),
  scan(contents, data, signal) {
    const rules = ruleSetOf(data.rules)
    const findings: Finding[] = []
    const joined = analyseJoined({
      files: pythonFiles(contents),
      contents,
      read: (file) => {
        const program = parsePython(file.text.raw)
        return program ? [program] : []
      },
      matterTogether: (files) =>
        pythonMattersTogether(
          files.map(({ text }) => text),
          rules,
        ),
    })
    for (const file of pythonFiles(contents)) {
      signal.throwIfAborted()
      const known = joined.get(file)
      if (!known && !isWorthATree(file, contents, rules)) continue
      const analysis = known ?? factsOfPython(file.text.raw)
      findings.push(...findingsOfAnalysis(analysis, file, contents, rules))
    }
    return orderFindings(findings)
  },
}

function pythonFiles(contents: PackageContents): CodeFile[] {
  return codeFilesOf(contents).filter((file) => file.language === 'python')
}

function isWorthATree(file: CodeFile, contents: PackageContents, rules: RuleSet): boolean {
  const { bytes } = file.text
  if (bytes.length > MAX_TREE_BYTES) return false
  if (file.isInline || /^(?:[^/]+\/)?setup\.py$/.test(file.path)) return true
  if (bytes.length < MAX_SURE_BYTES && hookedPaths(contents).has(file.path)) return true
  return pythonDeservesTree(file.text, rules)
}
