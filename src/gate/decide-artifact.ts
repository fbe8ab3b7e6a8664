// From a requested path to a verdict: claim, screening, bytes, evidence, decision, record. The only code that may say `approved`.
import { type ArtifactClaim, companionSubject } from '../model/claim.ts'
import { asGatewayError, GatewayError } from '../model/errors.ts'
import type { Evidence } from '../model/evidence.ts'
import type { ArtifactRequest } from '../model/request.ts'
import type { Verdict } from '../model/verdict.ts'
import { STALE_RULE } from '../policy/vulnerabilities.ts'
import type { ExaminePriority } from '../scanners/examination.ts'
import type { ClaimState, Ledger, RecordedVerdict } from '../storage/ledger.ts'
import type { ArtifactSource, EarlyDownload } from './artifact-bytes.ts'
import { refuseAfterFailures } from './attempts.ts'
import type { NoteChange } from './drift/recalls.ts'
import type { GateEvents } from './events.ts'
import { isKeyOf } from './evidence-key.ts'
import { type ExamineArtifact, incompleteOf, isIncomplete } from './examine-artifact.ts'
import type { IndexSource } from './index-source.ts'
import type { Judge } from './judge.ts'
import type { JudgeSource } from './policy-judge.ts'
import type { Repository } from './repository.ts'
import { showClaims } from './show-claims.ts'

export interface Decision {
  readonly claim: ArtifactClaim
  /** Empty when the claim was refused without its bytes. */
  readonly sha256: string
  readonly verdict: Verdict
  readonly decidedAt: string
  /** Revision of the judge that decided. */
  readonly judge: string
  /** Must be asked anew each time: it hangs on another artifact, or on an examination that has to be done again. */
  readonly passing: boolean
  /** Whether the index has been read anew and may promise something else by now. */
  overtaken(): boolean
}

/** What one decision is about. */
interface Asked {
  readonly repository: Repository
  readonly state: ClaimState
  readonly overtaken: () => boolean
  readonly judge: Judge
  readonly started: number
  readonly how: DecideHow
}

export type DecideArtifact = (
  repository: Repository,
  request: ArtifactRequest,
  /** Default: `client`. */
  priority?: ExaminePriority,
  how?: DecideHow,
) => Promise<Decision>

export interface DecideHow {
  /** Whom the history names; default: `examination`. */
  readonly actor?: string
  /** Examines the bytes again although there is evidence from today's scanners. */
  readonly anew?: boolean
}

export interface DecideParts {
  readonly ledger: Ledger
  readonly bytes: ArtifactSource
  readonly examine: ExamineArtifact
  readonly source: IndexSource
  /** A verdict changed what the index of this claim may show. */
  readonly invalidate: (claim: ArtifactClaim) => void
  /** Told before a verdict is recorded. */
  readonly noteChange?: NoteChange
  readonly judges: JudgeSource
  readonly events: GateEvents
  readonly now: () => Date
}

export function createDecideArtifact(parts: DecideParts): DecideArtifact {
  return async function decideArtifact(repository, request, priority = 'client', how = {}) {
    const started = parts.now().getTime()
    const { state, overtaken, early } = await claimOf(repository, request)
    const judge = await parts.judges.judgeFor(repository.settings, state.claim)
    try {
      return await decideClaim({ repository, state, overtaken, judge, started, how }, priority, early)
    } finally {
      early?.abandon()
    }
  }

  async function decideClaim(
    asked: Asked,
    priority: ExaminePriority,
    early: EarlyDownload | undefined,
  ): Promise<Decision> {
    const { repository, state, judge, how } = asked
    const screened = judge.screen(state.claim, parts.now())
    if (screened !== undefined) return record(asked, undefined, '', screened)
    const refused = await recordSiblings(asked)
    if (refused !== undefined) return refused
    const subject = companionSubject(state.claim)
    if (subject !== undefined) return decideCompanion(asked, subject)
    await refuseAfterFailures(parts.ledger, state.claim, parts.now())
    try {
      const { evidence, sha256 } = await parts.examine(repository, state, priority, early, how.anew)
      if (isIncomplete(evidence)) await attempt(state.claim, incompleteOf(evidence))
      // Asked anew: while the bytes were examined, an advisory may have come that names the version or these very bytes.
      const now = await parts.judges.judgeFor(repository.settings, state.claim, sha256)
      const approvedBefore = state.verdict?.outcome === 'approved' && state.verdict.sha256 === sha256
      const verdict = now.decide(state.claim, evidence, parts.now(), approvedBefore)
      const decision = await record({ ...asked, judge: now }, evidence, sha256, verdict)
      // Asked once more: a sibling that was under examination too may have been refused meanwhile.
      return verdict.outcome === 'approved' ? ((await recordSiblings(asked)) ?? decision) : decision
    } catch (thrown) {
      throw await failed(state.claim, asGatewayError(thrown))
    }
  }

  /**
   * The claim of a path; a path that no index promises is refused. The index is asked once more for one just published. Where the
   * ecosystem knows the address without its index, the bytes are under way meanwhile.
   */
  async function claimOf(
    repository: Repository,
    { path, key }: ArtifactRequest,
  ): Promise<Pick<Asked, 'state' | 'overtaken'> & { early?: EarlyDownload }> {
    const { settings, ecosystem } = repository
    const known = await claimIn(settings.name, path, key)
    if (known !== undefined) return known
    // An index at hand that does not list the path is no reason to fetch it, or anybody could fill the disk.
    const unread = parts.source.inMemory(settings.name, key) === undefined
    const early = unread ? parts.bytes.begin(path, ecosystem, settings) : undefined
    try {
      for (const force of [false, true]) {
        await parts.source.ensureClaims(repository, key, force)
        const found = await claimIn(settings.name, path, key)
        if (found !== undefined) return { ...found, ...(early === undefined ? {} : { early }) }
      }
    } catch (thrown) {
      early?.abandon()
      throw thrown
    }
    early?.abandon()
    throw new GatewayError('CLAIM_MISSING', `no index of ${settings.name} lists ${path}`, {
      repository: settings.name,
      path,
    })
  }

  /** The set is looked at before the claim is read: when both change in between, the decision counts as overtaken. */
  async function claimIn(
    repositoryName: string,
    path: string,
    key: string,
  ): Promise<Pick<Asked, 'state' | 'overtaken'> | undefined> {
    const current = () => parts.source.inMemory(repositoryName, key)
    const set = current()?.set
    const state = await parts.ledger.claim(repositoryName, path)
    if (state === undefined) return undefined
    return { state, overtaken: () => current() !== undefined && current()?.set !== set }
  }

  async function recordSiblings(asked: Asked): Promise<Decision | undefined> {
    const verdict = await refusedBySiblings(asked)
    return verdict === undefined
      ? undefined
      : { ...(await record(asked, undefined, '', verdict)), passing: true }
  }

  /** Pure rule over the index set, asked only for the few claims it concerns. */
  async function refusedBySiblings({
    repository: { ecosystem, settings },
    state: { claim },
    judge,
  }: Asked): Promise<Verdict | undefined> {
    const rule = ecosystem.siblingRule
    if (rule === undefined || !rule.concerns(claim)) return undefined
    const states = await (rule.among === 'decided'
      ? parts.ledger.decidedClaimsOf(settings.name, claim.indexKey)
      : parts.ledger.claimsOf(settings.name, claim.indexKey))
    const show = showClaims({ settings, judge, decided: states, evidence: new Map(), now: parts.now() })
    return rule.refuse(
      claim,
      states.map((one) => ({ claim: one.claim, shown: show(one.claim) })),
    )
  }

  /** A companion leaves byte for byte once its digest holds; it is refused whenever its subject is. */
  async function decideCompanion(
    { repository, state, judge, overtaken }: Asked,
    subjectPath: string,
  ): Promise<Decision> {
    const subject = await parts.ledger.claim(state.claim.repository, subjectPath)
    if (subject === undefined)
      throw new GatewayError('CLAIM_MISSING', `nothing is known of ${subjectPath}`, { path: subjectPath })
    const decided = {
      claim: state.claim,
      decidedAt: parts.now().toISOString(),
      judge: judge.revision,
      passing: true,
      overtaken,
    }
    const verdict = await subjectVerdict(subject, judge)
    if (verdict !== undefined && verdict.outcome !== 'approved') return { ...decided, sha256: '', verdict }
    const { blob } = await parts.bytes.bytesOf(state, repository.settings)
    return {
      ...decided,
      sha256: blob.sha256,
      verdict: { outcome: 'approved', reasons: [], warnings: [], policy: judge.policyRevision },
    }
  }

  /**
   * Undefined while the subject is not examined, or was not to the end: clients ask for the companion first and stop when they do
   * not get it, so a refusal would keep the subject from ever being examined again.
   */
  async function subjectVerdict({ claim, verdict }: ClaimState, judge: Judge): Promise<Verdict | undefined> {
    const screened = judge.screen(claim, parts.now())
    if (screened !== undefined || verdict === undefined || verdict.sha256 === '') return screened
    const evidence = await parts.ledger.evidence(verdict.sha256, claim.type, verdict.examinationKey)
    if (evidence === undefined) return verdict
    return isIncomplete(evidence) ? undefined : judge.decide(claim, evidence, parts.now())
  }

  async function record(
    { repository, state, judge, overtaken, started, how }: Asked,
    evidence: Evidence | undefined,
    sha256: string,
    verdict: Verdict,
  ): Promise<Decision> {
    const { claim, verdict: before } = state
    const decidedAt = parts.now().toISOString()
    const examinationKey = evidence?.examinationKey ?? ''
    await parts.noteChange?.(state, verdict)
    await parts.ledger.recordVerdict(claim, evidence, {
      ...verdict,
      sha256,
      examinationKey,
      decidedAt,
      actor: how.actor ?? 'examination',
    })
    if (verdict.outcome !== 'approved' || !isShown(repository, claim, before)) parts.invalidate(claim)
    parts.events.decided(claim, sha256, verdict, parts.now().getTime() - started)
    return {
      claim,
      sha256,
      verdict,
      decidedAt,
      judge: judge.revision,
      passing: (evidence !== undefined && isIncomplete(evidence)) || restsOnStaleFeed(verdict),
      overtaken,
    }
  }

  async function failed(claim: ArtifactClaim, error: GatewayError): Promise<GatewayError> {
    parts.events.examinationFailed(claim, error)
    await attempt(claim, error)
    return error
  }

  function attempt({ repository, path }: ArtifactClaim, { code, message }: GatewayError): Promise<void> {
    return parts.ledger.recordAttempt({ repository, path, at: parts.now().toISOString(), code, message })
  }
}

/** Whether an index rendered before this decision shows the claim. */
function isShown(
  { settings }: Repository,
  claim: ArtifactClaim,
  before: RecordedVerdict | undefined,
): boolean {
  if (before === undefined) return settings.indexMode === 'lazy'
  return (
    before.outcome === 'approved' && (settings.indexMode === 'lazy' || isKeyOf(before.examinationKey, claim))
  )
}

/** Every request asks the feed again, not too often, until it can be updated. */
function restsOnStaleFeed({ reasons }: Verdict): boolean {
  return reasons.some(({ rule }) => rule === STALE_RULE)
}
