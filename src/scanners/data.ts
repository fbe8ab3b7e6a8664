// What scanners need beside the artifact: rules and names, read once when an examiner starts, with a digest of all of it.
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { rulesRevision, usePrepared } from './rules/prepared.ts'
import type { ScannerData } from './scanner.ts'

const NAMES = { npm: 'names/top-npm.json', pypi: 'names/top-pypi.json' } as const

export interface LoadedData {
  readonly data: Pick<ScannerData, 'rules' | 'popularNames'>
  /** Changes when any byte of rules or names does. */
  readonly revision: string
}

export interface DataDirectories {
  /** `file:` URL with a trailing slash. */
  readonly data: URL
  readonly rules: URL
  /** Folders of the operator's own rule packs. */
  readonly ownRules: readonly string[]
  /** A file with rules that were prepared by the gateway; what does not fit is left aside. */
  readonly prepared?: string
}

/** Throws CONFIG_INVALID for a rule that is broken or can run away. */
export async function loadScannerData(directories: DataDirectories): Promise<LoadedData> {
  const rules = await rulesOf(directories)
  const hash = createHash('sha256')
  const [npm, pypi] = await Promise.all([
    readFile(new URL(NAMES.npm, directories.data)),
    readFile(new URL(NAMES.pypi, directories.data)),
  ])
  hash.update(rulesRevision(rules)).update(npm).update(pypi)
  return {
    data: { rules, popularNames: { npm: parseNames(npm), pypi: parseNames(pypi) } },
    revision: hash.digest('hex'),
  }
}

async function rulesOf({ rules, ownRules, prepared }: DataDirectories): Promise<readonly unknown[]> {
  const folders = [fileURLToPath(rules), ...ownRules] as const
  const text = prepared === undefined ? undefined : await readFile(prepared, 'utf8').catch(() => undefined)
  const packs = text === undefined ? undefined : usePrepared(text, folders)
  if (packs !== undefined) return packs
  const { loadRulePacks } = await import('./rules/load.ts')
  return loadRulePacks(...folders)
}

function parseNames(bytes: Uint8Array): readonly string[] {
  const names: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'))
  if (!Array.isArray(names)) throw new TypeError('a list of names is not an array')
  return names.filter((name) => typeof name === 'string')
}
