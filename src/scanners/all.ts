// Every content scanner, in order. To add one is to add its file and a line here.
import type { Scanner } from './scanner.ts'

export const allScanners: readonly Scanner[] = []
