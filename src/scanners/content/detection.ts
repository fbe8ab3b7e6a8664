// The content scanners that judge code, in the order of the layers; all.ts lists them beside the others.
import type { Scanner } from '../scanner.ts'
import { contentRules } from './content-rules.ts'
import { javascriptCode } from './javascript-code.ts'
import { pythonCode } from './python-code.ts'

export const detectionScanners: readonly Scanner[] = [contentRules, javascriptCode, pythonCode]
