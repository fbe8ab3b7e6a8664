// Every content scanner, in order. To add one is to add its file and a line here.
import { binary } from './content/binary.ts'
import { change } from './content/change.ts'
import { contentRules } from './content/content-rules.ts'
import { integrity } from './content/integrity.ts'
import { javascriptCode } from './content/javascript-code.ts'
import { knownMalware } from './content/known-malware.ts'
import { name } from './content/name.ts'
import { pythonCode } from './content/python-code.ts'
import { secret } from './content/secret.ts'
import type { Scanner } from './scanner.ts'

export const allScanners: readonly Scanner[] = [
  integrity,
  knownMalware,
  contentRules,
  javascriptCode,
  pythonCode,
  secret,
  binary,
  name,
  change,
]
