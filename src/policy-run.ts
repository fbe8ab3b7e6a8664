// Policies without a gateway: their own tests, and what a candidate would have made of the requests on record.
import { loadMalwareFeed } from './advisories/malware-feed.ts'
import type { Config } from './config/config.ts'
import { createAdvisoryData, NO_FEEDS } from './gate/advisory-data.ts'
import { createJudgeSource, type JudgeSource } from './gate/policy-judge.ts'
import type { Repository } from './gate/repository.ts'
import { versionOrders } from './gate/version-orders.ts'
import { policiesOf, repositoriesOf } from './gateway-repositories.ts'
import { companionSubject } from './model/claim.ts'
import type { Outcome, Reason, Verdict } from './model/verdict.ts'
import type { Policy } from './policy/policy.ts'
import type { VersionOrder } from './policy/version-range.ts'
import { isInForce } from './policy/waiver.ts'
import { openLedger } from './storage/all.ts'
import type { ClaimState, Ledger } from './storage/ledger.ts'
import type { RequestedArtifact } from './storage/requests.ts'

export const versionOrder: VersionOrder = (type, a, b) => versionOrders[type].compare(a, b)

/** `unexamined`: nothing is said against it before its bytes are here, and they never were. */
export type Foreseen = Outcome | 'unexamined'

export interface ReplayChange {
  readonly repository: string
  readonly name: string
  readonly version: string
  readonly path: string
  readonly served: number
  readonly refused: number
  readonly before: Foreseen
  readonly after: Foreseen
  /** Why the candidate refuses; or why today's policy does, when the candidate does not. */
  readonly reasons: readonly Reason[]
  /** Newest older version, or else the next newer one, that the candidate would have left to pick. */
  readonly instead?: string
}

export interface ReplayReport {
  readonly since: string
  readonly policy: string
  /** Artifacts that were asked for, and how often. */
  readonly artifacts: number
  readonly requests: number
  readonly newlyRefused: readonly ReplayChange[]
  readonly newlyAllowed: readonly ReplayChange[]
  /** Asked for, and no longer listed or never examined: nobody can tell. */
  readonly unknown: number
}

/** Every request is judged as of the time at which it was last made, by today's policy and by the candidate; nothing is written. */
export async function replayPolicy(config: Config, candidate: Policy, since: Date): Promise<ReplayReport> {
  const ledger = await openLedger(config.ledger.reveal())
  try {
    const judges = await openJudges(config, ledger)
    const asked = await ledger.requests.requestedSince(since.toISOString())
    const changes: ReplayChange[] = []
    let unknown = 0
    for (const one of asked) {
      const change = await replayOne(one, ledger, judges, candidate)
      if (change === 'unknown') unknown += 1
      else if (change !== undefined) changes.push(change)
    }
    return {
      since: since.toISOString(),
      policy: candidate.revision,
      artifacts: asked.length,
      requests: asked.reduce((sum, { served, refused }) => sum + served + refused, 0),
      newlyRefused: changes.filter(({ after }) => isRefusal(after)),
      newlyAllowed: changes.filter(({ after }) => !isRefusal(after)),
      unknown,
    }
  } finally {
    await ledger.close()
  }
}

const UNEXAMINED = 'unexamined'

function isRefusal(foreseen: Foreseen): boolean {
  return foreseen === 'held' || foreseen === 'blocked'
}

interface Judges {
  readonly repositories: ReadonlyMap<string, Repository>
  /** Of a policy, as of a time. */
  at(now: Date, candidate?: Policy): JudgeSource
}

async function openJudges(config: Config, ledger: Ledger): Promise<Judges> {
  const policies = policiesOf(config)
  const repositories = repositoriesOf(config, policies)
  const feed = await loadMalwareFeed(config.malwareFeeds)
  const advisories = createAdvisoryData({ ledger, feed, freshness: () => NO_FEEDS })
  const all = (await ledger.waivers.list()).filter(({ endedAt }) => endedAt === undefined)
  return {
    repositories: new Map([...repositories.values()].map((one) => [one.settings.name, one])),
    at: (now, candidate) =>
      createJudgeSource({
        policyOf: (repository) => {
          const policy = candidate ?? policies.get(repository)
          if (policy === undefined) throw new TypeError(`no policy of ${repository}`)
          return policy
        },
        advisories,
        served: (repository, name) => ledger.requests.servedVersions(repository, name),
        waivers: () => ({ revision: 'replay', waivers: all.filter((waiver) => isInForce(waiver, now)) }),
        now: () => now,
      }),
  }
}

async function replayOne(
  { repository: name, path, served, refused, lastAt }: RequestedArtifact,
  ledger: Ledger,
  judges: Judges,
  candidate: Policy,
): Promise<ReplayChange | 'unknown' | undefined> {
  const repository = judges.repositories.get(name)
  const state = await ledger.claim(name, path)
  if (repository === undefined || state === undefined) return 'unknown'
  if (companionSubject(state.claim) !== undefined) return undefined
  const now = new Date(lastAt)
  const before = await judged(state, repository, ledger, judges.at(now), now)
  const after = await judged(state, repository, ledger, judges.at(now, candidate), now)
  if (before === undefined && after === undefined) return 'unknown'
  const outcomes = { before: before?.outcome ?? UNEXAMINED, after: after?.outcome ?? UNEXAMINED } as const
  if (isRefusal(outcomes.before) === isRefusal(outcomes.after)) return undefined
  const { claim } = state
  const told = { repository: name, name: claim.name, version: claim.version, path, served, refused }
  if (!isRefusal(outcomes.after)) return { ...told, ...outcomes, reasons: before?.reasons ?? [] }
  const instead = await pickedInstead(state, repository, ledger, judges.at(now, candidate), now)
  return {
    ...told,
    ...outcomes,
    reasons: after?.reasons ?? [],
    ...(instead === undefined ? {} : { instead }),
  }
}

/** Undefined when nothing is said before the bytes are here, and they were never examined. */
async function judged(
  { claim, verdict, sha256 }: ClaimState,
  { settings }: Repository,
  ledger: Ledger,
  judges: JudgeSource,
  now: Date,
): Promise<Verdict | undefined> {
  const judge = await judges.judgeFor(settings, claim, sha256)
  const screened = judge.screen(claim, now)
  if (screened !== undefined || verdict === undefined || sha256 === undefined) return screened
  const evidence = await ledger.evidence(sha256, claim.type, verdict.examinationKey)
  return evidence && judge.decide(claim, evidence, now, verdict.outcome === 'approved')
}

async function pickedInstead(
  { claim }: ClaimState,
  repository: Repository,
  ledger: Ledger,
  judges: JudgeSource,
  now: Date,
): Promise<string | undefined> {
  const states = await ledger.claimsOf(claim.repository, claim.indexKey)
  const own = states.filter((one) => one.claim.name === claim.name && isPublished(one, now))
  const order = repository.ecosystem.compareVersions
  const sorted = own.toSorted((a, b) => order(b.claim.version, a.claim.version))
  const lower = sorted.filter((one) => order(one.claim.version, claim.version) < 0)
  const higher = sorted.filter((one) => order(one.claim.version, claim.version) > 0).reverse()
  for (const one of [...lower, ...higher]) {
    const verdict = await judged(one, repository, ledger, judges, now)
    // Never examined, and nothing is said against it: a lazy index would have offered it.
    if (verdict === undefined || verdict.outcome === 'approved') return one.claim.version
  }
  return undefined
}

function isPublished({ claim: { publishedAt } }: ClaimState, now: Date): boolean {
  return publishedAt === undefined || Date.parse(publishedAt) <= now.getTime()
}
