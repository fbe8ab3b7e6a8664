// What happens to advisory feeds, as log lines and counts: never silent when one fails or grows old.
import type { FeedEvents } from '../gate/events.ts'
import type { Log } from './log.ts'
import type { Metrics } from './metrics.ts'

export function createFeedEvents(log: Log, metrics: Metrics): FeedEvents {
  return {
    updated(update, milliseconds) {
      const { feed, outcome } = update
      metrics.feedUpdated(feed, outcome)
      const told = { feed, outcome, milliseconds: Math.round(milliseconds) }
      if (update.outcome === 'failed') {
        const { code, message } = update.error
        log.error({ ...told, code, reason: message }, 'feed not updated, its former records stay')
      } else if (update.outcome === 'imported') {
        const level = update.result.broken > 0 ? 'warn' : 'info'
        log[level]({ ...told, whole: update.whole, ...update.result }, 'feed imported')
      } else log.debug(told, 'feed asked')
    },
    staleness({ name, stale, ageMs, onStale }) {
      const told = { feed: name, ...(ageMs === undefined ? {} : { ageMs }), onStale }
      if (stale) log.error(told, 'feed is stale')
      else log.info(told, 'feed is fresh')
    },
    dropped: (feed) => log.warn({ feed }, 'feed is configured no more, its records are dropped'),
    failed: (error) => log.error({ error }, 'the state of feeds is not readable'),
  }
}
