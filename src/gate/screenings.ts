// What an index worker remembers of its last look at a whole repository, so that the next asks only of what may have changed.
import type { ArtifactClaim } from '../model/claim.ts'
import type { ClaimState } from '../storage/ledger.ts'
import type { IndexJob } from './index-job.ts'

export interface Screenings {
  /** Whether a path must be asked about; undefined when everything must: nothing is remembered, or rules, index or time went on. */
  mayHide(job: IndexJob, decided: readonly ClaimState[]): ((path: string) => boolean) | undefined
  note(
    job: IndexJob,
    decided: readonly ClaimState[],
    withheld: readonly { readonly claim: ArtifactClaim }[],
    reconsiderAt: number,
  ): void
}

interface Screening {
  /** Documents and rules it was made of. */
  readonly made: string
  /** Withheld then, or with a verdict then: what had neither was shown by screening alone, and still is. */
  readonly paths: ReadonlySet<string>
  /** Milliseconds since the epoch at which time alone may change it. */
  readonly until: number
}

const REMEMBERED = 20

/**
 * Screening a claim depends on the index, on policy, feeds and waivers (the judge's revision), and on time only where something
 * is withheld, or a rule or waiver begins or ends: the documents of signed repositories tell no time of publication.
 */
export function createScreenings(): Screenings {
  const last = new Map<string, Screening>()
  return {
    mayHide(job, decided) {
      const known = last.get(nameOf(job))
      if (known === undefined || known.made !== madeOf(job) || known.until <= Date.parse(job.now))
        return undefined
      const now = new Set(decided.map(({ claim }) => claim.path))
      return (path) => known.paths.has(path) || now.has(path)
    },
    note(job, decided, withheld, reconsiderAt) {
      const paths = new Set<string>()
      for (const { claim } of decided) paths.add(claim.path)
      for (const { claim } of withheld) paths.add(claim.path)
      last.delete(nameOf(job))
      last.set(nameOf(job), { made: madeOf(job), paths, until: Math.min(reconsiderAt, nextRuleTime(job)) })
      for (const oldest of last.keys()) if (last.size > REMEMBERED) last.delete(oldest)
    },
  }
}

function nameOf({ settings, set }: IndexJob): string {
  return `${settings.name}\0${set.key}`
}

function madeOf({ set, judge, settings }: IndexJob): string {
  return JSON.stringify([
    judge.revision,
    judge.advisoryRevision,
    settings,
    set.documents.map(({ name, sha256 }) => [name, sha256]),
  ])
}

function nextRuleTime({ judge, now }: IndexJob): number {
  const times = [
    ...judge.waivers.flatMap(({ createdAt, expiresAt }) => [Date.parse(createdAt), Date.parse(expiresAt)]),
    ...judge.policy.rules.flatMap(({ untilMs }) => untilMs ?? []),
  ]
  return Math.min(Number.POSITIVE_INFINITY, ...times.filter((time) => time > Date.parse(now)))
}
