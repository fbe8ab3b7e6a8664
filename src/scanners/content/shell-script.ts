// Reads what runs as shell or Windows command text at install: maintainer scripts, lifecycle entries and the scripts they start.
import type { Finding } from '../../model/finding.ts'
import type { PackageContents } from '../../model/package-contents.ts'
import { ruleSetOf } from '../rules/compile.ts'
import type { Scanner } from '../scanner.ts'
import { type CodeFile, codeFilesOf, isInstallScript } from './code-files.ts'
import { scanFile } from './content-rules.ts'
import { orderFindings } from './rule-findings.ts'

export const shellScript: Scanner = {
  id: 'shell-script',
  version: 1,
  layer: 'script',
  applies: (contents) => (installScripts(contents).length > 0 ? true : 'no shell script runs at install'),
  scan(contents, data, signal) {
    const rules = ruleSetOf(data.rules)
    const findings: Finding[] = []
    for (const file of installScripts(contents)) {
      signal.throwIfAborted()
      findings.push(...scanFile(file, contents, rules))
    }
    return orderFindings(findings)
  },
}

function installScripts(contents: PackageContents): CodeFile[] {
  const reached = new Set(contents.hooks.flatMap((hook) => hook.reaches))
  return codeFilesOf(contents).filter((file) => isInstallScript(file, reached))
}
