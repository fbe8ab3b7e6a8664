// Every content scanner, in order. To add one is to add its file and a line here.
import { binary } from './content/binary.ts'
import { change } from './content/change.ts'
import { integrity } from './content/integrity.ts'
import { knownMalware } from './content/known-malware.ts'
import { name } from './content/name.ts'
import type { Scanner } from './scanner.ts'

export const allScanners: readonly Scanner[] = [integrity, knownMalware, binary, name, change]
