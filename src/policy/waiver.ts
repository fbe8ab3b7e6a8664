// Which exceptions hold for an artifact, and what each sets aside.
import type { ArtifactClaim } from '../model/claim.ts'
import { matchesGlob } from '../model/glob.ts'
import type { Reason, Verdict } from '../model/verdict.ts'
import type { Waiver } from '../model/waiver.ts'
import type { Observation } from './observations.ts'
import { type VersionOrder, versionMatches } from './version-range.ts'

export type WaiverTarget = Pick<ArtifactClaim, 'type' | 'name' | 'version'> & { readonly sha256?: string }

const grouped = new WeakMap<readonly Waiver[], Map<string, readonly Waiver[]>>()
const UNNAMED = ''

/** Waivers that are in force for these bytes at this time. Unreadable dates are never in force. */
export function waiversFor(
  waivers: readonly Waiver[],
  target: WaiverTarget,
  now: Date,
  order?: VersionOrder,
): readonly Waiver[] {
  if (waivers.length === 0) return waivers
  const groups = byPackage(waivers)
  const candidates = [...(groups.get(`${target.type} ${target.name}`) ?? []), ...(groups.get(UNNAMED) ?? [])]
  return candidates.filter((waiver) => isInForce(waiver, now) && isFor(waiver, target, order))
}

/** A repository's index has tens of thousands of claims, and few of them have a waiver. */
function byPackage(waivers: readonly Waiver[]): Map<string, readonly Waiver[]> {
  const known = grouped.get(waivers)
  if (known !== undefined) return known
  const groups = Map.groupBy(waivers, ({ type, name }) =>
    type === undefined || name === undefined ? UNNAMED : `${type} ${name}`,
  )
  grouped.set(waivers, groups)
  return groups
}

/** Unreadable dates are never in force. */
export function isInForce({ createdAt, expiresAt }: Waiver, now: Date): boolean {
  return Date.parse(createdAt) <= now.getTime() && Date.parse(expiresAt) > now.getTime()
}

function isFor(waiver: Waiver, target: WaiverTarget, order: VersionOrder | undefined): boolean {
  const { type, version, versions, sha256 } = waiver
  if (type !== undefined && type !== target.type) return false
  if (version !== undefined && version !== target.version) return false
  if (versions !== undefined && !versionMatches([versions], target, order)) return false
  return sha256 === undefined || sha256 === target.sha256
}

/** The first waiver that sets this reason aside. */
export function waiverOf(
  waivers: readonly Waiver[],
  { rule }: Reason,
  observation: Observation,
): Waiver | undefined {
  const forced = needsForce(observation)
  return waivers.find(
    ({ effect, force, rules }) =>
      effect !== 'deny' && (force || !forced) && rules.some((pattern) => matchesGlob(pattern, rule)),
  )
}

/**
 * What an exception made in a hurry must not cover by accident: known malware; bytes that are not what was promised, and archives
 * that clients and scanners read differently (all of the integrity layer that is high or critical); an examination that did not end.
 */
function needsForce(observation: Observation): boolean {
  if (observation.subject === 'malware' || observation.subject === 'scanner') return true
  if (observation.subject !== 'finding') return false
  const { layer, severity } = observation.finding
  return layer === 'integrity' && (severity === 'critical' || severity === 'high')
}

/** Whether the exceptions of today could make another verdict of these bytes than the one on record. */
export function waiversTouch(inForce: readonly Waiver[], verdict: Verdict): boolean {
  const used = new Set([...verdict.reasons, ...verdict.warnings].flatMap(({ waiver }) => waiver ?? []))
  if (used.size === 0 && inForce.length === 0) return false
  const today = new Set(inForce.map(({ id }) => id))
  if ([...used].some((id) => !today.has(id))) return true
  return inForce.some(
    ({ id, effect }) => !used.has(id) && (effect === 'deny' || verdict.outcome !== 'approved'),
  )
}
