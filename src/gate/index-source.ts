// Upstream index sets: fetched, verified, their claims in the ledger; fresh, then stale-while-revalidate, then stale-if-error.
import { LRUCache } from 'lru-cache'
import type { FetchDocument } from '../ecosystems/ecosystem.ts'
import type { SignatureCheck, VerifiedText } from '../ecosystems/openpgp.ts'
import { asGatewayError, GatewayError } from '../model/errors.ts'
import type { IndexSet } from '../model/index-set.ts'
import type { BlobStore } from '../storage/blob-store.ts'
import type { Ledger } from '../storage/ledger.ts'
import { readDocument } from './document-fetch.ts'
import type { GateEvents } from './events.ts'
import type { IndexWorkers } from './index-workers.ts'
import type { JudgeSource } from './policy-judge.ts'
import type { Repository } from './repository.ts'
import { settingsStamp } from './settings-stamp.ts'
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

export interface KnownSet {
  /** Undefined: the upstream has none. */
  readonly set: IndexSet | undefined
  /** Milliseconds since the epoch. */
  readonly fetchedAt: number
  /** A set that was accepted under other settings: good for refusing a rollback, and for nothing else. */
  readonly former?: IndexSet
}

export interface IndexSource {
  /** What memory knows, however old; never asks anybody. */
  inMemory(repositoryName: string, key: string): KnownSet | undefined
  /** What memory or the ledger knows, however old; never asks the upstream. */
  known(repository: Repository, key: string): Promise<KnownSet | undefined>
  /** A set that is fresh and holds the document, asked of the upstream when need be; or the last good one while that fails. */
  fresh(repository: Repository, key: string, document?: string): Promise<KnownSet>
  /** Makes the claims of an index known to the ledger; `force` asks the upstream even when a fresh index is known. */
  ensureClaims(repository: Repository, key: string, force: boolean): Promise<void>
}

export interface IndexSourceParts {
  readonly ledger: Ledger
  readonly blobs: BlobStore
  readonly fetch: FetchDocument
  readonly workers: IndexWorkers
  readonly judges: JudgeSource
  readonly freshness: IndexFreshness
  readonly events: GateEvents
  readonly now: () => Date
}

/** After a failed refresh the former index is not refreshed again before this. */
const RETRY_REFRESH_MS = 15_000
const FORCED_REFRESH_GAP_MS = 5_000
const REMEMBERED = 20_000

export function createIndexSource(parts: IndexSourceParts): IndexSource {
  const sets = new LRUCache<string, KnownSet>({ max: REMEMBERED })
  const loads = createSingleFlight<KnownSet>()
  const stamps = new Map<string, Promise<string>>()
  const clock = () => parts.now().getTime()

  async function fresh(repository: Repository, key: string, document?: string): Promise<KnownSet> {
    const known = await knownState(repository, key)
    const limit = known?.set === undefined ? parts.freshness.missingMs : parts.freshness.freshMs
    const holds =
      known?.set === undefined ||
      document === undefined ||
      (repository.ecosystem.holds?.(known.set, document) ?? true)
    if (known !== undefined && holds && clock() - known.fetchedAt < limit) return known
    return load(repository, key, known, document)
  }

  async function checkSignature(check: SignatureCheck): Promise<VerifiedText> {
    const { checked } = await parts.workers.run({ check })
    if (checked === undefined) throw new GatewayError('INTERNAL', 'an index worker checked no signature', {})
    return checked
  }

  /** Only where a repository pins keys; once a run, for files are read for it. */
  async function stampOf({ settings, ecosystem }: Repository): Promise<string | undefined> {
    if (ecosystem.indexScope !== 'repository') return undefined
    const stamp = stamps.get(settings.name) ?? settingsStamp(settings)
    stamps.set(settings.name, stamp)
    return stamp
  }

  /** What memory or the ledger knows of a set, however old. */
  async function knownState(repository: Repository, key: string): Promise<KnownSet | undefined> {
    const setKey = `${repository.settings.name}\0${key}`
    const known = sets.get(setKey)
    if (known !== undefined) return known
    const stored = await parts.ledger.indexSet(repository.settings.name, key)
    if (stored === undefined) return undefined
    if (stored.set.facts['settings'] !== (await stampOf(repository)))
      return { set: undefined, fetchedAt: 0, former: { ...stored.set, documents: [] } }
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
    return loads.join(`${setKey}\0${flightOf(repository, document)}`, async () => {
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
      return await loadNew(repository, key, known?.set ?? known?.former, document)
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
    const loaded = await ecosystem.loadIndex(key, {
      settings,
      fetch: parts.fetch,
      open: (document) => readDocument(parts.blobs, document),
      checkSignature,
      has: async ({ sha256 }) => (await parts.blobs.open(sha256)) !== undefined,
      ...(former === undefined ? {} : { former }),
      ...(document === undefined ? {} : { document }),
      now: parts.now(),
    })
    if (loaded === undefined) return { set: undefined, fetchedAt: clock() }
    const stamp = await stampOf(repository)
    const set = stamp === undefined ? loaded : { ...loaded, facts: { ...loaded.facts, settings: stamp } }
    const same = former !== undefined && sameDocuments(former, set)
    if (!same) await ingest(repository, set)
    await parts.ledger.putIndexSet(settings.name, set, parts.now().toISOString())
    return { set: same ? former : set, fetchedAt: clock() }
  }

  /** The set is recorded only after its claims are: a crash between leaves the old set and a refresh to come. */
  async function ingest(repository: Repository, set: IndexSet): Promise<void> {
    const started = clock()
    const judge = await parts.judges.dataFor(repository, set.key)
    const { changes } = await parts.workers.run({
      settings: repository.settings,
      set,
      ingest: true,
      ...(repository.ecosystem.indexScope === 'repository' ? { affinity: repository.settings.name } : {}),
      judge,
      now: parts.now().toISOString(),
      generation: 0,
    })
    parts.events.indexRead(repository.settings.name, set, changes, clock() - started)
  }

  return {
    inMemory: (repositoryName, key) => sets.get(`${repositoryName}\0${key}`),
    known: knownState,
    fresh,
    async ensureClaims(repository, key, force) {
      const known = await knownState(repository, key)
      const limit = force ? FORCED_REFRESH_GAP_MS : parts.freshness.freshMs
      if (known !== undefined && clock() - known.fetchedAt < limit) return
      await load(repository, key, known)
    },
  }
}

/** Flights are shared by what the set must hold; where every set holds every document, all of them want the same. */
function flightOf({ ecosystem }: Repository, document: string | undefined): string {
  return ecosystem.holds === undefined ? '' : (document ?? '')
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
