// A scanner that looks at the files of a package one after the other: walks with others, or alone.
import type { Finding } from '../../model/finding.ts'
import type { PackageContents } from '../../model/package-contents.ts'
import { type RuleSet, ruleSetOf } from '../rules/compile.ts'
import type { FileWalk, Scanner } from '../scanner.ts'
import { type CodeFile, codeFilesOf } from './code-files.ts'
import { orderFindings } from './rule-findings.ts'

/** Completes a scanner that walks with a `scan` that walks alone. */
export function fileScanner(
  scanner: Omit<Scanner, 'scan' | 'walk'> & Required<Pick<Scanner, 'walk'>>,
): Scanner {
  return {
    ...scanner,
    scan(contents, data, signal) {
      const walk = scanner.walk(contents, data)
      for (const file of codeFilesOf(contents)) {
        signal.throwIfAborted()
        walk.file(file)
      }
      return walk.end()
    },
  }
}

/** A walk that judges every file for itself; findings come in the order of `orderFindings`. */
export function eachFile(find: (file: CodeFile) => readonly Finding[]): FileWalk {
  const findings: Finding[] = []
  return {
    file: (file) => {
      findings.push(...find(file))
    },
    end: () => orderFindings(findings),
  }
}

/** For scanners that need nothing but the rules: `eachFile` of a function that is given them. */
export function walkWithRules(
  find: (file: CodeFile, contents: PackageContents, rules: RuleSet) => readonly Finding[],
): Required<Scanner>['walk'] {
  return (contents, data) => {
    const rules = ruleSetOf(data.rules)
    return eachFile((file) => find(file, contents, rules))
  }
}
