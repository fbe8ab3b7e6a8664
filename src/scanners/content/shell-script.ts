// Reads what runs as shell or Windows command text at install: maintainer scripts, lifecycle entries and the scripts they start.
import type { PackageContents } from '../../model/package-contents.ts'
import type { Scanner } from '../scanner.ts'
import { codeFilesOf, hookedPaths, isInstallScript } from './code-files.ts'
import { scanFile } from './content-rules.ts'
import { fileScanner, walkWithRules } from './file-scanner.ts'

export const shellScript: Scanner = fileScanner({
  id: 'shell-script',
  version: 1,
  layer: 'script',
  applies: (contents) => (hasInstallScript(contents) ? true : 'no shell script runs at install'),
  walk: walkWithRules((file, contents, rules) =>
    isInstallScript(file, hookedPaths(contents)) ? scanFile(file, contents, rules) : [],
  ),
})

function hasInstallScript(contents: PackageContents): boolean {
  return codeFilesOf(contents).some((file) => isInstallScript(file, hookedPaths(contents)))
}
