// The index door of repositories whose documents are one signed set: built whole, read back, then switched at once.
import { createHash } from 'node:crypto'
import { asGatewayError, GatewayError } from '../model/errors.ts'
import type { IndexSet } from '../model/index-set.ts'
import type { IndexRequest } from '../model/request.ts'
import type { BlobBody, BlobStore } from '../storage/blob-store.ts'
import type { Generation, Ledger } from '../storage/ledger.ts'
import type { GateEvents } from './events.ts'
import type { PreparedGeneration } from './index-job.ts'
import type { IndexSource } from './index-source.ts'
import type { IndexWorkers } from './index-workers.ts'
import type { JudgeSource } from './policy-judge.ts'
import type { Repository } from './repository.ts'
import { createSingleFlight } from './single-flight.ts'

export interface GenerationAnswer {
  readonly body: BlobBody
  readonly sha256: string
  readonly contentType: string
  /** HTTP date, strictly growing from generation to generation: apt compares whole seconds. */
  readonly lastModified: string
}

export interface GenerationGate {
  /** Undefined for a document that no kept generation has. Throws when there is no generation at all and none can be built. */
  answer(repository: Repository, request: IndexRequest): Promise<GenerationAnswer | undefined>
  /** A verdict of this repository changed: a new generation is built soon, without asking the upstream. */
  invalidate(repository: Repository, key: string): void
  close(): void
}

export interface GenerationGateParts {
  readonly ledger: Ledger
  readonly blobs: BlobStore
  readonly source: IndexSource
  readonly workers: IndexWorkers
  readonly judges: JudgeSource
  readonly events: GateEvents
  readonly freshMs: number
  readonly now: () => Date
}

/** Old generations stay reachable by their immutable paths for clients that hold an older signed index. */
const KEPT_GENERATIONS = 12
/** Verdicts that come in a burst make one generation. */
const GATHER_MS = 250
/** Signed documents are renewed when less than this is left of their validity. */
const RENEW_BEFORE_MS = 24 * 3_600_000

interface Current {
  readonly generations: readonly Generation[]
  /** Milliseconds: when the upstream was last asked. */
  readonly checkedAt: number
  readonly validUntil: number
}

export function createGenerationGate(parts: GenerationGateParts): GenerationGate {
  const currents = new Map<string, Current>()
  const builds = createSingleFlight<Current>()
  const timers = new Map<string, NodeJS.Timeout>()
  const clock = () => parts.now().getTime()

  async function answer(
    repository: Repository,
    request: IndexRequest,
  ): Promise<GenerationAnswer | undefined> {
    const current = await currentOf(repository, request.key)
    const found = findDocument(current.generations, request.document)
    if (found === undefined) return undefined
    const body = await parts.blobs.open(found.sha256)
    if (body === undefined)
      throw new GatewayError('STORE_FAILED', `the bytes of ${request.document} are gone`, {
        sha256: found.sha256,
      })
    return { ...found, body }
  }

  async function currentOf(repository: Repository, key: string): Promise<Current> {
    const known = currents.get(keyOf(repository, key)) ?? (await stored(repository, key))
    if (known === undefined) return build(repository, key, true)
    if (clock() > known.validUntil) return build(repository, key, true)
    const stale = clock() - known.checkedAt > parts.freshMs || clock() > known.validUntil - RENEW_BEFORE_MS
    if (stale) buildBehind(repository, key, true)
    return known
  }

  /** The last generation of a former run serves at once; it counts as stale, so that the upstream is asked behind it. */
  async function stored(repository: Repository, key: string): Promise<Current | undefined> {
    const generations = await parts.ledger.generations(repository.settings.name, key, KEPT_GENERATIONS)
    if (generations.length === 0) return undefined
    const current = { generations, checkedAt: 0, validUntil: validUntilOf(generations) }
    currents.set(keyOf(repository, key), current)
    return current
  }

  function build(repository: Repository, key: string, ask: boolean): Promise<Current> {
    return builds.join(`${keyOf(repository, key)}\0${ask}`, async () => {
      const current = await buildNew(repository, key, ask)
      currents.set(keyOf(repository, key), current)
      return current
    })
  }

  function buildBehind(repository: Repository, key: string, ask: boolean): void {
    build(repository, key, ask).catch((thrown) => {
      parts.events.refreshFailed(repository.settings.name, key, asGatewayError(thrown))
      const known = currents.get(keyOf(repository, key))
      // Not before the next interval: a broken upstream or key is not asked on every request.
      if (known !== undefined) currents.set(keyOf(repository, key), { ...known, checkedAt: clock() })
    })
  }

  async function buildNew(repository: Repository, key: string, ask: boolean): Promise<Current> {
    const { name, type } = repository.settings
    const { set } =
      (ask ? undefined : await parts.source.known(repository, key)) ??
      (await parts.source.fresh(repository, key))
    if (set === undefined)
      throw new GatewayError('NOT_FOUND', `the upstream of ${name} has no index`, { repository: name, key })
    const former = await parts.ledger.generations(name, key, KEPT_GENERATIONS)
    const number = (former[0]?.number ?? 0) + 1
    const judge = await parts.judges.dataFor(name, type, key)
    const inputKey = inputKeyOf(set, judge.revision)
    if (ask && former[0]?.inputKey === inputKey && validUntilOf(former) - RENEW_BEFORE_MS > clock())
      return { generations: former, checkedAt: clock(), validUntil: validUntilOf(former) }
    const { generation } = await parts.workers.run({
      settings: repository.settings,
      set,
      ingest: false,
      wholeGeneration: true,
      judge,
      now: parts.now().toISOString(),
      generation: number,
    })
    if (generation === undefined)
      throw new GatewayError('INTERNAL', 'an index worker built no generation', { repository: name })
    const made = await record(repository, { key, number, inputKey }, generation, former[0])
    const generations = [made, ...former].slice(0, KEPT_GENERATIONS)
    return { generations, checkedAt: clock(), validUntil: validUntilOf(generations) }
  }

  async function record(
    { settings }: Repository,
    identity: Pick<Generation, 'key' | 'number' | 'inputKey'>,
    { documents, validUntil }: PreparedGeneration,
    former: Generation | undefined,
  ): Promise<Generation> {
    // Whole seconds must grow: a client that saw the former one in this second would keep it.
    const earliest = former === undefined ? 0 : Math.floor(Date.parse(former.createdAt) / 1000) * 1000 + 1000
    const createdAt = new Date(Math.max(clock(), earliest)).toISOString()
    const paths: Record<string, Generation['documents'][string]> = {}
    for (const { path, aliases = [], sha256, sizeBytes, contentType } of documents)
      for (const one of [path, ...aliases]) paths[one] = { sha256, sizeBytes, contentType }
    const generation: Generation = {
      repository: settings.name,
      ...identity,
      createdAt,
      documents: paths,
      ...(Number.isFinite(validUntil) ? { validUntil: new Date(validUntil).toISOString() } : {}),
    }
    await parts.ledger.putGeneration(generation)
    return generation
  }

  return {
    answer,
    invalidate(repository, key) {
      const timerKey = keyOf(repository, key)
      if (timers.has(timerKey)) return
      const timer = setTimeout(() => {
        timers.delete(timerKey)
        buildBehind(repository, key, false)
      }, GATHER_MS)
      timer.unref()
      timers.set(timerKey, timer)
    },
    close() {
      for (const timer of timers.values()) clearTimeout(timer)
    },
  }
}

function keyOf({ settings }: Repository, key: string): string {
  return `${settings.name}\0${key}`
}

function validUntilOf([newest]: readonly Generation[]): number {
  return newest?.validUntil === undefined ? Number.POSITIVE_INFINITY : Date.parse(newest.validUntil)
}

function inputKeyOf(set: IndexSet, judgeRevision: string): string {
  const hash = createHash('sha256').update(judgeRevision)
  for (const { name, sha256 } of set.documents) hash.update(`\0${name}\0${sha256}`)
  return hash.digest('hex')
}

/** Plain paths come from the newest generation only; an older one is searched for paths whose name is their content. */
function findDocument(
  generations: readonly Generation[],
  path: string,
): Omit<GenerationAnswer, 'body'> | undefined {
  for (const [age, { documents, createdAt }] of generations.entries()) {
    const found = Object.hasOwn(documents, path) ? documents[path] : undefined
    if (found === undefined) continue
    if (age > 0 && !path.includes(found.sha256)) return undefined
    return {
      sha256: found.sha256,
      contentType: found.contentType,
      lastModified: new Date(createdAt).toUTCString(),
    }
  }
  return undefined
}
