// Measures how code is spelled and reports what only a machine that hides something would write.
import type { Finding } from '../../model/finding.ts'
import { ruleSetOf } from '../rules/compile.ts'
import type { Scanner } from '../scanner.ts'
import { type CodeFile, codeFilesOf } from './code-files.ts'
import { farRightCode } from './far-right.ts'
import { findingsOfMeasures } from './measure-findings.ts'
import { measuresOf } from './measures.ts'
import { orderFindings } from './rule-findings.ts'

export const obfuscation: Scanner = {
  id: 'obfuscation',
  version: 1,
  layer: 'code',
  applies: (contents) =>
    codeFilesOf(contents).some(isMeasured) ? true : 'the package holds no code to measure',
  scan(contents, data, signal) {
    const rules = ruleSetOf(data.rules)
    const findings: Finding[] = []
    for (const file of codeFilesOf(contents)) {
      if (!isMeasured(file)) continue
      signal.throwIfAborted()
      const { bytes } = file.text
      const measures = [...measuresOf(bytes), ...farRightCode(bytes)]
      findings.push(...findingsOfMeasures(measures, bytes, file, contents, rules))
    }
    return orderFindings(findings)
  },
}

function isMeasured({ language }: CodeFile): boolean {
  return (
    language === 'javascript' || language === 'typescript' || language === 'python' || language === 'shell'
  )
}
