// All feeds of a gateway: updated on a schedule and before a decision that a stale one would make, with how they stand told to everybody.
import type { FeedPlan } from '../advisories/feed-plan.ts'
import type { StaleFeed } from '../model/advisory.ts'
import type { PurlType } from '../model/claim.ts'
import { asGatewayError } from '../model/errors.ts'
import type { FeedState } from '../storage/advisories-store.ts'
import type { FeedFreshness } from './advisory-data.ts'
import type { FeedEvents, FeedStatus } from './events.ts'
import { type FeedRunParts, type FeedUpdate, sourceOf, type UpdateOptions, updateFeed } from './feed-run.ts'

export interface Feeds extends FeedFreshness {
  /** As known in memory; `refresh` and the schedule keep it so. */
  status(): readonly FeedStatus[]
  /** Updates every feed, or one, whether it is due or not. */
  updateNow(options?: UpdateOptions, only?: string): Promise<readonly FeedUpdate[]>
  /** Reads the states and begins the schedule; the first updates run behind. */
  start(): Promise<void>
  close(): Promise<void>
}

export interface FeedsParts extends FeedRunParts {
  readonly plans: readonly FeedPlan[]
  readonly events: FeedEvents
  /** Called when an import may have changed something. */
  readonly changed: () => Promise<void>
}

const TICK_MS = 15_000
/** A stale feed is asked again before a decision at most this often. */
const RETRY_MS = 60_000
/** A decision waits this long for a stale feed. */
const WAIT_MS = 15_000
/** Times further ahead than clocks differ were taken by a clock that was wrong, and prove no freshness. */
const CLOCK_SKEW_MS = 300_000
/** Staleness is asked for at every request, and changes with time. */
const LOOK_MS = 1000

export function createFeeds(parts: FeedsParts): Feeds {
  const states = new Map<string, FeedState>()
  const attempts = new Map<string, number>()
  const flights = new Map<string, Promise<FeedUpdate>>()
  const told = new Set<string>()
  let stale: { readonly at: number; readonly feeds: readonly FeedPlan[] } | undefined
  let timer: NodeJS.Timeout | undefined
  let closed = false
  const clock = () => parts.now().getTime()

  async function readStates(): Promise<void> {
    for (const state of await parts.ledger.advisories.feeds()) states.set(state.name, state)
    stale = undefined
  }

  function update(plan: FeedPlan, options?: UpdateOptions): Promise<FeedUpdate> {
    const running = flights.get(plan.name)
    if (running !== undefined) return running
    const flight = run(plan, options).finally(() => flights.delete(plan.name))
    flights.set(plan.name, flight)
    return flight
  }

  async function run(plan: FeedPlan, options?: UpdateOptions): Promise<FeedUpdate> {
    const started = clock()
    attempts.set(plan.name, started)
    const done = await updateFeed(plan, states.get(plan.name), parts, options)
    try {
      await readStates()
      if (done.outcome === 'imported') await parts.changed()
    } catch (thrown) {
      parts.events.failed(asGatewayError(thrown))
    }
    if (!closed) parts.events.updated(done, clock() - started)
    return done
  }

  function staleNow(): readonly FeedPlan[] {
    const now = clock()
    if (stale === undefined || now - stale.at > LOOK_MS || now < stale.at)
      stale = { at: now, feeds: parts.plans.filter((plan) => isStale(plan, states.get(plan.name), now)) }
    return stale.feeds
  }

  const staleOf = (type: PurlType) => staleNow().filter((plan) => isAbout(plan, states.get(plan.name), type))

  async function updateDue(): Promise<void> {
    for (const plan of parts.plans) {
      if (closed) return
      const state = states.get(plan.name)
      const last = Math.max(attempts.get(plan.name) ?? 0, Date.parse(state?.checkedAt ?? '') || 0)
      const isFailing = state?.lastError !== undefined || state?.checkedAt === undefined
      const wait = isFailing ? Math.min(RETRY_MS, plan.refreshMs) : plan.refreshMs
      const since = clock() - last
      if (since >= wait || since < -CLOCK_SKEW_MS) await update(plan)
    }
  }

  function tellStaleness(): void {
    const now = new Set(staleNow().map(({ name }) => name))
    for (const plan of parts.plans)
      if (now.has(plan.name) !== told.has(plan.name)) {
        if (now.has(plan.name)) told.add(plan.name)
        else told.delete(plan.name)
        parts.events.staleness(statusOf(plan, states.get(plan.name), clock()))
      }
  }

  async function tick(): Promise<void> {
    try {
      await readStates() // another process may have imported
      await updateDue()
    } catch (thrown) {
      parts.events.failed(asGatewayError(thrown))
    }
    tellStaleness()
    if (closed) return
    timer = setTimeout(() => void tick(), TICK_MS)
    timer.unref()
  }

  /** What nobody updates any more must not go on deciding as if it were fresh. */
  async function dropUnconfigured(): Promise<void> {
    const configured = new Set(parts.plans.map(({ name }) => name))
    for (const name of [...states.keys()].filter((one) => !configured.has(one))) {
      await parts.ledger.advisories.dropFeed(name)
      states.delete(name)
      parts.events.dropped(name)
    }
  }

  return {
    staleFeeds: (type) =>
      staleOf(type).map(({ name, onStale }): StaleFeed => {
        const plan = parts.plans.find((one) => one.name === name)
        const age = plan && ageOf(plan, states.get(name), clock())
        return { name, onStale, ...(age === undefined ? {} : { ageMs: age }) }
      }),
    async ensureFresh(type) {
      const due = staleOf(type).filter(
        ({ name }) => flights.has(name) || Math.abs(clock() - (attempts.get(name) ?? 0)) >= RETRY_MS,
      )
      if (due.length > 0) await atMost(WAIT_MS, Promise.all(due.map((plan) => update(plan))))
    },
    answersFor: (type) =>
      parts.plans.some(
        (plan) => ['osv', 'own'].includes(plan.kind) && isAbout(plan, states.get(plan.name), type),
      ),
    audits(type) {
      const about = parts.plans.filter(({ kind, types }) => kind === 'osv' && (types?.includes(type) ?? true))
      if (about.some(({ name }) => states.get(name)?.audits.includes(type) === true)) return 'answered'
      return about.some(({ name, types }) => types !== undefined && states.get(name)?.wholeAt === undefined)
        ? 'unread'
        : 'passed'
    },
    status: () => parts.plans.map((plan) => statusOf(plan, states.get(plan.name), clock())),
    async updateNow(options, only) {
      const plans = parts.plans.filter(
        ({ name }) => only === undefined || name === only || name.startsWith(`${only}/`),
      )
      const updates: FeedUpdate[] = []
      for (const plan of plans) {
        await flights.get(plan.name)
        updates.push(await update(plan, options))
      }
      return updates
    },
    async start() {
      await readStates()
      await dropUnconfigured()
      void tick()
    },
    async close() {
      closed = true
      clearTimeout(timer)
      await Promise.all(flights.values())
    },
  }
}

/**
 * A source on this machine is as old as its files; another one as the time since it last answered. Undefined when it was never read, or
 * at a time that has not come yet: the clock was set back, or the file says so.
 */
function ageOf({ place }: FeedPlan, state: FeedState | undefined, now: number): number | undefined {
  const time = place.kind === 'path' ? state?.sourceTime : state?.checkedAt
  if (state?.wholeAt === undefined || time === undefined) return undefined
  const age = now - Date.parse(time)
  return age < -CLOCK_SKEW_MS ? undefined : Math.max(0, age)
}

function isStale(plan: FeedPlan, state: FeedState | undefined, now: number): boolean {
  const age = ageOf(plan, state, now)
  return age === undefined || age > plan.maxAgeMs
}

/** A feed of which nobody knows what it is about is about everything. */
function isAbout({ types, kind }: FeedPlan, state: FeedState | undefined, type: PurlType): boolean {
  if (kind === 'kev' || kind === 'epss') return true
  const known = types ?? state?.types ?? []
  return known.length === 0 ? state?.wholeAt === undefined : known.includes(type)
}

export function statusOf(plan: FeedPlan, state: FeedState | undefined, now: number): FeedStatus {
  const age = ageOf(plan, state, now)
  return {
    name: plan.name,
    kind: plan.kind,
    source: sourceOf(plan),
    records: state?.records ?? 0,
    withdrawn: state?.withdrawn ?? 0,
    broken: state?.broken ?? 0,
    ...(age === undefined ? {} : { ageMs: age }),
    maxAgeMs: plan.maxAgeMs,
    stale: isStale(plan, state, now),
    onStale: plan.onStale,
    ...(state?.lastError === undefined ? {} : { lastError: state.lastError }),
  }
}

async function atMost(milliseconds: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds)
  })
  await Promise.race([work, late]).finally(() => clearTimeout(timer))
}
