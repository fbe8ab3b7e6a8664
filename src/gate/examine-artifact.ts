// Evidence on a claimed artifact: what is on record from today's scanners, else a new examination of its bytes.
import type { FetchDocument } from '../ecosystems/ecosystem.ts'
import type { ArtifactClaim } from '../model/claim.ts'
import { GatewayError } from '../model/errors.ts'
import type { Evidence } from '../model/evidence.ts'
import type { Finding } from '../model/finding.ts'
import type { ReadLimits } from '../model/limits.ts'
import { CONTROL_DIGEST_DIFFERS } from '../scanners/claim-rules.ts'
import type { ExaminePriority, ExaminerPool } from '../scanners/examination.ts'
import type { BlobStore, StoredBlob } from '../storage/blob-store.ts'
import type { ClaimState, Ledger } from '../storage/ledger.ts'
import type { ArtifactSource, EarlyDownload } from './artifact-bytes.ts'
import { isBoundByExamination } from './claim-check.ts'
import { readDocument } from './document-fetch.ts'
import { evidenceKeyOf } from './evidence-key.ts'
import type { Repository } from './repository.ts'

export interface Examined {
  readonly evidence: Evidence
  readonly sha256: string
}

export interface ExamineParts {
  readonly ledger: Ledger
  readonly blobs: BlobStore
  readonly source: ArtifactSource
  readonly fetch: FetchDocument
  readonly pool: ExaminerPool
  readonly limits: ReadLimits
}

/** Throws SCAN_INCOMPLETE when no examiner could finish, and whatever getting the bytes throws. */
export type ExamineArtifact = (
  repository: Repository,
  state: ClaimState,
  priority: ExaminePriority,
  early?: EarlyDownload,
  /** Examines again whatever is on record. */
  anew?: boolean,
) => Promise<Examined>

export function createExamineArtifact(parts: ExamineParts): ExamineArtifact {
  return async (repository, state, priority, early, anew = false) =>
    (anew ? undefined : await knownEvidence(state)) ??
    (await examineBytes(repository, state, priority, early))

  /** Evidence of bytes that were examined before under this very claim, by today's scanners and rules. */
  async function knownEvidence({ claim, sha256 }: ClaimState): Promise<Examined | undefined> {
    if (sha256 === undefined || (await parts.blobs.open(sha256)) === undefined) return undefined
    const key = evidenceKeyOf(parts.pool.examinationKey, claim)
    const evidence = await parts.ledger.evidence(sha256, claim.type, key)
    return evidence === undefined || isIncomplete(evidence) ? undefined : { evidence, sha256 }
  }

  async function examineBytes(
    repository: Repository,
    state: ClaimState,
    priority: ExaminePriority,
    early?: EarlyDownload,
  ): Promise<Examined> {
    const { blob, location } = await parts.source.bytesOf(state, repository.settings, early)
    const { claim } = state
    const evidence = await parts.pool.examine(
      {
        location,
        fileName: claim.path.slice(claim.path.lastIndexOf('/') + 1),
        sizeBytes: blob.sizeBytes,
        digests: blob.digests,
        type: claim.type,
        claim,
        limits: parts.limits,
        ...(await previousOf(claim)),
      },
      priority,
    )
    if (isBoundByExamination(claim)) await bindByExamination(claim, blob, evidence)
    const more = [
      ...(await claimFindings(repository, state, blob, location)),
      ...(await changedBytes(claim, blob)),
    ]
    const examinationKey = evidenceKeyOf(evidence.examinationKey, claim)
    const findings = [...more, ...evidence.findings]
    return { evidence: { ...evidence, examinationKey, findings }, sha256: blob.sha256 }
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

  async function claimFindings(
    { ecosystem, settings }: Repository,
    { claim }: ClaimState,
    blob: StoredBlob,
    location: string,
  ): Promise<readonly Finding[]> {
    if (ecosystem.examineClaim === undefined) return []
    const set = await parts.ledger.indexSet(settings.name, claim.indexKey)
    return ecosystem.examineClaim(claim, set?.set, {
      settings,
      open: (document) => readDocument(parts.blobs, document),
      fetch: parts.fetch,
      digests: blob.digests,
      location,
    })
  }

  /** The same name and version with other bytes than first seen is an incident, whatever the new bytes are. */
  async function changedBytes(claim: ArtifactClaim, blob: StoredBlob): Promise<Finding[]> {
    const former = await parts.ledger.formerSha256(claim)
    if (former === undefined || former === blob.sha256) return []
    const title = `the bytes of ${claim.name} ${claim.version} changed upstream: first seen as ${former.slice(0, 16)}`
    return [{ rule: 'artifact-changed', layer: 'integrity', severity: 'critical', title }]
  }
}

/** A required scanner that did not finish: the evidence decides nothing good, and is made again at the next request. */
export function isIncomplete({ runs }: Evidence): boolean {
  return runs.some(({ status, required }) => status === 'failed' && required)
}

export function incompleteOf({ runs }: Evidence): GatewayError {
  const failed = runs.find(({ status, required }) => status === 'failed' && required)
  return new GatewayError(
    'SCAN_INCOMPLETE',
    `${failed?.scanner} did not finish: ${failed?.reason ?? 'no reason'}`,
    {},
  )
}
