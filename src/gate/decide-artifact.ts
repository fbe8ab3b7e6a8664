// From a requested path to a verdict: claim, screening, bytes, evidence, decision, record. The only code that may say `approved`.
import type { FetchDocument, RepositorySettings } from '../ecosystems/ecosystem.ts'
import { type ArtifactClaim, companionSubject } from '../model/claim.ts'
import { asGatewayError, GatewayError } from '../model/errors.ts'
import type { Evidence } from '../model/evidence.ts'
import type { Finding } from '../model/finding.ts'
import type { ArtifactRequest } from '../model/request.ts'
import type { Verdict } from '../model/verdict.ts'
import { CONTROL_DIGEST_DIFFERS } from '../scanners/claim-rules.ts'
import type { ExaminerPool } from '../scanners/examination.ts'
import type { BlobStore, StoredBlob } from '../storage/blob-store.ts'
import type { ClaimState, Ledger } from '../storage/ledger.ts'
import type { UpstreamClient } from '../upstream/upstream.ts'
import { refuseAfterFailures } from './attempts.ts'
import { checkAgainstClaim, isBoundByExamination } from './claim-check.ts'
import { readDocument } from './document-fetch.ts'
import type { GateEvents } from './events.ts'
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
}

export type DecideArtifact = (repository: Repository, request: ArtifactRequest) => Promise<Decision>

export interface DecideParts {
  readonly ledger: Ledger
  readonly blobs: BlobStore
  readonly upstream: UpstreamClient
  readonly fetch: FetchDocument
  readonly source: IndexSource
  /** A verdict changed what the index of this claim may show. */
  readonly invalidate: (claim: ArtifactClaim) => void
  readonly pool: ExaminerPool
  readonly judges: JudgeSource
  readonly maxArtifactBytes: number
  readonly events: GateEvents
  readonly now: () => Date
}

interface Bytes {
  readonly blob: StoredBlob
  readonly location: string
}

export function createDecideArtifact(parts: DecideParts): DecideArtifact {
  return async function decideArtifact(repository, request) {
    const started = parts.now().getTime()
    const state = await claimOf(repository, request)
    const judge = await parts.judges.judgeFor(repository.settings.name, state.claim)
    const screened = judge.screen(state.claim, parts.now())
    if (screened !== undefined) return record(state, undefined, '', screened, judge, started)
    const bySiblings = await refusedBySiblings(repository, state, judge)
    if (bySiblings !== undefined)
      return { ...(await record(state, undefined, '', bySiblings, judge, started)), passing: true }
    const subject = companionSubject(state.claim)
    if (subject !== undefined) return decideCompanion(repository, state, subject, judge)
    await refuseAfterFailures(parts.ledger, state.claim, parts.now())
    try {
      const known = await knownEvidence(state)
      const { evidence, sha256 } = known ?? (await examineBytes(repository, state))
      if (isIncomplete(evidence)) await attempt(state.claim, incompleteOf(evidence))
      const verdict = judge.decide(state.claim, evidence, parts.now())
      return await record(state, evidence, sha256, verdict, judge, started)
    } catch (thrown) {
      throw await failed(state.claim, asGatewayError(thrown))
    }
  }

  /** The claim of a path; a path that no index promises is refused. The index is asked once more for one just published. */
  async function claimOf(repository: Repository, request: ArtifactRequest): Promise<ClaimState> {
    const { name } = repository.settings
    const known = await parts.ledger.claim(name, request.path)
    if (known !== undefined) return known
    for (const force of [false, true]) {
      await parts.source.ensureClaims(repository, request.key, force)
      const state = await parts.ledger.claim(name, request.path)
      if (state !== undefined) return state
    }
    throw new GatewayError('CLAIM_MISSING', `no index of ${name} lists ${request.path}`, {
      repository: name,
      path: request.path,
    })
  }

  /** Pure rule over the index set, asked only for the few claims it concerns. */
  async function refusedBySiblings(
    { ecosystem, settings }: Repository,
    { claim }: ClaimState,
    judge: Judge,
  ): Promise<Verdict | undefined> {
    const rule = ecosystem.siblingRule
    if (rule === undefined || !rule.concerns(claim)) return undefined
    const states = await parts.ledger.claimsOf(settings.name, claim.indexKey)
    const show = showClaims({ settings, judge, decided: states, evidence: new Map(), now: parts.now() })
    return rule.refuse(
      claim,
      states.map((one) => ({ claim: one.claim, shown: show(one.claim) })),
    )
  }

  /** A companion leaves byte for byte once its digest holds; it is refused whenever its subject is. */
  async function decideCompanion(
    repository: Repository,
    state: ClaimState,
    subjectPath: string,
    judge: Judge,
  ): Promise<Decision> {
    const subject = await parts.ledger.claim(state.claim.repository, subjectPath)
    if (subject === undefined)
      throw new GatewayError('CLAIM_MISSING', `nothing is known of ${subjectPath}`, { path: subjectPath })
    const decided = {
      claim: state.claim,
      decidedAt: parts.now().toISOString(),
      judge: judge.revision,
      passing: true,
    }
    const verdict = await subjectVerdict(subject, judge)
    if (verdict !== undefined && verdict.outcome !== 'approved') return { ...decided, sha256: '', verdict }
    const { blob } = await bytesOf(state, repository.settings)
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
    const evidence = await parts.ledger.evidence(verdict.sha256, claim.type)
    if (evidence === undefined) return verdict
    return isIncomplete(evidence) ? undefined : judge.decide(claim, evidence, parts.now())
  }

  /** Evidence of bytes that were examined before, by today's scanners and rules. */
  async function knownEvidence({
    claim,
    sha256,
  }: ClaimState): Promise<{ evidence: Evidence; sha256: string } | undefined> {
    if (sha256 === undefined || (await parts.blobs.open(sha256)) === undefined) return undefined
    const evidence = await parts.ledger.evidence(sha256, claim.type)
    if (evidence === undefined || evidence.examinationKey !== parts.pool.examinationKey) return undefined
    return isIncomplete(evidence) ? undefined : { evidence, sha256 }
  }

  async function examineBytes(
    repository: Repository,
    state: ClaimState,
  ): Promise<{ evidence: Evidence; sha256: string }> {
    const { blob, location } = await bytesOf(state, repository.settings)
    const { claim } = state
    const evidence = await parts.pool.examine(
      {
        location,
        fileName: claim.path.slice(claim.path.lastIndexOf('/') + 1),
        sizeBytes: blob.sizeBytes,
        digests: blob.digests,
        type: claim.type,
        claim,
        ...(await previousOf(claim)),
      },
      'client',
    )
    if (isBoundByExamination(claim)) await bindByExamination(claim, blob, evidence)
    const more = [
      ...(await claimFindings(repository.settings, repository, state, blob)),
      ...(await changedBytes(claim, blob)),
    ]
    return { evidence: { ...evidence, findings: [...more, ...evidence.findings] }, sha256: blob.sha256 }
  }

  /** Bytes that only the package reader can hold against their claim are linked to it once it has. */
  async function bindByExamination(
    claim: ArtifactClaim,
    blob: StoredBlob,
    evidence: Evidence,
  ): Promise<void> {
    const differs = evidence.findings.find(({ rule }) => rule === CONTROL_DIGEST_DIFFERS)
    if (differs !== undefined)
      throw new GatewayError(
        'CLAIM_MISMATCH',
        `the upstream's bytes of ${claim.path} are not what its index promised (${differs.snippet})`,
        {
          path: claim.path,
        },
      )
    await parts.ledger.linkArtifact(claim, blob.sha256, blob.sizeBytes)
  }

  async function previousOf(claim: ArtifactClaim): Promise<object> {
    const last = await parts.ledger.lastApproved(claim.repository, claim.name, claim.version)
    return last === undefined ? {} : { previous: { version: last.version, summary: last.evidence.summary } }
  }

  /** Stored bytes when they are here already, else the upstream's: hashed, compared with the claim, then linked to it. */
  async function bytesOf(state: ClaimState, settings: RepositorySettings): Promise<Bytes> {
    const blob = (await storedAgain(state)) ?? (await download(state.claim, settings))
    checkAgainstClaim(state.claim, blob)
    if (!isBoundByExamination(state.claim))
      await parts.ledger.linkArtifact(state.claim, blob.sha256, blob.sizeBytes)
    const body = await parts.blobs.open(blob.sha256)
    if (body?.location === undefined)
      throw new GatewayError('STORE_FAILED', 'the stored bytes cannot be read back', { sha256: blob.sha256 })
    return { blob, location: body.location }
  }

  async function storedAgain({ sha256 }: ClaimState): Promise<StoredBlob | undefined> {
    const body = sha256 === undefined ? undefined : await parts.blobs.open(sha256)
    return body === undefined
      ? undefined
      : parts.blobs.put(body.stream(), { maxBytes: parts.maxArtifactBytes })
  }

  async function download(claim: ArtifactClaim, settings: RepositorySettings): Promise<StoredBlob> {
    const learnedFrom = await upstreamOf(claim, settings)
    const { body } = await parts.upstream.request({
      url: claim.url,
      headers: { 'accept-encoding': 'identity' },
      maxBytes: parts.maxArtifactBytes,
      ...(learnedFrom === undefined ? {} : { learnedFrom }),
    })
    return parts.blobs.put(body, { maxBytes: parts.maxArtifactBytes })
  }

  /** The upstream whose index made the claim (`facts.upstream` of its set): what another one may reach is not this one's affair. */
  async function upstreamOf(
    claim: ArtifactClaim,
    { name, upstreams }: RepositorySettings,
  ): Promise<string | undefined> {
    if (upstreams.length < 2) return upstreams[0]
    const stored = await parts.ledger.indexSet(name, claim.indexKey)
    return upstreams.find((base) => base === stored?.set.facts['upstream']) ?? upstreams[0]
  }

  async function claimFindings(
    settings: RepositorySettings,
    { ecosystem }: Repository,
    { claim }: ClaimState,
    blob: StoredBlob,
  ): Promise<readonly Finding[]> {
    if (ecosystem.examineClaim === undefined) return []
    const set = await parts.ledger.indexSet(settings.name, claim.indexKey)
    return ecosystem.examineClaim(claim, set?.set, {
      settings,
      open: (document) => readDocument(parts.blobs, document),
      fetch: parts.fetch,
      digests: blob.digests,
    })
  }

  /** The same name and version with other bytes than first seen is an incident, whatever the new bytes are. */
  async function changedBytes(claim: ArtifactClaim, blob: StoredBlob): Promise<Finding[]> {
    const former = await parts.ledger.formerSha256(claim)
    if (former === undefined || former === blob.sha256) return []
    const title = `the bytes of ${claim.name} ${claim.version} changed upstream: first seen as ${former.slice(0, 16)}`
    return [{ rule: 'artifact-changed', layer: 'integrity', severity: 'critical', title }]
  }

  async function record(
    { claim, verdict: before }: ClaimState,
    evidence: Evidence | undefined,
    sha256: string,
    verdict: Verdict,
    judge: Judge,
    started: number,
  ): Promise<Decision> {
    const decidedAt = parts.now().toISOString()
    const examinationKey = evidence?.examinationKey ?? ''
    await parts.ledger.recordVerdict(claim, evidence, {
      ...verdict,
      sha256,
      examinationKey,
      decidedAt,
      actor: 'examination',
    })
    if (verdict.outcome !== 'approved' || before?.outcome !== undefined) parts.invalidate(claim)
    parts.events.decided(claim, sha256, verdict, parts.now().getTime() - started)
    return {
      claim,
      sha256,
      verdict,
      decidedAt,
      judge: judge.revision,
      passing: evidence !== undefined && isIncomplete(evidence),
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

/** A required scanner that did not finish: the evidence decides nothing good, and is made again at the next request. */
function isIncomplete({ runs }: Evidence): boolean {
  return runs.some(({ status, required }) => status === 'failed' && required)
}

function incompleteOf({ runs }: Evidence): GatewayError {
  const failed = runs.find(({ status, required }) => status === 'failed' && required)
  return new GatewayError(
    'SCAN_INCOMPLETE',
    `${failed?.scanner} did not finish: ${failed?.reason ?? 'no reason'}`,
    {},
  )
}
