// The version order of every ecosystem, for feeds that know no ecosystem's own code.
import type { VersionOrders } from '../advisories/match.ts'
import { allEcosystems } from '../ecosystems/all.ts'

export const versionOrders = Object.fromEntries(
  allEcosystems.map(({ type, compareVersions, isVersion }) => [
    type,
    { compare: compareVersions, valid: isVersion },
  ]),
) as unknown as VersionOrders
