// File names of wheels and sdists: the truth for version and kind, as installers read it from the link they follow.
import { normaliseName } from './names.ts'
import { parseVersion } from './version.ts'

export type FileKind = 'wheel' | 'sdist'

export interface ParsedFileName {
  readonly kind: FileKind
  /** PEP 440 normal form. */
  readonly version: string
  /** Equal for versions that PEP 440 calls equal. */
  readonly release: string
}

// `!` is a version's epoch, `+` its local part. Nothing here needs escaping, and neither `/`, `%` nor a space is possible.
const SAFE = /^[A-Za-z0-9][A-Za-z0-9._+!-]*$/
const MAX_CHARACTERS = 255
const SDIST_SUFFIXES = ['.tar.gz', '.zip', '.tar.bz2', '.tar.xz', '.tgz']
const WHEEL_NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._]*[A-Za-z0-9])?$/
const WHEEL_TAG = /^[A-Za-z0-9_.]+$/
const BUILD_TAG = /^[0-9][A-Za-z0-9_.]*$/

/** Undefined when the name is unsafe, of a kind that is not served (egg, installer, rpm), or not of this (normalised) project. */
export function parseFileName(fileName: string, project: string): ParsedFileName | undefined {
  if (!isSafeFileName(fileName)) return undefined
  if (fileName.endsWith('.whl')) return parseWheelName(fileName.slice(0, -4), project)
  const suffix = SDIST_SUFFIXES.find((one) => fileName.endsWith(one))
  return suffix === undefined ? undefined : parseSdistName(fileName.slice(0, -suffix.length), project)
}

export function isSafeFileName(fileName: string): boolean {
  return fileName.length <= MAX_CHARACTERS && SAFE.test(fileName) && !fileName.includes('..')
}

/** `{name}-{version}(-{build})?-{python}-{abi}-{platform}`, see the binary distribution format specification. */
function parseWheelName(stem: string, project: string): ParsedFileName | undefined {
  const parts = stem.split('-')
  if (parts.length !== 5 && parts.length !== 6) return undefined
  const [name = '', version = '', ...rest] = parts
  const tags = rest.slice(-3)
  const build = rest.length === 4 ? rest[0] : undefined
  if (!WHEEL_NAME.test(name) || normaliseName(name) !== project) return undefined
  if (!tags.every((tag) => WHEEL_TAG.test(tag))) return undefined
  if (build !== undefined && !BUILD_TAG.test(build)) return undefined
  // A wheel name spells `-` as `_`, also inside a version (pip reads it so).
  return ofKind('wheel', version.replaceAll('_', '-'))
}

/** The first `-` before which the name is the project's: old sdists have `-` inside names (pip reads them so). */
function parseSdistName(stem: string, project: string): ParsedFileName | undefined {
  for (let at = stem.indexOf('-'); at !== -1; at = stem.indexOf('-', at + 1))
    if (normaliseName(stem.slice(0, at)) === project) return ofKind('sdist', stem.slice(at + 1))
  return undefined
}

function ofKind(kind: FileKind, version: string): ParsedFileName | undefined {
  const parsed = parseVersion(version)
  return parsed === undefined ? undefined : { kind, ...parsed }
}
