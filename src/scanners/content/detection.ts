// The content scanners that judge code, in the order of the layers; all.ts lists them beside the others.
import type { Scanner } from '../scanner.ts'
import { capabilities } from './capabilities.ts'
import { contentRules } from './content-rules.ts'
import { foreignDependencies } from './foreign-dependencies.ts'
import { hiddenCode } from './hidden-code.ts'
import { installHooks } from './install-hooks.ts'
import { javascriptCode } from './javascript-code.ts'
import { obfuscation } from './obfuscation.ts'
import { packageProfile } from './package-profile.ts'
import { pythonCode } from './python-code.ts'
import { shellScript } from './shell-script.ts'
import { unicode } from './unicode.ts'

export const detectionScanners: readonly Scanner[] = [
  installHooks,
  shellScript,
  contentRules,
  javascriptCode,
  packageProfile,
  pythonCode,
  hiddenCode,
  obfuscation,
  unicode,
  foreignDependencies,
  capabilities,
]
