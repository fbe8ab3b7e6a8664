// A scoped, reasoned, expiring exception made by a named actor.
import type { PurlType } from './claim.ts'

export interface Waiver {
  readonly id: string
  /** `waive` sets rules aside, `approve` is the same said of a reviewed artifact, `deny` refuses whatever the policy says. */
  readonly effect: 'waive' | 'approve' | 'deny'
  /** With `name`; both absent for bytes under any name, or for rules of any package. */
  readonly type?: PurlType
  readonly name?: string
  /** Exact version; absent for all versions of the package. */
  readonly version?: string
  /** Versions as a `vers:` range. */
  readonly versions?: string
  /** Exactly these bytes; absent for whatever bytes the claim turns out to be. */
  readonly sha256?: string
  /** Rules it sets aside, as globs over the rule of a reason. */
  readonly rules: readonly string[]
  /** Malware, hazards of the archive, wrong bytes and unfinished examinations are set aside only when this is said as well. */
  readonly force: boolean
  /** Made to get an incident over with: told loudly for as long as it holds. */
  readonly emergency?: boolean
  readonly reason: string
  readonly actor: string
  /** ISO 8601. */
  readonly createdAt: string
  readonly expiresAt: string
}
