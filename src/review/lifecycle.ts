// In which state of its life an artifact is, told from what the ledger knows, and which changes a person may make in it.
import { GatewayError } from '../model/errors.ts'
import type { Reason } from '../model/verdict.ts'
import type { Waiver } from '../model/waiver.ts'
import { isInForce } from '../policy/waiver.ts'
import type { Attempt, RecordedVerdict } from '../storage/ledger.ts'

export const STATES = [
  'pending', // known, never asked for
  'scanning', // under examination
  'approved',
  'approved-by-hand', // served because of a person's exception
  'held', // for a time that passes by itself
  'needs-review', // held until a person decides
  'rejected', // blocked, by policy or by hand
  'failed', // the examination did not end; it is tried again
  'expired', // its exception has lapsed, or nobody reviewed it in time
  'revoked', // was served, and is refused now
] as const
export type LifecycleState = (typeof STATES)[number]

export type Verb = 'approve' | 'reject' | 'revoke'

/** From which states each verb leads; from all others it is refused. */
const ALLOWED: Readonly<Record<Verb, readonly LifecycleState[]>> = {
  approve: ['needs-review', 'held', 'expired'],
  reject: ['needs-review', 'held', 'expired', 'failed', 'pending', 'scanning'],
  revoke: ['approved', 'approved-by-hand'],
}

const INSTEAD: Readonly<Record<Verb, string>> = {
  approve: 'what is blocked is let through by a waiver only',
  reject: 'what is served is revoked',
  revoke: 'what is not served is rejected',
}

export interface LifecycleFacts {
  /** Newest first; empty when nothing was decided. */
  readonly history: readonly RecordedVerdict[]
  readonly attempts: readonly Attempt[]
  /** Exceptions that are for this artifact. */
  readonly waivers: readonly Waiver[]
  readonly isScanning?: boolean
  readonly now: Date
  readonly reviewWithinMs: number
}

const BY_TIME: ReadonlySet<string> = new Set(['cooldown'])

export function stateOf(facts: LifecycleFacts): LifecycleState {
  const { history, attempts, waivers, now } = facts
  const [newest, ...older] = history
  if (facts.isScanning === true) return 'scanning'
  const inForce = waivers.filter((waiver) => isInForce(waiver, now))
  const wasApproved = history.some(({ outcome }) => outcome === 'approved')
  if (inForce.some(({ effect }) => effect === 'deny')) return wasApproved ? 'revoked' : 'rejected'
  if (newest === undefined) return attempts.length > 0 ? 'failed' : 'pending'
  if (newest.outcome === 'approved') return exceptions(newest).length > 0 ? 'approved-by-hand' : 'approved'
  if (inForce.some(({ effect }) => effect === 'approve')) return 'approved-by-hand'
  if (newest.reasons.every(({ rule }) => rule === 'scan-incomplete')) return 'failed'
  const before = older.find(({ outcome }) => outcome === 'approved')
  if (before !== undefined) return exceptions(before).length > 0 ? 'expired' : 'revoked'
  if (newest.outcome === 'blocked') return 'rejected'
  if (newest.reasons.every(({ rule }) => BY_TIME.has(rule))) return 'held'
  const age = now.getTime() - Date.parse(newest.decidedAt)
  return age > facts.reviewWithinMs ? 'expired' : 'needs-review'
}

function exceptions({ warnings }: RecordedVerdict): readonly Reason[] {
  return warnings.filter(({ waiver }) => waiver !== undefined)
}

/** Throws CONFLICT, with the states from which the verb leads. */
export function assertAllowed(verb: Verb, state: LifecycleState, subject: string): void {
  if (ALLOWED[verb].includes(state)) return
  throw new GatewayError(
    'CONFLICT',
    `${subject} is ${state}: ${verb} is for ${ALLOWED[verb].join(', ')} (${INSTEAD[verb]})`,
    { state, allowed: ALLOWED[verb] },
  )
}
