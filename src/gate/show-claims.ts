// Which claims of an index may be shown: screening by what is already known, without a download.
import type { RepositorySettings } from '../ecosystems/ecosystem.ts'
import type { ArtifactClaim } from '../model/claim.ts'
import type { Evidence } from '../model/evidence.ts'
import type { Shown, Verdict } from '../model/verdict.ts'
import { isAdvisoryRule } from '../policy/vulnerabilities.ts'
import type { ClaimState } from '../storage/ledger.ts'
import { isKeyOf } from './evidence-key.ts'
import type { Judge } from './judge.ts'

/** Rule of a claim that a strict index cannot show yet. */
export const NOT_EXAMINED = 'not-examined'

const UNEXAMINED: Verdict = {
  outcome: 'held',
  reasons: [
    { rule: NOT_EXAMINED, text: 'not examined yet, and this repository shows only what is approved' },
  ],
  warnings: [],
  policy: 'strict-index',
}

export interface ShowOptions {
  readonly settings: RepositorySettings
  readonly judge: Judge
  readonly decided: readonly ClaimState[]
  /** Evidence by examination key, for verdicts that an older policy made. */
  readonly evidence: ReadonlyMap<string, Evidence>
  readonly now: Date
}

/** Builds the `show` function of one rendering. A claim is judged by its verdict when it has one, else by screening. */
export function showClaims(options: ShowOptions): (claim: ArtifactClaim) => Shown {
  const byPath = new Map(options.decided.map((state) => [state.claim.path, state]))
  return (claim) => {
    const screened = options.judge.screen(claim, options.now)
    if (screened !== undefined) return { show: false, verdict: screened }
    const state = byPath.get(claim.path)
    // A verdict without bytes was made by screening or siblings: whether it still holds was asked just now, or is asked by the caller.
    if (state?.verdict === undefined || state.verdict.sha256 === '' || !isSameBytes(state.claim, claim))
      return unexamined(options)
    const verdict = currentVerdict(claim, state, options)
    if (verdict.outcome !== 'approved') return { show: false, verdict }
    // An approval was given to bytes under a claim: when the index now says something else of them, it has to be given anew.
    return isKeyOf(state.verdict.examinationKey, claim) ? { show: true } : unexamined(options)
  }
}

function unexamined({ settings }: ShowOptions): Shown {
  return settings.indexMode === 'strict' ? { show: false, verdict: UNEXAMINED } : { show: true }
}

/** Facts are stored, verdicts are derived: a verdict of another policy revision, or one whose time has come, is derived anew. */
function currentVerdict(claim: ArtifactClaim, state: ClaimState, options: ShowOptions): Verdict {
  const { verdict } = state
  if (verdict === undefined) throw new TypeError('a decided claim without verdict')
  const stands = options.judge.standsBy(claim, verdict.sha256, verdict, options.now)
  if (stands && !restsOnAdvisories(verdict)) return verdict
  const evidence = options.evidence.get(verdict.examinationKey)
  if (evidence === undefined) return verdict
  return options.judge.decide(claim, evidence, options.now, verdict.outcome === 'approved')
}

/** Advisories come and go without a new policy: a refusal that rests on them is derived anew. */
export function restsOnAdvisories({ outcome, reasons }: Verdict): boolean {
  return outcome !== 'approved' && reasons.some(({ rule }) => isAdvisoryRule(rule))
}

/** A verdict is for bytes: when the index now promises others, it says nothing. */
function isSameBytes(known: ArtifactClaim, claim: ArtifactClaim): boolean {
  const names = ['sha512', 'sha384', 'sha256', 'sha1', 'md5'] as const
  const shared = names.filter(
    (name) => known.digests[name] !== undefined && claim.digests[name] !== undefined,
  )
  return shared.every((name) => known.digests[name] === claim.digests[name])
}
