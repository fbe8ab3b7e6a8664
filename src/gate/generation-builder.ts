// Builds a generation in an index worker, and records it; one that would say nothing new is not published.
import { setTimeout as sleep } from 'node:timers/promises'
import type { RepositorySettings } from '../ecosystems/ecosystem.ts'
import { GatewayError } from '../model/errors.ts'
import type { IndexSet } from '../model/index-set.ts'
import type { Generation, Ledger } from '../storage/ledger.ts'
import type { GateEvents } from './events.ts'
import { inputKeyOf, MAX_KEPT, superseded, validUntilOf } from './generations.ts'
import type { PreparedGeneration } from './index-job.ts'
import type { IndexSource, KnownSet } from './index-source.ts'
import type { IndexWorkers } from './index-workers.ts'
import type { JudgeSource } from './policy-judge.ts'
import type { Repository } from './repository.ts'

/** The generations of an index set, newest first, and what the newest was built from. */
export interface Current {
  readonly generations: readonly Generation[]
  /** Milliseconds since the epoch: how old the upstream's index is that this rests on; 0 when this run has not asked. */
  readonly checkedAt: number
  readonly validUntil: number
  /** Milliseconds since the epoch at which time alone may change what is shown. */
  readonly reconsiderAt: number
  /** Set and judge of the last build of this run. */
  readonly set?: IndexSet
  readonly judge?: string
}

export interface BuildWish {
  /** Whether the upstream is asked first. */
  readonly ask: boolean
  /** Whether a generation is made although it says nothing new: dates or keys changed. */
  readonly force?: boolean
  /** Whether verdicts changed since the last build. */
  readonly flipped?: boolean
}

export interface GenerationBuilderParts {
  readonly ledger: Ledger
  readonly source: IndexSource
  readonly workers: IndexWorkers
  readonly judges: JudgeSource
  readonly events: GateEvents
  /** Told of some of what a strict generation could not show yet. */
  readonly unexamined?: (repository: Repository, key: string, paths: readonly string[], set: IndexSet) => void
  readonly now: () => Date
}

export type BuildGeneration = (
  repository: Repository,
  key: string,
  wish: BuildWish,
  known: Current | undefined,
) => Promise<Current>

/** Signed documents are renewed when less than this is left of their validity. */
const RENEW_BEFORE_MS = 24 * 3_600_000

export function needsRenewal({ validUntil }: Pick<Current, 'validUntil'>, now: number): boolean {
  return validUntil - RENEW_BEFORE_MS < now
}

export function createGenerationBuilder(parts: GenerationBuilderParts): BuildGeneration {
  const clock = () => parts.now().getTime()

  async function setOf(repository: Repository, key: string, ask: boolean): Promise<KnownSet> {
    const known = ask ? undefined : await parts.source.known(repository, key)
    return known?.set === undefined ? parts.source.fresh(repository, key) : known
  }

  function saysTheSame(known: Current | undefined, set: IndexSet, judge: string, wish: BuildWish): boolean {
    return (
      known !== undefined &&
      wish.force !== true &&
      wish.flipped !== true &&
      known.set === set &&
      known.judge === judge &&
      known.reconsiderAt > clock() &&
      !needsRenewal(known, clock())
    )
  }

  /** Undefined when another gateway on the same ledger has taken the number. */
  async function record(
    { name }: RepositorySettings,
    identity: Pick<Generation, 'key' | 'number' | 'inputKey' | 'createdAt'>,
    { documents, validUntil }: PreparedGeneration,
    former: readonly Generation[],
  ): Promise<readonly Generation[] | undefined> {
    const paths: Record<string, Generation['documents'][string]> = {}
    for (const { path, aliases = [], sha256, sizeBytes, contentType } of documents)
      for (const one of [path, ...aliases]) paths[one] = { sha256, sizeBytes, contentType }
    const generation: Generation = {
      repository: name,
      ...identity,
      documents: paths,
      ...(Number.isFinite(validUntil) ? { validUntil: new Date(validUntil).toISOString() } : {}),
    }
    const all = [generation, ...former]
    const dropped = superseded(all, clock())
    if (!(await parts.ledger.putGeneration(generation, dropped))) return undefined
    return all.filter(({ number }) => !dropped.includes(number))
  }

  const build: BuildGeneration = async (repository, key, wish, known) => {
    const { settings } = repository
    const { name } = settings
    const started = clock()
    const { set, fetchedAt } = await setOf(repository, key, wish.ask)
    if (set === undefined)
      throw new GatewayError('NOT_FOUND', `the upstream of ${name} has no index`, { repository: name, key })
    const judge = await parts.judges.dataFor(repository, key)
    if (known !== undefined && saysTheSame(known, set, judge.revision, wish))
      return { ...known, checkedAt: fetchedAt }
    const former = await parts.ledger.generations(name, key, MAX_KEPT)
    const number = (former[0]?.number ?? 0) + 1
    const createdAt = await laterThan(former[0], clock)
    const { generation } = await parts.workers.run({
      settings,
      set,
      ingest: false,
      wholeGeneration: true,
      affinity: name,
      judge,
      now: createdAt,
      generation: number,
    })
    if (generation === undefined)
      throw new GatewayError('INTERNAL', 'an index worker built no generation', { repository: name })
    const inputKey = inputKeyOf(set, generation.withheldKey)
    const says = { set, judge: judge.revision, checkedAt: fetchedAt, reconsiderAt: generation.reconsiderAt }
    const lasting = { validUntil: validUntilOf(former) }
    const same = former[0]?.inputKey === inputKey && wish.force !== true && !needsRenewal(lasting, clock())
    if (same) return { ...says, ...lasting, generations: former }
    const generations = await record(settings, { key, number, inputKey, createdAt }, generation, former)
    // What the other gateway has made may be just what is wished; if not, the next number is tried.
    if (generations === undefined) return build(repository, key, { ...wish, ask: false }, known)
    parts.unexamined?.(repository, key, generation.unexamined, set)
    parts.events.published?.(name, key, number, generation.withheldCount, clock() - started)
    return { ...says, generations, validUntil: validUntilOf(generations) }
  }
  return build
}

/**
 * Whole seconds must grow: a client that saw the former one in this second would keep it. What comes sooner waits, so that no
 * generation is dated ahead of the clock and missed by a snapshot; only a clock that was set back is not waited for.
 */
async function laterThan(former: Generation | undefined, clock: () => number): Promise<string> {
  const earliest = former === undefined ? 0 : Math.floor(Date.parse(former.createdAt) / 1000) * 1000 + 1000
  const early = earliest - clock()
  if (early > 0 && early <= 1000) await sleep(early)
  return new Date(Math.max(clock(), earliest)).toISOString()
}
