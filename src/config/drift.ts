// When drift is looked for, and who is told of what: written forms into typed ones, and what no schema can refuse.
import { Cron } from 'croner'
import { parseDuration } from '../model/quantity.ts'
import { Secret, withoutUserinfo } from '../model/secret.ts'
import type { ConfigDocument } from './document.ts'

export interface DriftConfig {
  /** Cron expression in the machine's time zone; absent: only when data changes, or somebody asks. */
  readonly schedule?: string
  /** Evidence older than this is made anew. */
  readonly staleAfterMs: number
}

export const NOTICE_EVENTS = [
  'held-for-review',
  'revoked',
  'restored',
  'recall',
  'scan-failed',
  'feed-stale',
  'signing-failed',
  'publish-failed',
] as const
export type NoticeEvent = (typeof NOTICE_EVENTS)[number]

export interface ChannelConfig {
  readonly name: string
  readonly type: 'webhook' | 'slack' | 'email'
  /** Of the webhook, or of the SMTP server with its credentials. */
  readonly url: Secret
  /** Key of the signature over each body; webhooks only. */
  readonly secret?: Secret
  readonly from?: string
  readonly to: readonly string[]
  readonly events: readonly NoticeEvent[]
}

export interface NotificationsConfig {
  readonly channels: readonly ChannelConfig[]
  /** Tries of one delivery in all. */
  readonly attempts: number
  /** Wait before the second try; it doubles from try to try, up to an hour. */
  readonly firstRetryMs: number
  /** How long the delivery log is kept. */
  readonly keepMs: number
}

export interface ChannelDocument {
  readonly name: string
  readonly type: ChannelConfig['type']
  readonly url: string
  readonly secret?: string
  readonly from?: string
  readonly to?: readonly string[]
  readonly events?: readonly NoticeEvent[]
}

const DAY_MS = 86_400_000
const NEVER = 'off'

export function resolveDrift({ drift = {} }: ConfigDocument): DriftConfig {
  const { schedule = '0 3 * * *', staleAfter } = drift
  return {
    staleAfterMs: durationOf(staleAfter, 7 * DAY_MS),
    ...(schedule === NEVER ? {} : { schedule }),
  }
}

export function resolveNotifications({ notifications = {} }: ConfigDocument): NotificationsConfig {
  const { channels = [], attempts = 8, firstRetry, keep } = notifications
  return {
    channels: channels.map(channelOf),
    attempts,
    firstRetryMs: durationOf(firstRetry, 5_000),
    keepMs: durationOf(keep, 90 * DAY_MS),
  }
}

function channelOf({ name, type, url, secret, from, to = [], events = NOTICE_EVENTS }: ChannelDocument) {
  return {
    name,
    type,
    // A webhook's path is its password as often as not.
    url: new Secret(url, hostOf(url)),
    to,
    events,
    ...(secret === undefined ? {} : { secret: new Secret(secret) }),
    ...(from === undefined ? {} : { from }),
  }
}

/** Key, value and what is allowed, one line a problem. */
export function driftProblems({ drift = {}, notifications = {} }: ConfigDocument): string[] {
  const { schedule = NEVER } = drift
  const { channels = [] } = notifications
  const names = channels.map(({ name }) => name)
  const twice = [...new Set(names.filter((name, at) => names.indexOf(name) !== at))]
  return [
    ...(schedule === NEVER ? [] : scheduleProblems(schedule)),
    ...twice.map((name) => `notifications.channels: ${JSON.stringify(name)} is used twice`),
    ...channels.flatMap(channelProblems),
  ]
}

function scheduleProblems(schedule: string): string[] {
  const allowed = 'allowed: off, or a cron expression of five fields, e.g. 0 3 * * *'
  try {
    const next = new Cron(schedule, { paused: true, mode: '5-part' }).nextRun()
    return next === null ? [`drift.schedule: ${JSON.stringify(schedule)} never comes; ${allowed}`] : []
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return [`drift.schedule: ${JSON.stringify(schedule)}: ${why}; ${allowed}`]
  }
}

const SCHEMES = { webhook: /^https?:$/, slack: /^https?:$/, email: /^smtps?:$/ } as const

function channelProblems({ name, type, url, secret, from, to = [] }: ChannelDocument): string[] {
  const key = `notifications.channels.${name}`
  const protocol = URL.parse(url)?.protocol
  const mail = type === 'email'
  return [
    ...(protocol !== undefined && SCHEMES[type].test(protocol)
      ? []
      : [
          `${key}.url: is not allowed for ${type}; allowed: ${mail ? 'smtp:// or smtps://' : 'http:// or https://'}`,
        ]),
    ...(mail && (from === undefined || to.length === 0) ? [`${key}: an e-mail needs "from" and "to"`] : []),
    ...(!mail && (from !== undefined || to.length > 0)
      ? [`${key}: "from" and "to" are for e-mail only`]
      : []),
    ...(secret !== undefined && type !== 'webhook' ? [`${key}.secret: only a webhook is signed`] : []),
  ]
}

function hostOf(url: string): string {
  return `${URL.parse(withoutUserinfo(url))?.protocol ?? ''}//${URL.parse(url)?.host ?? ''}/...`
}

function durationOf(written: string | undefined, fallback: number): number {
  return written === undefined ? fallback : (parseDuration(written) ?? fallback)
}
