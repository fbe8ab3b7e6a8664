// The index door for packages: which claims may be shown? The set from upstream, screened, rendered, and kept as bytes.
import { LRUCache } from 'lru-cache'
import { asGatewayError, GatewayError } from '../model/errors.ts'
import type { IndexSet } from '../model/index-set.ts'
import type { IndexRequest } from '../model/request.ts'
import type { GateEvents } from './events.ts'
import type { PreparedIndex } from './index-job.ts'
import type { IndexFreshness, IndexSource, KnownSet } from './index-source.ts'
import type { IndexWorkers } from './index-workers.ts'
import type { JudgeSource } from './policy-judge.ts'
import type { Repository } from './repository.ts'
import { createSingleFlight } from './single-flight.ts'

export interface IndexGate {
  /** An answer for which nothing has to be awaited: rendered, and current by today's judge. Undefined says nothing about `answer`. */
  atHand(repository: Repository, request: IndexRequest): PreparedIndex | undefined
  /** Undefined when the upstream has no such index. Throws UPSTREAM_* when there is none and no former one may serve. */
  answer(repository: Repository, request: IndexRequest): Promise<PreparedIndex | undefined>
  /** A verdict of this index changed: what was rendered from it is void. */
  invalidate(repositoryName: string, key: string): void
}

export interface IndexGateParts {
  readonly source: IndexSource
  readonly workers: IndexWorkers
  readonly judges: JudgeSource
  readonly freshness: IndexFreshness
  readonly cacheBytes: number
  /** Told of every rendering: what a strict index could not show yet is examined behind it. */
  readonly rendered: (repository: Repository, key: string, index: PreparedIndex, set: IndexSet) => void
  readonly events: GateEvents
  readonly now: () => Date
}

interface RenderedEntry {
  readonly prepared: PreparedIndex
  readonly judge: string
  readonly set: IndexSet
}

export function createIndexGate(parts: IndexGateParts): IndexGate {
  const rendered = new LRUCache<string, RenderedEntry>({ maxSize: parts.cacheBytes, sizeCalculation: sizeOf })
  const renders = createSingleFlight<PreparedIndex | undefined>()
  /** Renderings under way, by index: one during which a verdict flips is not kept. */
  const underWay = new Set<{ readonly index: string; overtaken: boolean }>()
  const clock = () => parts.now().getTime()

  function atHand(repository: Repository, request: IndexRequest): PreparedIndex | undefined {
    const { name } = repository.settings
    const known = parts.source.inMemory(name, request.key)
    const entry = rendered.get(entryKey(name, request))
    if (known === undefined || entry === undefined || !isCurrent(entry, known, repository, request.key))
      return undefined
    const age = clock() - known.fetchedAt
    if (age >= parts.freshness.staleMs && age >= parts.freshness.freshMs) return undefined
    if (age >= parts.freshness.freshMs) refreshBehind(repository, request)
    return entry.prepared
  }

  async function answer(repository: Repository, request: IndexRequest): Promise<PreparedIndex | undefined> {
    return atHand(repository, request) ?? render(repository, request)
  }

  function isCurrent(entry: RenderedEntry, known: KnownSet, { settings }: Repository, key: string): boolean {
    return (
      entry.set === known.set &&
      entry.judge === parts.judges.revisionOf(settings, [key]) &&
      entry.prepared.validUntil > clock()
    )
  }

  function refreshBehind(repository: Repository, request: IndexRequest): void {
    render(repository, request).catch((thrown) =>
      parts.events.refreshFailed(repository.settings.name, request.key, asGatewayError(thrown)),
    )
  }

  function render(repository: Repository, request: IndexRequest): Promise<PreparedIndex | undefined> {
    return renders.join(entryKey(repository.settings.name, request), async () => {
      const { set } = await parts.source.fresh(repository, request.key, request.document)
      return set === undefined ? undefined : renderSet(repository, request, set)
    })
  }

  async function renderSet(
    repository: Repository,
    request: IndexRequest,
    set: IndexSet,
  ): Promise<PreparedIndex> {
    const { name } = repository.settings
    const rendering = { index: setKey(name, request.key), overtaken: false }
    underWay.add(rendering)
    try {
      const { prepared, judge } = await renderNow(repository, request, set)
      if (!rendering.overtaken) rendered.set(entryKey(name, request), { prepared, judge, set })
      parts.rendered(repository, request.key, prepared, set)
      return prepared
    } finally {
      underWay.delete(rendering)
    }
  }

  async function renderNow(
    repository: Repository,
    request: IndexRequest,
    set: IndexSet,
  ): Promise<{ prepared: PreparedIndex; judge: string }> {
    const judge = await parts.judges.dataFor(repository, request.key)
    const result = await parts.workers.run({
      settings: repository.settings,
      set,
      ingest: false,
      document: request.document,
      judge,
      now: parts.now().toISOString(),
      generation: 0,
    })
    if (result.rendered === undefined)
      throw new GatewayError('INTERNAL', 'an index worker rendered nothing', {})
    return { prepared: result.rendered, judge: judge.revision }
  }

  return {
    atHand,
    answer,
    invalidate(repositoryName, key) {
      const changed = setKey(repositoryName, key)
      for (const rendering of underWay) if (rendering.index === changed) rendering.overtaken = true
      for (const entry of rendered.keys()) if (entry.startsWith(`${changed}\0`)) rendered.delete(entry)
    },
  }
}

function setKey(repository: string, key: string): string {
  return `${repository}\0${key}`
}

function entryKey(repository: string, { key, document }: IndexRequest): string {
  return `${repository}\0${key}\0${document}`
}

function sizeOf({ prepared }: RenderedEntry): number {
  return prepared.documents.reduce(
    (sum, { body, gzip }) => sum + body.byteLength + (gzip?.byteLength ?? 0),
    1024,
  )
}
