// Lists what the code of a package is able to do, to compare one version with the next.
import type { Finding } from '../../model/finding.ts'
import type { PackageContents } from '../../model/package-contents.ts'
import {
  CAPABILITIES,
  type Capability,
  type CapabilityWords,
  PYTHON_CAPABILITIES,
  SCRIPT_CAPABILITIES,
} from '../rules/code-words.ts'
import { type RuleSet, ruleSetOf } from '../rules/compile.ts'
import type { Scanner } from '../scanner.ts'
import { type CodeFile, codeFilesOf } from './code-files.ts'
import { fileScanner } from './file-scanner.ts'

/** Capabilities seen in JavaScript and Python code, in the order of `CAPABILITIES`. */
export function capabilitiesOf(
  contents: PackageContents,
  rules: RuleSet,
  signal?: AbortSignal,
): Capability[] {
  const first = new Map<Capability, CodeFile>()
  for (const file of codeFilesOf(contents)) {
    signal?.throwIfAborted()
    noteCapabilities(file, rules, first)
  }
  return [...first.keys()].sort((a, b) => CAPABILITIES.indexOf(a) - CAPABILITIES.indexOf(b))
}

export const capabilities: Scanner = fileScanner({
  id: 'capabilities',
  version: 1,
  layer: 'code',
  applies: (contents) =>
    codeFilesOf(contents).some(wordsFor) ? true : 'the package holds no JavaScript or Python',
  walk(_, data) {
    const rules = ruleSetOf(data.rules)
    const first = new Map<Capability, CodeFile>()
    return {
      file: (file) => noteCapabilities(file, rules, first),
      end: () => [...first].map(([capability, file]) => capabilityFinding(capability, file)),
    }
  },
})

function capabilityFinding(capability: Capability, { path }: CodeFile): Finding {
  return {
    rule: `capability-${capability}`,
    layer: 'code',
    severity: 'info',
    title: `The code can use: ${capability}`,
    file: path,
  }
}

/** Notes the file as the first one of each capability that none had before. */
function noteCapabilities(file: CodeFile, rules: RuleSet, first: Map<Capability, CodeFile>): void {
  const words = first.size === CAPABILITIES.length ? undefined : wordsFor(file)
  if (!words) return
  const { present } = file.text.against(rules)
  for (const capability of CAPABILITIES)
    if (!first.has(capability) && idsOf(words, capability, rules).some((id) => present[id] === 1))
      first.set(capability, file)
}

function wordsFor({ language }: CodeFile): CapabilityWords | undefined {
  if (language === 'python') return PYTHON_CAPABILITIES
  return language === 'javascript' || language === 'typescript' ? SCRIPT_CAPABILITIES : undefined
}

const known = new WeakMap<RuleSet, Map<readonly string[], readonly number[]>>()

function idsOf(words: CapabilityWords, capability: Capability, rules: RuleSet): readonly number[] {
  let byWords = known.get(rules)
  if (!byWords) {
    byWords = new Map()
    known.set(rules, byWords)
  }
  const list = words[capability]
  let ids = byWords.get(list)
  if (!ids) {
    ids = list.map((word) => rules.index.idOf(word))
    byWords.set(list, ids)
  }
  return ids
}
