// The content scanners that judge code, in the order of the layers; all.ts lists them beside the others.
import type { Scanner } from '../scanner.ts'
import { contentRules } from './content-rules.ts'

export const detectionScanners: readonly Scanner[] = [contentRules]
