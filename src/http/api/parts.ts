// What the API's routes work on.
import type { ExamineVersion } from '../../gate/examine-version.ts'
import type { Preflight } from '../../gate/preflight.ts'
import type { ReviewParts } from '../../review/review.ts'
import type { Ledger } from '../../storage/ledger.ts'

export interface EffectivePolicy {
  readonly repository: string
  readonly policy: {
    readonly name: string
    readonly revision: string
    readonly mode: string
    readonly indexMode: string
    readonly rules: readonly unknown[]
  }
}

export interface ApiParts {
  readonly ledger: Ledger
  readonly now: () => Date
  readonly policies: () => readonly EffectivePolicy[]
  /** Names of what is not ready, each with a reason. */
  readonly problems: () => Promise<Readonly<Record<string, string>>>
  /** What a review works on, with the time of now. */
  readonly review: () => ReviewParts
  /** Takes changed exceptions into account at once, instead of within a second. */
  readonly decidedNow: () => Promise<void>
  readonly examineVersion: ExamineVersion
  readonly preflight: Preflight
  /** Names of the generations' index sets, by repository. */
  readonly indexKeys: (repository: string) => readonly string[]
}
