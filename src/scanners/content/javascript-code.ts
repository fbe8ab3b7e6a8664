// Follows data through JavaScript and TypeScript by syntax tree, in the files where that can matter.
import type { PackageContents } from '../../model/package-contents.ts'
import { type RuleSet, ruleSetOf } from '../rules/compile.ts'
import type { Scanner } from '../scanner.ts'
import { type CodeAnalysis, factsOfScript, unread } from './code-analysis.ts'
import { findingsOfAnalysis } from './code-facts.ts'
import { type CodeFile, codeFilesOf, hookedPaths } from './code-files.ts'
import { eachFile, fileScanner } from './file-scanner.ts'
import { readScript } from './javascript/parse.ts'
import { analyseJoined } from './joined-code.ts'
import { scriptDeservesTree, scriptsMatterTogether } from './worth-a-tree.ts'

/** Larger files are bundles: their patterns are searched, their trees are not built. */
const MAX_TREE_BYTES = 1_500_000
const MAX_HOOK_TREE_BYTES = 4_000_000

export const javascriptCode: Scanner = fileScanner({
  id: 'javascript-code',
  version: 1,
  layer: 'code',
  applies: (contents) => (scripts(contents).length > 0 ? true : 'the package holds no JavaScript'),
  walk(contents, data) {
    const rules = ruleSetOf(data.rules)
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
    return eachFile((file) => {
      if (!isScript(file)) return []
      const analysis = joined.get(file) ?? analysisAlone(file, contents, rules)
      return analysis ? findingsOfAnalysis(analysis, file, contents, rules) : []
    })
  },
})

function analysisAlone(file: CodeFile, contents: PackageContents, rules: RuleSet): CodeAnalysis | undefined {
  if (isWorthATree(file, contents, rules)) return factsOfScript(file.text.raw, file.language === 'typescript')
  return isTooLarge(file, contents) ? unread('') : undefined
}

function scripts(contents: PackageContents): CodeFile[] {
  return codeFilesOf(contents).filter(isScript)
}

function isScript({ language }: CodeFile): boolean {
  return language === 'javascript' || language === 'typescript'
}

function isHooked(file: CodeFile, contents: PackageContents): boolean {
  return file.isInline === true || hookedPaths(contents).has(file.path)
}

function isTooLarge(file: CodeFile, contents: PackageContents): boolean {
  return file.partial || (isHooked(file, contents) && file.text.sizeBytes > MAX_HOOK_TREE_BYTES)
}

/** Code that an install hook names is always read closely. */
function isWorthATree(file: CodeFile, contents: PackageContents, rules: RuleSet): boolean {
  const bytes = file.text.sizeBytes
  if (file.partial) return false
  if (isHooked(file, contents)) return bytes <= MAX_HOOK_TREE_BYTES
  if (bytes > MAX_TREE_BYTES) return false
  return scriptDeservesTree(file.text, rules)
}
