// Which lock file it is, by its name, and what it pins.
import { GatewayError } from '../model/errors.ts'
import { type LockedPackage, type LockFile, mergeEntries } from './locked.ts'
import { readPackageLock } from './npm.ts'
import { readPnpmLock } from './pnpm.ts'
import { readPoetryLock, readRequirements, readUvLock } from './python.ts'
import { readYarnLock } from './yarn.ts'

const READERS: readonly (readonly [RegExp, string, (text: string) => LockedPackage[]])[] = [
  [/^(?:package-lock|npm-shrinkwrap)\.json$/, 'package-lock.json', readPackageLock],
  [/^pnpm-lock\.ya?ml$/, 'pnpm-lock.yaml', readPnpmLock],
  [/^yarn\.lock$/, 'yarn.lock', readYarnLock],
  [/^uv\.lock$/, 'uv.lock', readUvLock],
  [/^poetry\.lock$/, 'poetry.lock', readPoetryLock],
  [/requirements.*\.txt$|^constraints.*\.txt$/, 'requirements.txt', readRequirements],
]

/** More than any project pins; a list that is longer was made to keep somebody busy. */
const MAX_ENTRIES = 20_000

/** `fileName` without folders. Throws BAD_REQUEST for what is no lock file that is known here. */
export function readLockFile(fileName: string, text: string): LockFile {
  const [, format, read] = READERS.find(([name]) => name.test(fileName)) ?? []
  if (format === undefined || read === undefined) {
    const known = READERS.map(([, name]) => name).join(', ')
    throw new GatewayError('BAD_REQUEST', `${fileName} is no lock file that is known here: ${known}`, {
      fileName,
    })
  }
  const entries = mergeEntries(read(text.replace(/^\uFEFF/, '')))
  if (entries.length > MAX_ENTRIES)
    throw new GatewayError(
      'BAD_REQUEST',
      `${fileName} pins ${entries.length} packages; allowed are ${MAX_ENTRIES}`,
      {},
    )
  return { format, entries }
}
