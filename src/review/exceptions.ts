// New exceptions: what a person asks for into one that is complete, bounded and accountable, or a refusal with the reason.
import { randomBytes } from 'node:crypto'
import type { JsonObject } from '../model/claim.ts'
import { GatewayError } from '../model/errors.ts'
import type { Waiver } from '../model/waiver.ts'
import type { AuditFact } from '../storage/audit.ts'
import { subjectOf, type Target } from './target.ts'

export interface ExceptionLimits {
  /** No exception lasts longer. */
  readonly longestMs: number
}

export interface ExceptionWish {
  readonly target: Target
  readonly effect: Waiver['effect']
  readonly rules: readonly string[]
  readonly reason: string
  /** ISO 8601; absent only for a denial, which then has no end. */
  readonly expiresAt?: string
  readonly force?: boolean
  readonly emergency?: boolean
}

export interface NewException {
  readonly waiver: Waiver
  readonly fact: AuditFact
}

const NO_END = '9999-12-31T00:00:00.000Z'
/** An override made in the heat of an incident is looked at again within a day. */
const LONGEST_EMERGENCY_MS = 24 * 3_600_000
const MAX_REASON = 500
/** Rules that are named in vain without force. */
const FORCED_RULES: ReadonlySet<string> = new Set(['known-malware', 'scan-incomplete'])

const ACTIONS = { waive: 'waived', approve: 'approved-by-hand', deny: 'denied' } as const

/** Throws BAD_REQUEST that says what is missing or too much. */
export function newException(
  wish: ExceptionWish,
  actor: string,
  now: Date,
  limits: ExceptionLimits,
  action?: string,
): NewException {
  const { target, effect, force = false, emergency = false } = wish
  const reason = wish.reason.replace(/\s+/g, ' ').trim()
  const rules = effect === 'deny' ? ['*'] : wish.rules
  assertReason(reason)
  assertRules(rules, target, effect, force)
  const expiresAt = expiryOf(wish, now, emergency ? LONGEST_EMERGENCY_MS : limits.longestMs)
  const createdAt = now.toISOString()
  const waiver: Waiver = {
    id: randomBytes(6).toString('hex'),
    effect,
    ...target,
    rules,
    force,
    ...(emergency ? { emergency } : {}),
    reason,
    actor,
    createdAt,
    expiresAt,
  }
  const details: JsonObject = { id: waiver.id, rules, force, emergency, reason, expiresAt }
  return {
    waiver,
    fact: {
      at: createdAt,
      actor,
      action: action ?? (emergency ? 'emergency-override' : ACTIONS[effect]),
      subject: subjectOf(target),
      details,
    },
  }
}

function assertReason(reason: string): void {
  if (reason.length < 3) throw bad('a reason is mandatory: somebody will ask in a year')
  if (reason.length > MAX_REASON) throw bad(`a reason has at most ${MAX_REASON} characters`)
}

function assertRules(
  rules: readonly string[],
  target: Target,
  effect: Waiver['effect'],
  force: boolean,
): void {
  if (rules.length === 0 || rules.some((rule) => !/^[A-Za-z0-9*?._:-]{1,100}$/.test(rule)))
    throw bad('rules are names or globs such as cooldown or js-*')
  const isUnbound = target.name === undefined && target.sha256 === undefined
  if (isUnbound && effect === 'deny') throw bad('say which package or which bytes are refused')
  if (isUnbound && rules.some((rule) => /^[*?]+$/.test(rule)))
    throw bad('setting every rule aside for every package is no exception')
  const forced = rules.find((rule) => FORCED_RULES.has(rule))
  if (forced !== undefined && !force) throw bad(`${forced} is set aside only with force`)
}

function expiryOf({ expiresAt, effect }: ExceptionWish, now: Date, longestMs: number): string {
  if (expiresAt === undefined) {
    if (effect === 'deny') return NO_END
    throw bad('an expiry is mandatory')
  }
  const time = Date.parse(expiresAt)
  if (Number.isNaN(time)) throw bad(`${JSON.stringify(expiresAt)} is no time`)
  if (time <= now.getTime()) throw bad('it would be over before it begins')
  if (effect !== 'deny' && time > now.getTime() + longestMs)
    throw bad(`it may last until ${new Date(now.getTime() + longestMs).toISOString()} at most`)
  return new Date(time).toISOString()
}

function bad(message: string): GatewayError {
  return new GatewayError('BAD_REQUEST', message, { arguments: true })
}
