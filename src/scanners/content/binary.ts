// The binary layer: modes and owners of files, the places they go to, and the machine code among them.
import type { Scanner } from '../scanner.ts'
import { executableOf } from './executable.ts'
import { executableFindings } from './executable-findings.ts'
import { placeFindings } from './sensitive-places.ts'
import { modeFindings } from './special-modes.ts'
import { undeclaredCode } from './undeclared-code.ts'

/** Members that instruct or vouch for the package manager; only files of the others become files of the machine. */
const NOT_INSTALLED = new Set(['control', 'signature'])

export const binary: Scanner = {
  id: 'binary',
  version: 1,
  layer: 'binary',
  applies: (contents) => (contents.entries.length === 0 ? 'the package has no files' : true),
  scan(contents) {
    const distribution = contents.type !== 'npm' && contents.type !== 'pypi'
    const installed = contents.entries.filter((entry) => !NOT_INSTALLED.has(entry.member))
    const found = installed.flatMap((entry) => {
      const executable = executableOf(entry)
      return executable === undefined ? [] : [{ entry, executable }]
    })
    return [
      ...installed.flatMap((entry) => modeFindings(entry, distribution)),
      ...(distribution ? placeFindings({ ...contents, entries: installed }) : []),
      ...found.flatMap(({ entry, executable }) => executableFindings(contents, entry, executable)),
      ...undeclaredCode(contents, found),
    ]
  },
}
