// Every content scanner, in order. To add one is to add its file and a line here.
import { binary } from './content/binary.ts'
import { capabilities } from './content/capabilities.ts'
import { change } from './content/change.ts'
import { contentRules } from './content/content-rules.ts'
import { foreignDependencies } from './content/foreign-dependencies.ts'
import { hiddenCode } from './content/hidden-code.ts'
import { installHooks } from './content/install-hooks.ts'
import { integrity } from './content/integrity.ts'
import { javascriptCode } from './content/javascript-code.ts'
import { knownMalware } from './content/known-malware.ts'
import { name } from './content/name.ts'
import { obfuscation } from './content/obfuscation.ts'
import { packageProfile } from './content/package-profile.ts'
import { pythonCode } from './content/python-code.ts'
import { secret } from './content/secret.ts'
import { shellScript } from './content/shell-script.ts'
import { suspicion } from './content/suspicion.ts'
import { unicode } from './content/unicode.ts'
import type { Scanner } from './scanner.ts'

export const allScanners: readonly Scanner[] = [
  integrity,
  knownMalware,
  installHooks,
  shellScript,
  contentRules,
  javascriptCode,
  packageProfile,
  pythonCode,
  obfuscation,
  hiddenCode,
  unicode,
  suspicion,
  capabilities,
  secret,
  binary,
  name,
  foreignDependencies,
  change,
]
