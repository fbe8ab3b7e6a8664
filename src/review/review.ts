// The review: what waits for a person, and what a person decides about it.
import { GatewayError } from '../model/errors.ts'
import type { VersionOrder } from '../policy/version-range.ts'
import { waiversFor } from '../policy/waiver.ts'
import type { Ledger, VerdictEntry } from '../storage/ledger.ts'
import { type ExceptionLimits, type NewException, newException } from './exceptions.ts'
import { assertAllowed, type LifecycleState, stateOf, type Verb } from './lifecycle.ts'
import { subjectOf, type Target } from './target.ts'

export interface ReviewLimits extends ExceptionLimits {
  readonly reviewWithinMs: number
}

export interface ReviewParts {
  readonly ledger: Ledger
  readonly now: Date
  readonly limits: ReviewLimits
  readonly order?: VersionOrder
  readonly isScanning?: (repository: string, path: string) => boolean
}

export interface ReviewItem {
  readonly state: LifecycleState
  readonly verdict: VerdictEntry
}

export interface Ruling {
  readonly verb: Verb
  readonly target: Target
  readonly reason: string
  readonly actor: string
  /** ISO 8601; of an approval the longest time there is when absent, of a denial none. */
  readonly expiresAt?: string
}

type VerdictFilter = Parameters<Ledger['verdicts']>[0]

const PAGE = 1000

/** Artifacts with their states, newest decision first; all of them with a `limit` of Infinity. */
export async function reviewItems(
  parts: ReviewParts,
  filter: VerdictFilter & { readonly states?: readonly LifecycleState[] },
): Promise<readonly ReviewItem[]> {
  const { states, limit = 100, ...wanted } = filter
  const live = await parts.ledger.waivers.list()
  const items: ReviewItem[] = []
  for await (const verdict of allVerdicts(parts.ledger, { ...outcomesOf(states), ...wanted })) {
    const state = await lifecycleOf(parts, verdict, live)
    if (states === undefined || states.includes(state)) items.push({ state, verdict })
    if (items.length >= limit) break
  }
  return items
}

async function* allVerdicts(ledger: Ledger, filter: VerdictFilter): AsyncIterable<VerdictEntry> {
  let before = filter.before
  while (true) {
    const page = await ledger.verdicts({
      ...filter,
      ...(before === undefined ? {} : { before }),
      limit: PAGE,
    })
    yield* page
    before = page.at(-1)?.number
    if (page.length < PAGE || before === undefined) return
  }
}

const NEVER_APPROVED: readonly LifecycleState[] = ['held', 'needs-review', 'failed', 'expired']

/** What cannot be in any of the wanted states is not read. */
function outcomesOf(states: readonly LifecycleState[] | undefined): Pick<VerdictFilter, 'outcomes'> {
  const isUnserved = states?.every((state) => NEVER_APPROVED.includes(state)) ?? false
  return isUnserved ? { outcomes: ['held', 'blocked'] } : {}
}

async function lifecycleOf(
  { ledger, now, limits, order, isScanning }: ReviewParts,
  verdict: VerdictEntry,
  live: Parameters<typeof waiversFor>[0],
): Promise<LifecycleState> {
  const { repository, path, outcome } = verdict
  // Of what is served now nothing earlier matters, and a ledger is mostly that.
  const isServedNow = outcome === 'approved'
  return stateOf({
    history: isServedNow ? [verdict] : await ledger.verdictHistory(repository, path),
    attempts: isServedNow ? [] : await ledger.attempts(repository, path),
    waivers: waiversFor(live, verdict, now, order),
    isScanning: isScanning?.(repository, path) ?? false,
    now,
    reviewWithinMs: limits.reviewWithinMs,
  })
}

/**
 * The exceptions that carry out a person's decision; nothing is written yet. Throws CONFLICT when a state does not allow it, NOT_FOUND
 * when nothing was decided about it yet, BAD_REQUEST for what is incomplete.
 */
export async function planRuling(parts: ReviewParts, ruling: Ruling): Promise<readonly NewException[]> {
  const { verb, target } = ruling
  const items = await reviewItems(parts, { ...filterOf(target), limit: Number.POSITIVE_INFINITY })
  if (verb !== 'reject' && items.length === 0)
    throw new GatewayError('NOT_FOUND', `nothing was decided about ${subjectOf(target)} yet`, {})
  if (verb === 'approve') {
    // A version may be many files, of which some are served already.
    const open = items.filter((item) => !isServed(item))
    return (open.length > 0 ? open : items).map((item) => approval(parts, ruling, item))
  }
  const isWhole = target.version === undefined && target.sha256 === undefined
  if (verb === 'revoke' ? !items.some(isServed) : !isWhole)
    for (const { state, verdict } of items) assertAllowed(verb, state, subjectOf(verdict))
  return [denial(parts, ruling)]
}

function isServed({ state }: ReviewItem): boolean {
  return state === 'approved' || state === 'approved-by-hand'
}

/** Of exactly the bytes and the reasons that were looked at: what comes later is not approved with them. */
function approval(
  { now, limits }: ReviewParts,
  ruling: Ruling,
  { state, verdict }: ReviewItem,
): NewException {
  assertAllowed('approve', state, subjectOf(verdict))
  const { type, name, version, sha256, reasons } = verdict
  return newException(
    {
      target: { type, name, version, ...(sha256 === '' ? {} : { sha256 }) },
      effect: 'approve',
      rules: [...new Set(reasons.map(({ rule }) => rule))],
      reason: ruling.reason,
      expiresAt: ruling.expiresAt ?? new Date(now.getTime() + limits.longestMs).toISOString(),
    },
    ruling.actor,
    now,
    limits,
  )
}

function denial({ now, limits }: ReviewParts, ruling: Ruling): NewException {
  const { target, reason, expiresAt, actor, verb } = ruling
  const wish = {
    target,
    effect: 'deny',
    rules: ['*'],
    reason,
    ...(expiresAt === undefined ? {} : { expiresAt }),
  } as const
  return newException(wish, actor, now, limits, verb === 'revoke' ? 'revoked' : 'rejected')
}

function filterOf({ type, name, version, sha256 }: Target): VerdictFilter {
  return {
    ...(type === undefined ? {} : { type }),
    ...(name === undefined ? {} : { name }),
    ...(version === undefined ? {} : { version }),
    ...(sha256 === undefined ? {} : { sha256 }),
  }
}
