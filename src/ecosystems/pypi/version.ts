// PEP 440 versions: one normal form, one key for "the same release", one order.
import { compare, explain, valid } from '@renovatebot/pep440'

export interface ParsedVersion {
  /** Normal form: `1.0rc1` for `1.0-RC1`. */
  readonly version: string
  /** Equal for versions that PEP 440 calls equal: `1.0` and `1.0.0`. */
  readonly release: string
}

// The library counts in doubles; longer runs of digits keep their own spelling.
const LONG_NUMBER = /[0-9]{16,}/

/** Undefined for what is not a PEP 440 version: legacy spellings that no current installer accepts. */
export function parseVersion(text: string): ParsedVersion | undefined {
  if (LONG_NUMBER.test(text)) return valid(text) === null ? undefined : asSpelt(text)
  const parts = explain(text)
  if (parts === null) return undefined
  const base = parts.public.slice(parts.base_version.length)
  const local = parts.local === null ? '' : `+${parts.local}`
  const trimmed = parts.base_version.replace(/(?:\.0)+$/, '')
  return { version: `${parts.base_version}${base}${local}`, release: `${trimmed}${base}${local}` }
}

function asSpelt(text: string): ParsedVersion {
  const version = text.toLowerCase()
  return { version, release: version }
}

/** PEP 440 order. What is no version at all sorts before every version, by code points. */
export function comparePep440(a: string, b: string): number {
  const known = [valid(a), valid(b)]
  if (known[0] !== null && known[1] !== null) return compare(a, b)
  if (known[0] === known[1]) return a < b ? -1 : a > b ? 1 : 0
  return known[0] === null ? -1 : 1
}

/** Whether a version is a pre-release or development release, which installers choose only when asked. */
export function isPreRelease(version: string): boolean {
  return explain(version)?.is_prerelease === true
}

/** Whether the text is a version of PEP 440. */
export function isPep440(text: string): boolean {
  return parseVersion(text) !== undefined
}
