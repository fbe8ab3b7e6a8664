// Measures how code is spelled and reports what only a machine that hides something would write.
import type { Scanner } from '../scanner.ts'
import { type CodeFile, codeFilesOf } from './code-files.ts'
import { farRightCode } from './far-right.ts'
import { fileScanner, walkWithRules } from './file-scanner.ts'
import { findingsOfMeasures } from './measure-findings.ts'
import { measuresOf } from './measures.ts'

export const obfuscation: Scanner = fileScanner({
  id: 'obfuscation',
  version: 1,
  layer: 'code',
  applies: (contents) =>
    codeFilesOf(contents).some(isMeasured) ? true : 'the package holds no code to measure',
  walk: walkWithRules((file, contents, rules) => {
    if (!isMeasured(file)) return []
    const { bytes } = file.text
    const measures = [...measuresOf(bytes), ...farRightCode(bytes)]
    return findingsOfMeasures(measures, bytes, file, contents, rules)
  }),
})

function isMeasured({ language }: CodeFile): boolean {
  return (
    language === 'javascript' || language === 'typescript' || language === 'python' || language === 'shell'
  )
}
