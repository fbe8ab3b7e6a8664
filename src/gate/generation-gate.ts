// The index door of repositories whose documents are one signed set: built whole, read back, then switched at once.
import { setTimeout as sleep } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import { asGatewayError, GatewayError } from '../model/errors.ts'
import type { IndexRequest } from '../model/request.ts'
import type { BlobBody, BlobStore } from '../storage/blob-store.ts'
import type { Asker } from './conversations.ts'
import {
  type BuildWish,
  type Current,
  createGenerationBuilder,
  type GenerationBuilderParts,
  needsRenewal,
} from './generation-builder.ts'
import { type Line, newLine, settledGenerations } from './generation-line.ts'
import { createSnapshots } from './generation-snapshots.ts'
import { type FoundDocument, findDocument, MAX_KEPT, validUntilOf } from './generations.ts'
import type { Repository } from './repository.ts'
import { createToldGenerations } from './told-generations.ts'

export interface GenerationAnswer extends FoundDocument {
  readonly body: BlobBody
}

export interface GenerationGate {
  /** A document for which nothing has to be awaited. Undefined says nothing about `answer`. */
  atHand(repository: Repository, request: IndexRequest, asker: Asker): GenerationAnswer | undefined
  /**
   * Undefined for a document that no kept generation has. `at`, in milliseconds since the epoch, asks the snapshot of that time.
   * Throws when there is no generation at all and none can be built.
   */
  answer(
    repository: Repository,
    request: IndexRequest,
    how?: { readonly at?: number; readonly asker?: Asker },
  ): Promise<GenerationAnswer | undefined>
  /** A verdict of this repository changed: a new generation is built soon, without asking the upstream. */
  invalidate(repository: Repository, key: string): void
  /** Index sets that could not be built last, by repository and key, and why; their last generation serves on. */
  troubles(): Readonly<Record<string, string>>
  /** Keeps signatures young, and follows changed keys and policies, without a request. */
  watch(repositories: Iterable<Repository>): void
  close(): void
}

export interface GenerationGateParts extends GenerationBuilderParts {
  readonly blobs: BlobStore
  /** Where documents are read from. */
  readonly served: Pick<BlobStore, 'open'>
  readonly freshMs: number
  /** Changes whenever the signing keys do. */
  readonly keysStamp?: () => Promise<string>
}

/** Verdicts that come in a burst make one generation; the next one is not built before the gap is over. */
const GATHER_MS = 100
const GAP_MS = 1000
/** A strict archive is examined package by package: without a client that asks, its approvals are gathered for longer. */
const STRICT_GAP_MS = 15_000
/** A client that asks right after a refusal gets the index without the refused package, or after this long the former one. */
const WAIT_FOR_FLIP_MS = 3000
const TICK_MS = 5000
/** A kept generation holds its blobs, so that a document is looked for in the store once a second and not at every request. */
const OPENED_MS = 1000
const RETRY_MS = 60_000
const LOOK_MS = 1000

export function createGenerationGate(parts: GenerationGateParts): GenerationGate {
  const lines = new Map<string, Line>()
  const bodies = new LRUCache<string, BlobBody>({ max: 500, ttl: OPENED_MS, ttlResolution: OPENED_MS / 10 })
  const buildGeneration = createGenerationBuilder(parts)
  const toldGenerations = createToldGenerations()
  const findInSnapshot = createSnapshots({ ...parts })
  const clock = () => parts.now().getTime()
  let ticker: NodeJS.Timeout | undefined
  let stamp: string | undefined

  function lineOf(repository: Repository, key: string): Line {
    const name = `${repository.settings.name}\0${key}`
    const known = lines.get(name)
    if (known !== undefined) return known
    const line = newLine(repository, key)
    lines.set(name, line)
    return line
  }

  const atHand: GenerationGate['atHand'] = (repository, request, asker) => {
    const line = lines.get(`${repository.settings.name}\0${request.key}`)
    const current = line === undefined ? undefined : currentAtHand(line)
    if (line === undefined || current === undefined) return undefined
    const { document } = request
    const told = toldGenerations.before(line, document, current.generations, asker)
    const generations = told === undefined ? settledGenerations(line, current, document) : [told]
    const found = generations === undefined ? undefined : findDocument(generations, document)
    const body = found === undefined ? undefined : bodies.get(found.sha256)
    if (found === undefined || body === undefined) return undefined
    toldGenerations.note(line, document, generations?.[0], asker)
    return { ...found, body }
  }

  const answer: GenerationGate['answer'] = async (repository, request, { at, asker } = {}) => {
    if (at !== undefined)
      return opened(request, await findInSnapshot(repository, request.key, request.document, at))
    const line = lineOf(repository, request.key)
    const { generations: kept } = await currentOf(line)
    const told = toldGenerations.before(line, request.document, kept, asker)
    const generations = told === undefined ? await newestOf(line, request) : [told]
    toldGenerations.note(line, request.document, generations[0], asker)
    return opened(request, findDocument(generations, request.document))
  }

  /** Generations to look in, newest first; after a flip those with it, unless the document is its content. */
  async function newestOf(line: Line, { document }: IndexRequest): Promise<Current['generations']> {
    const current = await currentOf(line)
    const generations = settledGenerations(line, current, document)
    if (generations !== undefined) return generations
    if (findDocument(current.generations, document) !== undefined)
      return (await flippedSoon(line)).generations
    return (await adoptNewer(line)) ? (await currentOf(line)).generations : current.generations
  }

  async function opened(
    { document }: IndexRequest,
    found: FoundDocument | undefined,
  ): Promise<GenerationAnswer | undefined> {
    if (found === undefined) return undefined
    const body = bodies.get(found.sha256) ?? (await parts.served.open(found.sha256))
    if (body === undefined)
      throw new GatewayError('STORE_FAILED', `the bytes of ${document} are gone`, { sha256: found.sha256 })
    if (!bodies.has(found.sha256)) bodies.set(found.sha256, body)
    return { ...found, body }
  }

  async function currentOf(line: Line): Promise<Current> {
    if (line.current === undefined) await stored(line)
    return currentAtHand(line) ?? build(line, { ask: true })
  }

  function currentAtHand(line: Line): Current | undefined {
    const known = line.current
    if (known === undefined || clock() > known.validUntil) return undefined
    if (clock() - known.checkedAt > parts.freshMs) behind(line, { ask: true })
    return known
  }

  /** The last generation of a former run serves at once; it counts as stale, so that the upstream is asked behind it. */
  async function stored(line: Line): Promise<Current | undefined> {
    const { name } = line.repository.settings
    const generations = await parts.ledger.generations(name, line.key, MAX_KEPT)
    if (generations.length === 0 || line.current !== undefined) return line.current
    const validUntil = validUntilOf(generations)
    line.current = { generations, checkedAt: 0, validUntil, reconsiderAt: Number.POSITIVE_INFINITY }
    return line.current
  }

  /** Generations that another gateway on the same ledger has made meanwhile; looked for once a second at most. */
  async function adoptNewer(line: Line): Promise<boolean> {
    if (line.current === undefined || clock() - line.lookedAt < LOOK_MS) return false
    line.lookedAt = clock()
    const { name } = line.repository.settings
    const [newest] = await parts.ledger.generations(name, line.key, 1)
    if (newest === undefined || newest.number <= (line.current.generations[0]?.number ?? 0)) return false
    const generations = await parts.ledger.generations(name, line.key, MAX_KEPT)
    // What it was built from is not known here, so the next wish builds and compares.
    const { checkedAt, reconsiderAt } = line.current
    line.current = { generations, checkedAt, reconsiderAt, validUntil: validUntilOf(generations) }
    return true
  }

  /** One build of a line at a time; a running one is joined when it does all that is wished. */
  function build(line: Line, wish: BuildWish): Promise<Current> {
    const { running } = line
    if (running !== undefined) {
      const covers = running.flips === line.flips && (running.wish.ask || !wish.ask) && wish.force !== true
      return covers ? running.flight : running.flight.catch(() => undefined).then(() => build(line, wish))
    }
    const flips = line.flips
    const flight = run(line, { ...wish, flipped: flips !== line.built }, flips)
    line.running = { wish, flips, flight }
    return flight
  }

  async function run(line: Line, wish: BuildWish, flips: number): Promise<Current> {
    try {
      const current = await buildGeneration(line.repository, line.key, wish, line.current)
      line.current = current
      line.built = flips
      line.retryAt = 0
      delete line.trouble
      return current
    } catch (thrown) {
      line.trouble = asGatewayError(thrown)
      throw thrown
    } finally {
      line.finishedAt = clock()
      delete line.running
    }
  }

  function behind(line: Line, wish: BuildWish): void {
    if (clock() < line.retryAt) return
    build(line, wish).catch((thrown) => {
      // Told once, whoever joined the build; a broken upstream or key is not asked again on every request.
      if (clock() < line.retryAt) return
      line.retryAt = clock() + RETRY_MS
      parts.events.refreshFailed(line.repository.settings.name, line.key, asGatewayError(thrown))
    })
  }

  /** Builds what flipped verdicts ask for now, or after the gap; a failure leaves the former generation. */
  async function flippedSoon(line: Line): Promise<Current> {
    const former = await currentOf(line)
    const flight = sleep(Math.max(0, line.finishedAt + GAP_MS - clock()))
      .then(() => build(line, { ask: false }))
      .catch(() => former)
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<Current>((resolve) => {
      timer = setTimeout(() => resolve(former), WAIT_FOR_FLIP_MS)
    })
    return Promise.race([flight, late]).finally(() => clearTimeout(timer))
  }

  async function tick(repositories: readonly Repository[]): Promise<void> {
    const now = (await parts.keysStamp?.()) ?? ''
    const keysChanged = stamp !== undefined && stamp !== now
    stamp = now
    for (const repository of repositories)
      for (const key of repository.ecosystem.indexKeys?.(repository.settings) ?? []) {
        const line = lineOf(repository, key)
        const known = line.current ?? (await stored(line))
        if (known === undefined) continue
        await adoptNewer(line)
        if (keysChanged) line.retryAt = 0
        const wish = wishOf(line, line.current ?? known, keysChanged)
        if (wish !== undefined) behind(line, wish)
      }
  }

  function wishOf(line: Line, known: Current, keysChanged: boolean): BuildWish | undefined {
    if (keysChanged) return { ask: false, force: true }
    if (needsRenewal(known, clock())) return { ask: true }
    const judged =
      known.judge !== undefined && known.judge !== parts.judges.revisionOf(line.repository.settings)
    const due = known.reconsiderAt <= clock()
    const flipped = line.flips !== line.built && line.timer === undefined
    return judged || due || flipped ? { ask: false } : undefined
  }

  return {
    atHand,
    answer,
    invalidate(repository, key) {
      const line = lineOf(repository, key)
      line.flips += 1
      if (line.timer !== undefined) return
      const gap = repository.settings.indexMode === 'strict' ? STRICT_GAP_MS : GAP_MS
      const wait = Math.max(GATHER_MS, line.finishedAt + gap - clock())
      line.timer = setTimeout(() => {
        delete line.timer
        if (line.flips !== line.built) behind(line, { ask: false })
      }, wait)
      line.timer.unref()
    },
    troubles: () =>
      Object.fromEntries(
        [...lines.values()].flatMap(({ repository, key, trouble }) =>
          trouble === undefined
            ? []
            : [[`${repository.settings.name} ${key}`, `${trouble.code}: ${trouble.message}`]],
        ),
      ),
    watch(repositories) {
      const signed = [...repositories].filter(({ ecosystem }) => ecosystem.indexScope === 'repository')
      if (signed.length === 0) return
      const report = (thrown: unknown) => parts.events.refreshFailed('', 'renewal', asGatewayError(thrown))
      const start = () => void tick(signed).catch(report)
      start()
      ticker = setInterval(start, TICK_MS)
      ticker.unref()
    },
    close() {
      clearInterval(ticker)
      for (const { timer } of lines.values()) clearTimeout(timer)
    },
  }
}
