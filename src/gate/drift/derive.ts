// What today's policy and data say of an artifact that was decided before, from the facts on record; nothing is written.
import type { RepositorySettings } from '../../ecosystems/ecosystem.ts'
import type { Evidence } from '../../model/evidence.ts'
import type { Verdict } from '../../model/verdict.ts'
import type { ClaimState, Ledger } from '../../storage/ledger.ts'
import { evidenceKeyOf } from '../evidence-key.ts'
import { isIncomplete } from '../examine-artifact.ts'
import type { JudgeSource } from '../policy-judge.ts'

export type Drifted =
  /** Nothing has changed. */
  | 'same'
  /** Time, policy, advisories or waivers lead to another verdict. */
  | 'verdict'
  /** Scanners or rules have moved on, or the evidence is missing or incomplete. */
  | 'scanners'
  /** The evidence is older than it may be. */
  | 'stale'

export interface Derived {
  readonly state: ClaimState
  readonly drifted: Drifted
  readonly before: Verdict
  /** What is said from the facts on record; absent without evidence. */
  readonly now?: Verdict
}

export interface DeriveParts {
  readonly ledger: Ledger
  readonly judges: JudgeSource
  /** Of today's scanners and rules. */
  readonly examinationKey: string
  readonly staleAfterMs: number
  readonly now: () => Date
}

const CLOCK_SKEW_MS = 300_000

/** Undefined when no index lists the artifact any more, or its bytes were never decided. */
export async function deriveVerdict(
  parts: DeriveParts,
  settings: RepositorySettings,
  path: string,
): Promise<Derived | undefined> {
  const state = await parts.ledger.claim(settings.name, path)
  if (state?.verdict === undefined || state.sha256 === undefined) return undefined
  const { claim, verdict, sha256 } = state
  const [before = verdict] = await parts.ledger.verdictHistory(settings.name, path)
  const evidence = await parts.ledger.evidence(sha256, claim.type, verdict.examinationKey)
  const judge = await parts.judges.judgeFor(settings, claim, sha256)
  const screened = judge.screen(claim, parts.now())
  const now =
    screened ?? (evidence && judge.decide(claim, evidence, parts.now(), before.outcome === 'approved'))
  const drifted = driftOf(parts, state, evidence, before, now)
  return { state, drifted, before, ...(now === undefined ? {} : { now }) }
}

function driftOf(
  { examinationKey, staleAfterMs, now }: DeriveParts,
  { claim, verdict }: ClaimState,
  evidence: Evidence | undefined,
  before: Verdict,
  after: Verdict | undefined,
): Drifted {
  if (after !== undefined && !saysTheSame(before, after)) return 'verdict'
  if (evidence === undefined || isIncomplete(evidence)) return 'scanners'
  if (verdict?.examinationKey !== evidenceKeyOf(examinationKey, claim)) return 'scanners'
  const age = now().getTime() - Date.parse(evidence.examinedAt)
  // A time that has not come yet was taken by a clock that was wrong, and proves no freshness.
  return age > staleAfterMs || age < -CLOCK_SKEW_MS ? 'stale' : 'same'
}

/** Same outcome for the same rules; sentences tell ages and differ from hour to hour. */
function saysTheSame(a: Verdict, b: Verdict): boolean {
  return a.outcome === b.outcome && rulesOf(a) === rulesOf(b)
}

function rulesOf({ reasons }: Verdict): string {
  return reasons.map(({ rule, severity }) => `${rule} ${severity ?? ''}`).join('\n')
}
