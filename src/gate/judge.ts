// What both doors ask of policy: plain data to make a judge of travels to the index workers, so both doors judge alike.
import type { ArtifactClaim } from '../model/claim.ts'
import type { Evidence } from '../model/evidence.ts'
import type { Verdict } from '../model/verdict.ts'

export interface Judge {
  /** Changes with the policy, the advisory data and the waivers: what was decided under another one is decided anew. */
  readonly revision: string
  /** Of the policy alone, as verdicts carry it. */
  readonly policyRevision: string
  /** What can be said against a claim before its bytes are here; undefined when nothing is. */
  screen(claim: ArtifactClaim, now: Date): Verdict | undefined
  /** Whether the verdict on record is still the one that would be made: same policy, no time that has come, same exceptions. */
  standsBy(claim: ArtifactClaim, sha256: string, verdict: Verdict, now: Date): boolean
  /** The verdict on examined bytes. Pure. `approvedBefore`: a stale feed does not take back what was approved. */
  decide(claim: ArtifactClaim, evidence: Evidence, now: Date, approvedBefore?: boolean): Verdict
}
