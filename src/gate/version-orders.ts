// The version order of every ecosystem, for feeds that know no ecosystem's own code; what was compared once is remembered.
import type { VersionOrder } from '../advisories/affected-versions.ts'
import type { VersionOrders } from '../advisories/match.ts'
import { ecosystemVersions } from '../ecosystems/version-orders.ts'

export const versionOrders = Object.fromEntries(
  Object.entries(ecosystemVersions).map(([type, { compareVersions, isVersion }]) => [
    type,
    remembering({ compare: compareVersions, valid: isVersion }),
  ]),
) as unknown as VersionOrders

const MOST_REMEMBERED = 100_000

/** The same bounds are held against the same versions again and again, and parsing a version costs microseconds. */
function remembering(order: VersionOrder): VersionOrder {
  const known = new Map<string, boolean>()
  const compared = new Map<string, number>()
  return {
    valid: (version) => recall(known, version, () => order.valid(version)),
    compare: (a, b) => recall(compared, `${a}\0${b}`, () => order.compare(a, b)),
  }
}

function recall<T>(memory: Map<string, T>, key: string, make: () => T): T {
  const found = memory.get(key)
  if (found !== undefined) return found
  if (memory.size >= MOST_REMEMBERED) memory.clear()
  const made = make()
  memory.set(key, made)
  return made
}
