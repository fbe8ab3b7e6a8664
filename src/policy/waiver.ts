// A scoped, reasoned, expiring exception made by a named actor.
import type { PurlType } from '../model/claim.ts'
import { matchesGlob } from '../model/glob.ts'

export interface Waiver {
  readonly id: string
  readonly type: PurlType
  readonly name: string
  /** Exact version; absent for all versions of the package. */
  readonly version?: string
  /** Exactly these bytes; absent for whatever bytes the claim turns out to be. */
  readonly sha256?: string
  /** Rules it sets aside, as globs over the rule of a reason. */
  readonly rules: readonly string[]
  /** Malware records are set aside only when this is said as well. */
  readonly evenMalware: boolean
  readonly reason: string
  readonly actor: string
  /** ISO 8601. */
  readonly createdAt: string
  readonly expiresAt: string
}

export interface WaiverTarget {
  readonly type: string
  readonly name: string
  readonly version: string
  readonly sha256?: string
}

/** Waivers that are in force for these bytes at this time. Unreadable dates are never in force. */
export function waiversFor(waivers: readonly Waiver[], target: WaiverTarget, now: Date): readonly Waiver[] {
  return waivers.filter(
    (waiver) =>
      waiver.type === target.type &&
      waiver.name === target.name &&
      (waiver.version === undefined || waiver.version === target.version) &&
      (waiver.sha256 === undefined || waiver.sha256 === target.sha256) &&
      Date.parse(waiver.createdAt) <= now.getTime() &&
      Date.parse(waiver.expiresAt) > now.getTime(),
  )
}

/** The first waiver that sets this rule aside. */
export function waiverOf(waivers: readonly Waiver[], rule: string, isMalware: boolean): Waiver | undefined {
  return waivers.find(
    (waiver) =>
      (!isMalware || waiver.evenMalware) && waiver.rules.some((pattern) => matchesGlob(pattern, rule)),
  )
}
