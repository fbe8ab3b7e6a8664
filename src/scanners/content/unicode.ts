// Reports invisible characters, direction overrides and look-alike letters in code.
import { isAscii } from 'node:buffer'
import type { Scanner } from '../scanner.ts'
import { type CodeFile, codeFilesOf } from './code-files.ts'
import { fileScanner, walkWithRules } from './file-scanner.ts'
import { hiddenText, mayHideText } from './hidden-text.ts'
import { findingsOfMeasures } from './measure-findings.ts'

export const unicode: Scanner = fileScanner({
  id: 'unicode',
  version: 1,
  layer: 'code',
  applies: (contents) => (codeFilesOf(contents).some(isCode) ? true : 'the package holds no code'),
  walk: walkWithRules((file, contents, rules) => {
    if (!isCode(file)) return []
    const { bytes } = file.text
    if (isAscii(bytes) || !mayHideText(bytes)) return []
    const { raw } = file.text
    return findingsOfMeasures(hiddenText(raw), raw, file, contents, rules)
  }),
})

function isCode({ language }: CodeFile): boolean {
  return language !== 'other' && language !== 'html'
}
