// The index door: which claims may be shown? Fetch, verify, read claims, screen, render, keep the bytes.
import { LRUCache } from 'lru-cache'
import type { FetchDocument } from '../ecosystems/ecosystem.ts'
import { asGatewayError, GatewayError } from '../model/errors.ts'
import type { IndexSet } from '../model/index-set.ts'
import type { IndexRequest } from '../model/request.ts'
import type { BlobStore } from '../storage/blob-store.ts'
import type { Ledger } from '../storage/ledger.ts'
import { readDocument } from './document-fetch.ts'
import type { GateEvents } from './events.ts'
import type { PreparedIndex } from './index-job.ts'
import type { IndexWorkers } from './index-workers.ts'
import type { JudgeSource } from './policy-judge.ts'
import type { Repository } from './repository.ts'
import { createSingleFlight } from './single-flight.ts'

export interface IndexFreshness {
  /** An index younger than this is answered without asking the upstream. */
  readonly freshMs: number
  /** Up to this age an index is answered at once and refreshed behind the answer. */
  readonly staleMs: number
  /** Up to this age an index serves on while the upstream fails. */
  readonly staleIfErrorMs: number
  /** How long "the upstream has none" is believed. */
  readonly missingMs: number
}

export interface IndexGate {
  /** Undefined when the upstream has no such index. Throws UPSTREAM_* when there is none and no former one may serve. */
  answer(repository: Repository, request: IndexRequest): Promise<PreparedIndex | undefined>
  /** Makes the claims of an index known to the ledger; `force` asks the upstream even when a fresh index is known. */
  ensureClaims(repository: Repository, key: string, force: boolean): Promise<void>
  /** A verdict of this index changed: what was rendered from it is void. */
  invalidate(repositoryName: string, key: string): void
  /** The set that claims came from, when one is known. */
  knownSet(repository: Repository, key: string): Promise<IndexSet | undefined>
}

interface KnownSet {
  readonly set: IndexSet | undefined
  readonly fetchedAt: number
}

interface RenderedEntry {
  readonly prepared: PreparedIndex
  readonly judge: string
  readonly set: IndexSet
}

export interface IndexGateParts {
  readonly ledger: Ledger
  readonly blobs: BlobStore
  readonly fetch: FetchDocument
  readonly workers: IndexWorkers
  readonly judges: JudgeSource
  readonly freshness: IndexFreshness
  readonly cacheBytes: number
  readonly events: GateEvents
  readonly now: () => Date
}

/** After a failed refresh the former index is not refreshed again before this. */
const RETRY_REFRESH_MS = 15_000
const FORCED_REFRESH_GAP_MS = 5_000

export function createIndexGate(parts: IndexGateParts): IndexGate {
  const sets = new LRUCache<string, KnownSet>({ max: 20_000 })
  const rendered = new LRUCache<string, RenderedEntry>({ maxSize: parts.cacheBytes, sizeCalculation: sizeOf })
  const loads = createSingleFlight<KnownSet>()
  const renders = createSingleFlight<PreparedIndex | undefined>()
  const clock = () => parts.now().getTime()

  async function answer(repository: Repository, request: IndexRequest): Promise<PreparedIndex | undefined> {
    const setKey = `${repository.settings.name}\0${request.key}`
    const known = sets.get(setKey)
    const entry = rendered.get(`${setKey}\0${request.document}`)
    if (known !== undefined && entry !== undefined && isCurrent(entry, known, repository)) {
      const age = clock() - known.fetchedAt
      if (age < parts.freshness.freshMs) return entry.prepared
      if (age < parts.freshness.staleMs) {
        refreshBehind(repository, request)
        return entry.prepared
      }
    }
    return render(repository, request)
  }

  function isCurrent(entry: RenderedEntry, known: KnownSet, repository: Repository): boolean {
    return (
      entry.set === known.set &&
      entry.judge === parts.judges.revisionOf(repository.settings.name) &&
      entry.prepared.validUntil > clock()
    )
  }

  function refreshBehind(repository: Repository, request: IndexRequest): void {
    render(repository, request).catch((thrown) =>
      parts.events.refreshFailed(repository.settings.name, request.key, asGatewayError(thrown)),
    )
  }

  function render(repository: Repository, request: IndexRequest): Promise<PreparedIndex | undefined> {
    const { name } = repository.settings
    return renders.join(`${name}\0${request.key}\0${request.document}`, async () => {
      const { set } = await freshSet(repository, request.key, request.document)
      if (set === undefined) return undefined
      const judge = await parts.judges.dataFor(name, repository.settings.type, request.key)
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
      rendered.set(`${name}\0${request.key}\0${request.document}`, {
        prepared: result.rendered,
        judge: judge.revision,
        set,
      })
      return result.rendered
    })
  }

  async function freshSet(repository: Repository, key: string, document: string): Promise<KnownSet> {
    const known = await knownState(repository, key)
    const limit = known?.set === undefined ? parts.freshness.missingMs : parts.freshness.freshMs
    const holds = known?.set === undefined || (repository.ecosystem.holds?.(known.set, document) ?? true)
    if (known !== undefined && holds && clock() - known.fetchedAt < limit) return known
    return load(repository, key, known, document)
  }

  /** What memory or the ledger knows of a set, however old. */
  async function knownState(repository: Repository, key: string): Promise<KnownSet | undefined> {
    const setKey = `${repository.settings.name}\0${key}`
    const known = sets.get(setKey)
    if (known !== undefined) return known
    const stored = await parts.ledger.indexSet(repository.settings.name, key)
    if (stored === undefined) return undefined
    const state = { set: stored.set, fetchedAt: Date.parse(stored.fetchedAt) }
    sets.set(setKey, state)
    return state
  }

  function load(
    repository: Repository,
    key: string,
    known: KnownSet | undefined,
    document?: string,
  ): Promise<KnownSet> {
    const setKey = `${repository.settings.name}\0${key}`
    return loads.join(`${setKey}\0${document === undefined ? '' : documentKind(document)}`, async () => {
      const state = await loadOrKeep(repository, key, known, document)
      sets.set(setKey, state)
      return state
    })
  }

  async function loadOrKeep(
    repository: Repository,
    key: string,
    known: KnownSet | undefined,
    document: string | undefined,
  ): Promise<KnownSet> {
    try {
      return await loadNew(repository, key, known?.set, document)
    } catch (thrown) {
      const error = asGatewayError(thrown)
      const age = clock() - (known?.fetchedAt ?? 0)
      if (known?.set === undefined || age > parts.freshness.staleIfErrorMs) throw error
      parts.events.refreshFailed(repository.settings.name, key, error)
      return { set: known.set, fetchedAt: clock() - parts.freshness.freshMs + RETRY_REFRESH_MS }
    }
  }

  async function loadNew(
    repository: Repository,
    key: string,
    former: IndexSet | undefined,
    document: string | undefined,
  ): Promise<KnownSet> {
    const { settings, ecosystem } = repository
    const set = await ecosystem.loadIndex(key, {
      settings,
      fetch: parts.fetch,
      open: (document) => readDocument(parts.blobs, document),
      ...(former === undefined ? {} : { former }),
      ...(document === undefined ? {} : { document }),
      now: parts.now(),
    })
    if (set === undefined) return { set: undefined, fetchedAt: clock() }
    const same = former !== undefined && sameDocuments(former, set)
    if (!same) await ingest(repository, set)
    await parts.ledger.putIndexSet(settings.name, set, parts.now().toISOString())
    return { set: same ? former : set, fetchedAt: clock() }
  }

  /** The set is recorded only after its claims are: a crash between leaves the old set and a refresh to come. */
  async function ingest(repository: Repository, set: IndexSet): Promise<void> {
    const started = clock()
    const judge = await parts.judges.dataFor(repository.settings.name, repository.settings.type, set.key)
    const { changes } = await parts.workers.run({
      settings: repository.settings,
      set,
      ingest: true,
      judge,
      now: parts.now().toISOString(),
      generation: 0,
    })
    parts.events.indexRead(repository.settings.name, set, changes, clock() - started)
  }

  return {
    answer,
    async ensureClaims(repository, key, force) {
      const known = await knownState(repository, key)
      const limit = force ? FORCED_REFRESH_GAP_MS : parts.freshness.freshMs
      if (known !== undefined && clock() - known.fetchedAt < limit) return
      await load(repository, key, known)
    },
    invalidate(repositoryName, key) {
      const prefix = `${repositoryName}\0${key}\0`
      for (const entry of rendered.keys()) if (entry.startsWith(prefix)) rendered.delete(entry)
    },
    knownSet: async (repository, key) => (await knownState(repository, key))?.set,
  }
}

/** Flights are shared by what the set must hold; `manifest/1.0.0` and `manifest/1.0.1` want the same. */
function documentKind(document: string): string {
  return document.split('/')[0] ?? ''
}

function sameDocuments(a: IndexSet, b: IndexSet): boolean {
  return (
    a.documents.length === b.documents.length &&
    a.documents.every(
      (document, at) =>
        document.sha256 === b.documents[at]?.sha256 && document.name === b.documents[at]?.name,
    )
  )
}

function sizeOf({ prepared }: RenderedEntry): number {
  return prepared.documents.reduce(
    (sum, { body, gzip }) => sum + body.byteLength + (gzip?.byteLength ?? 0),
    1024,
  )
}
