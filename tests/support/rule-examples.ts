// Puts an example of a rule into a package the way its path and reach say, and runs the content scanners over it.
import type { Reach } from '../../src/model/finding.ts'
import type { PackageContents } from '../../src/model/package-contents.ts'
import { detectionScanners } from '../../src/scanners/content/detection.ts'
import type { Rule, RuleExample, RulePack } from '../../src/scanners/rules/rule.ts'
import type { ScannerData } from '../../src/scanners/scanner.ts'
import { packageContents } from './package-contents.ts'

const PATH_OF_LANGUAGE: readonly (readonly [string, string])[] = [
  ['@shell', 'sample.sh'],
  ['@script', 'sample.js'],
  ['@javascript', 'sample.js'],
  ['@python', 'sample.py'],
  ['@code', 'sample.js'],
]

/** Ids of the rules that report the example. */
export async function findingsOfExample(
  example: RuleExample,
  rule: Rule,
  pack: RulePack,
  packs: readonly RulePack[],
): Promise<string[]> {
  const contents = exampleContents(example, rule, pack)
  const data = { rules: packs } as unknown as ScannerData
  const lists = await Promise.all(
    detectionScanners.map((scanner) => scanner.scan(contents, data, AbortSignal.timeout(10_000))),
  )
  return lists.flat().map((finding) => finding.rule)
}

function exampleContents(example: RuleExample, rule: Rule, pack: RulePack): PackageContents {
  const given = typeof example === 'string' ? { text: example } : example
  const files = rule.files ?? pack.files ?? []
  const path = given.path ?? PATH_OF_LANGUAGE.find(([token]) => files.includes(token))?.[1] ?? 'sample.txt'
  const type = given.ecosystem ?? rule.ecosystems?.[0] ?? (path.endsWith('.py') ? 'pypi' : 'npm')
  const reach: Reach = given.reach ?? rule.scope ?? 'any'
  const isFile = /\.\w+$/.test(path)
  const hook = {
    name: path,
    interpreter: languageOf(path),
    script: given.text,
    reaches: isFile ? [path] : [],
  }
  return packageContents(isFile ? { [path]: given.text } : {}, {
    type,
    hooks: !isFile || reach === 'install' ? [hook] : [],
    entryPoints: reach === 'import' ? [path] : [],
  })
}

function languageOf(path: string): string {
  if (path.endsWith('.py')) return 'python'
  return path.endsWith('.js') ? 'node' : 'shell'
}
