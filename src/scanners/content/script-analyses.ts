// Reads the JavaScript and TypeScript of a package by syntax tree once, for every scanner that asks what its code does.
import type { PackageContents } from '../../model/package-contents.ts'
import type { RuleSet } from '../rules/compile.ts'
import { type CodeAnalysis, factsOfScript, unread } from './code-analysis.ts'
import { type CodeFile, codeFilesOf, hookedPaths } from './code-files.ts'
import { readScript } from './javascript/parse.ts'
import { analyseJoined } from './joined-code.ts'
import { scriptDeservesTree, scriptsMatterTogether } from './worth-a-tree.ts'

/** Larger files are bundles: their patterns are searched, their trees are not built. */
const MAX_TREE_BYTES = 1_500_000
const MAX_HOOK_TREE_BYTES = 4_000_000

/** What is kept of an analysis: the names of its facts. None for a file that was not worth a tree. */
export type ScriptFacts = ReadonlySet<string>

const known = new WeakMap<PackageContents, Map<CodeFile, ScriptFacts>>()

/** Facts of every script of the package; files that another scanner has had read are not read again. */
export function scriptFacts(
  contents: PackageContents,
  rules: RuleSet,
  signal: AbortSignal,
): ReadonlyMap<CodeFile, ScriptFacts> {
  const facts = factsKept(contents)
  const missing = scriptsOf(contents).filter((file) => !facts.has(file))
  const analyse = missing.length > 0 ? scriptReader(contents, rules) : undefined
  for (const file of missing) {
    signal.throwIfAborted()
    analyse?.(file)
  }
  return facts
}

/** Analyses one script after the other and keeps the names of its facts; undefined where a file is not worth a tree. */
export function scriptReader(
  contents: PackageContents,
  rules: RuleSet,
): (file: CodeFile) => CodeAnalysis | undefined {
  const joined = analyseJoined({
    files: scriptsOf(contents),
    contents,
    read: (file) => readScript(file.text.raw, file.language === 'typescript'),
    matterTogether: (files) =>
      scriptsMatterTogether(
        files.map(({ text }) => text),
        rules,
      ),
  })
  const kept = factsKept(contents)
  return (file) => {
    const analysis = joined.get(file) ?? analysisAlone(file, contents, rules)
    kept.set(file, new Set(analysis?.facts.map(({ query }) => query)))
    return analysis
  }
}

export function scriptsOf(contents: PackageContents): CodeFile[] {
  return codeFilesOf(contents).filter(isScript)
}

export function isScript({ language }: CodeFile): boolean {
  return language === 'javascript' || language === 'typescript'
}

function factsKept(contents: PackageContents): Map<CodeFile, ScriptFacts> {
  const before = known.get(contents)
  if (before) return before
  const facts = new Map<CodeFile, ScriptFacts>()
  known.set(contents, facts)
  return facts
}

function analysisAlone(file: CodeFile, contents: PackageContents, rules: RuleSet): CodeAnalysis | undefined {
  if (isWorthATree(file, contents, rules)) return factsOfScript(file.text.raw, file.language === 'typescript')
  return isTooLarge(file, contents) ? unread('') : undefined
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
