// Notices into the delivery log, and out of it to their channels: behind every request, tried again until taken or given up.
import type { NotificationsConfig } from '../config/drift.ts'
import { asGatewayError } from '../model/errors.ts'
import { redact } from '../model/redact.ts'
import type { Delivery, DeliveryStore } from '../storage/deliveries.ts'
import { type Channel, openChannel } from './channels.ts'
import type { Notice } from './notice.ts'

export interface Notifier {
  /** Returns at once and never throws. */
  tell(notice: Notice): void
  /** Sends what is due; resolves when this round is over. */
  round(): Promise<void>
  /** Sends what is due from now on, every second. */
  watch(): void
  close(): Promise<void>
}

export interface NotifierParts {
  readonly deliveries: DeliveryStore
  readonly config: NotificationsConfig
  readonly now: () => Date
  /** Something that nobody will be told of otherwise. */
  readonly failed: (what: string, facts: Readonly<Record<string, unknown>>) => void
}

const EVERY_MS = 1000
const AT_ONCE = 50
const LONGEST_WAIT_MS = 3_600_000
const DROP_EVERY_MS = 3_600_000

export function createNotifier({ deliveries, config, now, failed }: NotifierParts): Notifier {
  const channels = new Map(config.channels.map((one) => [one.name, openChannel(one)]))
  let writing: Promise<unknown> = Promise.resolve()
  let running: Promise<void> | undefined
  let timer: NodeJS.Timeout | undefined
  let droppedAt = 0

  function tell(notice: Notice): void {
    const clean = redact(notice) as Notice
    for (const { config: channel } of channels.values()) {
      if (!channel.events.includes(clean.event)) continue
      const { event, subject, at: createdAt } = clean
      const delivery = { channel: channel.name, event, subject, body: JSON.stringify(clean), createdAt }
      writing = writing
        .then(() => deliveries.add(delivery))
        .catch((thrown) => failed('a notice is lost', { event, subject, error: asGatewayError(thrown) }))
    }
  }

  async function send(delivery: Delivery): Promise<void> {
    const { id } = delivery
    const channel = channels.get(delivery.channel)
    if (channel === undefined) {
      await deliveries.update(id, {
        ...delivery,
        status: 'failed',
        error: 'the channel is not configured any more',
      })
      return
    }
    const attempts = delivery.attempts + 1
    const error = await trySend(channel, delivery)
    if (error === undefined) {
      await deliveries.update(id, { status: 'delivered', attempts, nextAt: delivery.nextAt })
      return
    }
    const gaveUp = attempts >= config.attempts
    if (gaveUp)
      failed('a notice was not delivered', { channel: delivery.channel, subject: delivery.subject, error })
    const nextAt = new Date(now().getTime() + waitAfter(attempts)).toISOString()
    await deliveries.update(id, { status: gaveUp ? 'failed' : 'waiting', attempts, nextAt, error })
  }

  async function trySend(channel: Channel, { body, id }: Delivery): Promise<string | undefined> {
    try {
      await channel.send(JSON.parse(body) as Notice, id, now())
      return undefined
    } catch (thrown) {
      // A webhook's URL is a secret, and messages of failures name URLs: the code has to do.
      const { code, facts, cause } = asGatewayError(thrown)
      const status = facts['status'] ?? (cause instanceof Error && 'code' in cause ? cause.code : undefined)
      return status === undefined ? code : `${code} (${String(status)})`
    }
  }

  function waitAfter(attempts: number): number {
    return Math.min(LONGEST_WAIT_MS, config.firstRetryMs * 2 ** (attempts - 1))
  }

  async function roundOnce(): Promise<void> {
    await writing
    const due = await deliveries.due(now().toISOString(), AT_ONCE)
    // One slow channel must not keep the others: each gets its own in order.
    const byChannel = Map.groupBy(due, ({ channel }) => channel)
    await Promise.all(
      [...byChannel.values()].map(async (own) => {
        for (const delivery of own) await send(delivery)
      }),
    )
    if (now().getTime() - droppedAt < DROP_EVERY_MS) return
    droppedAt = now().getTime()
    await deliveries.drop(new Date(droppedAt - config.keepMs).toISOString())
  }

  function round(): Promise<void> {
    running ??= roundOnce()
      .catch((thrown) => failed('notices are not sent', { error: asGatewayError(thrown) }))
      .finally(() => {
        running = undefined
      })
    return running
  }

  return {
    tell,
    round,
    watch() {
      if (channels.size === 0) return
      timer = setInterval(() => void round(), EVERY_MS)
      timer.unref()
    },
    async close() {
      clearInterval(timer)
      await writing
      await running
      for (const channel of channels.values()) await channel.close()
    },
  }
}
