// Follows data through Python by syntax tree, in the files where that can matter.
import type { PackageContents } from '../../model/package-contents.ts'
import { type RuleSet, ruleSetOf } from '../rules/compile.ts'
import type { Scanner } from '../scanner.ts'
import { factsOfPython, readPython } from './code-analysis.ts'
import { findingsOfAnalysis } from './code-facts.ts'
import { type CodeFile, codeFilesOf, hookedPaths } from './code-files.ts'
import { eachFile, fileScanner } from './file-scanner.ts'
import { analyseJoined } from './joined-code.ts'
import { isUsersProgram } from './users-program.ts'
import { pythonDeservesTree, pythonMattersTogether } from './worth-a-tree.ts'

const MAX_TREE_BYTES = 1_000_000
/** A build that imports the whole package reaches all of it: of that, long modules are chosen as elsewhere. */
const MAX_SURE_BYTES = 8_000

export const pythonCode: Scanner = fileScanner({
  id: 'python-code',
  version: 1,
  layer: 'code',
  applies: (contents) => (pythonFiles(contents).length > 0 ? true : 'the package holds no Python'),
  walk(contents, data) {
    const rules = ruleSetOf(data.rules)
    const joined = analyseJoined({
      files: pythonFiles(contents),
      contents,
      read: (file) => readPython(file.text.raw, isUsersProgram(file, contents)),
      matterTogether: (files) =>
        pythonMattersTogether(
          files.map(({ text }) => text),
          rules,
        ),
    })
    return eachFile((file) => {
      if (!isPython(file)) return []
      const known = joined.get(file)
      if (!known && !isWorthATree(file, contents, rules)) return []
      const alone = () => factsOfPython(file.text.raw, isUsersProgram(file, contents))
      return findingsOfAnalysis(known ?? alone(), file, contents, rules)
    })
  },
})

function pythonFiles(contents: PackageContents): CodeFile[] {
  return codeFilesOf(contents).filter(isPython)
}

function isPython({ language }: CodeFile): boolean {
  return language === 'python'
}

function isWorthATree(file: CodeFile, contents: PackageContents, rules: RuleSet): boolean {
  const bytes = file.text.sizeBytes
  if (bytes > MAX_TREE_BYTES) return false
  if (file.isInline || /^(?:[^/]+\/)?setup\.py$/.test(file.path)) return true
  if (bytes < MAX_SURE_BYTES && hookedPaths(contents).has(file.path)) return true
  return pythonDeservesTree(file.text, rules)
}
