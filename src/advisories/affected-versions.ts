// Whether a version lies in the ranges or the list of a record, in the version order of its ecosystem.
import type { AffectedEvent, AffectedRange } from '../model/advisory.ts'

/** How an ecosystem compares versions; passed in, for feeds know no ecosystem's own code. */
export interface VersionOrder {
  /** Whether the text is a version that can be ordered at all. */
  valid(version: string): boolean
  compare(a: string, b: string): number
}

/** `introduced: 0` and nothing that ends it: every version there ever was or will be. */
export function isWholePackage(ranges: readonly AffectedRange[]): boolean {
  return ranges.some(
    (range) =>
      range.events.some((event) => event.introduced === '0') &&
      range.events.every((event) => event.introduced !== undefined),
  )
}

/** Enumerated versions are compared as the registry compares them: `1.0` and `1.0.0` are one release on PyPI, not on npm. */
export function isListed(order: VersionOrder, version: string, versions: readonly string[]): boolean {
  if (versions.length === 0) return false
  if (versions.includes(version)) return true
  if (!order.valid(version)) return false
  const number = firstNumber(version)
  return versions.some(
    (one) => firstNumber(one) === number && order.valid(one) && order.compare(one, version) === 0,
  )
}

/** Equal versions begin with the same number: cheap enough to look at a list of a thousand. */
function firstNumber(version: string): number {
  return Number.parseInt(version.replace(/^[^0-9]+/, ''), 10)
}

/**
 * The evaluation of the OSV schema: events sorted by version; the last one at or below the version decides. A version
 * that cannot be ordered is affected by every range: what cannot be told apart is not let through.
 */
export function isInRanges(order: VersionOrder, version: string, ranges: readonly AffectedRange[]): boolean {
  if (ranges.length === 0) return false
  if (!order.valid(version)) return true
  return ranges.some(({ events }) => isInRange(order, version, events))
}

/** The lowest `fixed` above an affected version, in whichever range names it. */
export function fixAfter(
  order: VersionOrder,
  version: string,
  ranges: readonly AffectedRange[],
): string | undefined {
  const fixes = ranges.flatMap(({ events }) => events.flatMap(({ fixed }) => fixed ?? []))
  const later = order.valid(version)
    ? fixes.filter((fixed) => order.valid(fixed) && order.compare(fixed, version) > 0)
    : fixes
  return later.toSorted((a, b) => compareBounds(order, a, b))[0]
}

function isInRange(order: VersionOrder, version: string, events: readonly AffectedEvent[]): boolean {
  const limits = events.flatMap((event) => event.limit ?? [])
  if (limits.length > 0 && !limits.some((limit) => limit === '*' || below(order, version, limit)))
    return false
  let affected = false
  for (const event of sorted(order, events)) {
    if (event.introduced !== undefined && !below(order, version, event.introduced)) affected = true
    if (event.fixed !== undefined && !below(order, version, event.fixed)) affected = false
    if (event.last_affected !== undefined && below(order, event.last_affected, version)) affected = false
  }
  return affected
}

/** Nearly every range is one introduction and one end, in order already. */
function sorted(order: VersionOrder, events: readonly AffectedEvent[]): readonly AffectedEvent[] {
  const [first, , third] = events
  if (third === undefined && first?.introduced === '0') return events
  return events.toSorted((a, b) => compareBounds(order, boundOf(a), boundOf(b)))
}

function boundOf(event: AffectedEvent): string {
  return event.introduced ?? event.fixed ?? event.last_affected ?? event.limit ?? '0'
}

/** `0` is before every version; a bound that cannot be ordered counts as `0`, which widens the range. */
function below(order: VersionOrder, version: string, bound: string): boolean {
  if (bound === '0' || !order.valid(bound) || !order.valid(version)) return false
  return order.compare(version, bound) < 0
}

function compareBounds(order: VersionOrder, a: string, b: string): number {
  if (a === b) return 0
  if (a === '0' || !order.valid(a)) return -1
  if (b === '0' || !order.valid(b)) return 1
  return order.compare(a, b)
}
