// Reports invisible characters, direction overrides and look-alike letters in code.
import { isAscii } from 'node:buffer'
import type { Finding } from '../../model/finding.ts'
import { ruleSetOf } from '../rules/compile.ts'
import type { Scanner } from '../scanner.ts'
import { type CodeFile, codeFilesOf } from './code-files.ts'
import { hiddenText, mayHideText } from './hidden-text.ts'
import { findingsOfMeasures } from './measure-findings.ts'
import { orderFindings } from './rule-findings.ts'

export const unicode: Scanner = {
  id: 'unicode',
  version: 1,
  layer: 'code',
  applies: (contents) => (codeFilesOf(contents).some(isCode) ? true : 'the package holds no code'),
  scan(contents, data, signal) {
    const rules = ruleSetOf(data.rules)
    const findings: Finding[] = []
    for (const file of codeFilesOf(contents)) {
      if (!isCode(file) || isAscii(file.text.bytes) || !mayHideText(file.text.bytes)) continue
      signal.throwIfAborted()
      const { raw } = file.text
      findings.push(...findingsOfMeasures(hiddenText(raw), raw, file, contents, rules))
    }
    return orderFindings(findings)
  },
}

function isCode({ language }: CodeFile): boolean {
  return language !== 'other' && language !== 'html'
}
