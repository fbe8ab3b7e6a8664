// The artifact door: may these bytes leave? Known verdict, else store unserved, compare, examine, decide, record, read back.
import { LRUCache } from 'lru-cache'
import type { ArtifactClaim } from '../model/claim.ts'
import { asGatewayError, GatewayError } from '../model/errors.ts'
import type { ArtifactRequest } from '../model/request.ts'
import type { Verdict } from '../model/verdict.ts'
import type { ExaminePriority } from '../scanners/examination.ts'
import type { BlobBody } from '../storage/blob-store.ts'
import type { HotBlobs } from '../storage/hot-blobs.ts'
import type { DecideArtifact, Decision } from './decide-artifact.ts'
import { advisoryNames, type JudgeSource } from './policy-judge.ts'
import { HOLD_OPEN_MS, type Repository } from './repository.ts'
import { createSingleFlight } from './single-flight.ts'

export interface ApprovedArtifact {
  readonly outcome: 'approved'
  readonly claim: ArtifactClaim
  readonly sha256: string
  readonly decidedAt: string
  readonly body: BlobBody
}

export type ArtifactAnswer =
  | ApprovedArtifact
  | { readonly outcome: 'held' | 'blocked'; readonly claim: ArtifactClaim; readonly verdict: Verdict }

export interface ArtifactGate {
  /** What is approved under today's rules and in memory, so that nothing has to be awaited. Undefined says nothing about `serve`. */
  atHand(repository: Repository, request: ArtifactRequest): ApprovedArtifact | undefined
  /** Throws CLAIM_MISSING, CLAIM_MISMATCH, UPSTREAM_*, SCAN_INCOMPLETE, STORE_FAILED, LEDGER_FAILED. */
  serve(repository: Repository, request: ArtifactRequest): Promise<ArtifactAnswer>
  /** Decides ahead of any request, behind those of clients; serves nothing. Throws as `serve` does. */
  examine(repository: Repository, request: ArtifactRequest): Promise<void>
  /** Whether it is being decided right now. */
  isUnderWay(repositoryName: string, path: string): boolean
  /** A verdict or the rules behind it changed: what was remembered is void. */
  forget(repositoryName?: string, path?: string): void
  /** The same for everything that one index set promised: its artifacts are judged by each other. */
  forgetIndex(repositoryName: string, indexKey: string): void
}

export interface ArtifactGateParts {
  /** Where approved bytes are read from. */
  readonly served: HotBlobs
  readonly decide: DecideArtifact
  readonly judges: JudgeSource
  readonly now: () => Date
}

const REMEMBERED = 50_000

export function createArtifactGate(parts: ArtifactGateParts): ArtifactGate {
  const decisions = new LRUCache<string, Decision>({ max: REMEMBERED })
  const flights = createSingleFlight<Decision>()
  /** Grows whenever something is forgotten: an approval that was under way meanwhile is not kept. */
  let forgotten = 0

  function atHand(repository: Repository, request: ArtifactRequest): ApprovedArtifact | undefined {
    const decision = remembered(`${repository.settings.name}\0${request.path}`, repository)
    if (decision?.verdict.outcome !== 'approved') return undefined
    const body = parts.served.atHand(decision.sha256)
    return body === undefined ? undefined : approved(decision, body)
  }

  async function serve(repository: Repository, request: ArtifactRequest): Promise<ArtifactAnswer> {
    const key = `${repository.settings.name}\0${request.path}`
    const known = remembered(key, repository)
    const decision =
      known ??
      (await withinHold(
        repository,
        request,
        flights.join(key, () => decideAnew(key, repository, request)),
      ))
    const { claim, verdict } = decision
    if (verdict.outcome !== 'approved') return { outcome: verdict.outcome, claim, verdict }
    const body = await parts.served.open(decision.sha256)
    if (body !== undefined) return approved(decision, body)
    decisions.delete(key)
    if (known === undefined)
      throw new GatewayError('STORE_FAILED', 'the approved bytes are gone', { path: request.path })
    return serve(repository, request)
  }

  function remembered(key: string, repository: Repository): Decision | undefined {
    const decision = decisions.get(key)
    if (decision === undefined) return undefined
    const due =
      decision.verdict.reconsiderAt !== undefined &&
      Date.parse(decision.verdict.reconsiderAt) <= parts.now().getTime()
    const judged =
      decision.judge === parts.judges.revisionOf(repository.settings, advisoryNames(decision.claim))
    return due || !judged || decision.overtaken() ? undefined : decision
  }

  async function decideAnew(
    key: string,
    repository: Repository,
    request: ArtifactRequest,
    priority: ExaminePriority = 'client',
  ): Promise<Decision> {
    const before = forgotten
    const decision = await parts.decide(repository, request, priority)
    const kept = decision.verdict.outcome !== 'approved' || before === forgotten
    if (kept && !decision.passing) decisions.set(key, decision)
    return decision
  }

  async function serveFirst(repository: Repository, request: ArtifactRequest): Promise<ArtifactAnswer> {
    const [next, ...more] = request.otherwise ?? []
    if (next === undefined) return serve(repository, request)
    return serve(repository, request).catch((thrown) => {
      if (asGatewayError(thrown).code !== 'CLAIM_MISSING') throw thrown
      return serveFirst(repository, { ...next, otherwise: more })
    })
  }

  return {
    atHand,
    serve: serveFirst,
    async examine(repository, request) {
      const key = `${repository.settings.name}\0${request.path}`
      if (remembered(key, repository) !== undefined) return
      await flights.join(key, () => decideAnew(key, repository, request, 'background'))
    },
    isUnderWay: (repositoryName, path) => flights.has(`${repositoryName}\0${path}`),
    forget(repositoryName, path) {
      forgotten += 1
      if (repositoryName === undefined || path === undefined) decisions.clear()
      else decisions.delete(`${repositoryName}\0${path}`)
    },
    forgetIndex(repositoryName, indexKey) {
      forgotten += 1
      for (const [key, { claim }] of decisions.entries())
        if (claim.indexKey === indexKey && claim.repository === repositoryName) decisions.delete(key)
    },
  }
}

function approved({ claim, sha256, decidedAt }: Decision, body: BlobBody): ApprovedArtifact {
  return { outcome: 'approved', claim, sha256, decidedAt, body }
}

/** Waits as long as the client of this ecosystem does; the flight goes on behind a 503 and its verdict is there for the retry. */
async function withinHold(
  repository: Repository,
  request: ArtifactRequest,
  flight: Promise<Decision>,
): Promise<Decision> {
  const holdMs = HOLD_OPEN_MS[repository.settings.type] ?? 25_000
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(pending(request)), holdMs)
  })
  try {
    return await Promise.race([flight, timeout])
  } finally {
    clearTimeout(timer)
    flight.catch(() => undefined) // a flight nobody waits for any more has already reported its failure as an event
  }
}

function pending(request: ArtifactRequest): GatewayError {
  return new GatewayError('SCAN_INCOMPLETE', 'this artifact is still being examined, ask again in a moment', {
    path: request.path,
    retryAfterSeconds: 5,
  })
}
