// Whether a version lies in the ranges or the list of an OSV record, in the version order of its ecosystem.
import * as pep440 from '@renovatebot/pep440'
import semver from 'semver'
import type { OsvEvent, OsvRange } from './osv.ts'

export type VersionedEcosystem = 'npm' | 'pypi'

/** `introduced: 0` and nothing that ends it: every version there ever was or will be. */
export function isWholePackage(ranges: readonly OsvRange[]): boolean {
  return ranges.some(
    (range) =>
      range.type !== 'GIT' &&
      range.events.some((event) => event.introduced === '0') &&
      range.events.every((event) => event.introduced !== undefined),
  )
}

/** Enumerated versions are compared as the registry compares them: `1.0` and `1.0.0` are one release on PyPI, not on npm. */
export function isListed(type: VersionedEcosystem, version: string, versions: readonly string[]): boolean {
  if (versions.includes(version)) return true
  if (type === 'npm' || pep440.valid(version) === null) return false
  return versions.some((one) => pep440.valid(one) !== null && pep440.eq(one, version))
}

/**
 * The evaluation of the OSV schema: events sorted by version; the last one at or below the version decides. A version
 * that cannot be ordered is affected by every range: what cannot be told apart is not let through.
 */
export function isInRanges(type: VersionedEcosystem, version: string, ranges: readonly OsvRange[]): boolean {
  const order = ORDERS[type]
  return ranges.some((range) => {
    if (range.type === 'GIT') return false
    if (!order.valid(version)) return true
    return isInRange(order, version, range.events)
  })
}

interface Order {
  valid(version: string): boolean
  compare(a: string, b: string): number
}

const ORDERS: Readonly<Record<VersionedEcosystem, Order>> = {
  npm: {
    valid: (version) => semver.valid(version, { loose: true }) !== null,
    compare: (a, b) => semver.compare(a, b, { loose: true }),
  },
  pypi: {
    valid: (version) => pep440.valid(version) !== null,
    compare: (a, b) => pep440.compare(a, b),
  },
}

function isInRange(order: Order, version: string, events: readonly OsvEvent[]): boolean {
  const limits = events.flatMap((event) => event.limit ?? [])
  if (limits.length > 0 && !limits.some((limit) => limit === '*' || below(order, version, limit)))
    return false
  let affected = false
  for (const event of events.toSorted((a, b) => compareBounds(order, boundOf(a), boundOf(b)))) {
    if (event.introduced !== undefined && !below(order, version, event.introduced)) affected = true
    if (event.fixed !== undefined && !below(order, version, event.fixed)) affected = false
    if (event.last_affected !== undefined && below(order, event.last_affected, version)) affected = false
  }
  return affected
}

function boundOf(event: OsvEvent): string {
  return event.introduced ?? event.fixed ?? event.last_affected ?? event.limit ?? '0'
}

/** `0` is before every version; a bound that cannot be ordered counts as `0`, which widens the range. */
function below(order: Order, version: string, bound: string): boolean {
  if (bound === '0' || !order.valid(bound) || !order.valid(version)) return false
  return order.compare(version, bound) < 0
}

function compareBounds(order: Order, a: string, b: string): number {
  if (a === b) return 0
  if (a === '0' || !order.valid(a)) return -1
  if (b === '0' || !order.valid(b)) return 1
  return order.compare(a, b)
}
