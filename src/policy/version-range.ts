// Version patterns of a policy: globs, and `vers:` ranges in the version order of the ecosystem. Source: the vers specification.
import type { PurlType } from '../model/claim.ts'
import { GatewayError } from '../model/errors.ts'
import { matchesGlob } from '../model/glob.ts'

/** Negative, zero, positive, as the ecosystem orders its versions. */
export type VersionOrder = (type: PurlType, a: string, b: string) => number

type Comparator = '=' | '!=' | '<' | '<=' | '>' | '>='

interface Constraint {
  readonly comparator: Comparator
  readonly version: string
}

interface Range {
  readonly type: PurlType
  /** Absent: every version. */
  readonly constraints?: readonly Constraint[]
}

const SCHEMES: Readonly<Record<string, PurlType>> = {
  npm: 'npm',
  pypi: 'pypi',
  deb: 'deb',
  rpm: 'rpm',
  apk: 'apk',
  alpine: 'apk',
}
const COMPARATOR = /^(!=|<=|>=|<|>|=)?(.+)$/s

const parsed = new Map<string, Range | string>()

/** What is wrong with a version pattern; undefined when it can be used. */
export function versionPatternProblem(pattern: string): string | undefined {
  if (!pattern.startsWith('vers:'))
    return /[<>=|]/.test(pattern) ? 'a range is written as vers:TYPE/RANGE' : undefined
  const range = rangeOf(pattern)
  return typeof range === 'string' ? range : undefined
}

/** Whether a version matches any of the patterns. A range of another ecosystem matches nothing. Throws INTERNAL when ranges cannot be ordered. */
export function versionMatches(
  patterns: readonly string[],
  { type, version }: { readonly type: PurlType; readonly version: string },
  order: VersionOrder | undefined,
): boolean {
  return patterns.some((pattern) => {
    if (!pattern.startsWith('vers:')) return matchesGlob(pattern, version)
    const range = rangeOf(pattern)
    if (typeof range === 'string' || range.type !== type) return false
    if (range.constraints === undefined) return true
    if (order === undefined) throw new GatewayError('INTERNAL', `nobody can order versions for ${pattern}`)
    return isInRange(version, range.constraints, (a, b) => order(type, a, b))
  })
}

function rangeOf(pattern: string): Range | string {
  let range = parsed.get(pattern)
  if (range === undefined) {
    range = parseRange(pattern)
    parsed.set(pattern, range)
  }
  return range
}

/** The range, or what is wrong with it. */
function parseRange(pattern: string): Range | string {
  const [, scheme = '', text = ''] = /^vers:([a-z]+)\/(.+)$/s.exec(pattern) ?? []
  const type = SCHEMES[scheme]
  if (type === undefined)
    return `the type is one of ${Object.keys(SCHEMES).join(', ')}, as in vers:npm/>=1.0.0|<2.0.0`
  if (text === '*') return { type }
  const constraints: Constraint[] = []
  for (const part of text.split('|')) {
    const [, comparator = '=', version = ''] = COMPARATOR.exec(part.trim()) ?? []
    if (!/^[^\s<>=!|*]+$/.test(version)) return `"${part}" is not a comparator and a version`
    constraints.push({ comparator: comparator as Comparator, version: decodeURIComponent(version) })
  }
  return { type, constraints }
}

/** The containment of the vers specification. */
function isInRange(
  version: string,
  constraints: readonly Constraint[],
  compare: (a: string, b: string) => number,
): boolean {
  const equal = constraints.filter((one) => compare(one.version, version) === 0)
  if (equal.some(({ comparator }) => comparator === '!=')) return false
  if (equal.some(({ comparator }) => comparator.includes('='))) return true
  const bounds = constraints
    .filter(({ comparator }) => comparator !== '=' && comparator !== '!=')
    .toSorted((a, b) => compare(a.version, b.version))
  if (bounds.length === 0) return constraints.every(({ comparator }) => comparator === '!=')
  return bounds.some((bound, at) => {
    const next = bounds[at + 1]
    const after = compare(version, bound.version)
    if (isUpper(bound)) return at === 0 && after < 0
    return after > 0 && (next === undefined || (isUpper(next) && compare(version, next.version) < 0))
  })
}

function isUpper({ comparator }: Constraint): boolean {
  return comparator.startsWith('<')
}
