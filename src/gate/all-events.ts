// Several listeners as one: each is told.
import type { GateEvents } from './events.ts'

/** The first is complete; the others listen to some events. */
export function joinEvents(first: GateEvents, ...others: readonly Partial<GateEvents>[]): GateEvents {
  const all: readonly Partial<GateEvents>[] = [first, ...others]
  function toAll<K extends keyof GateEvents>(name: K) {
    return (...told: Parameters<NonNullable<GateEvents[K]>>): void => {
      for (const one of all) {
        const listen = one[name] as ((...args: typeof told) => void) | undefined
        listen?.(...told)
      }
    }
  }
  return {
    decided: toAll('decided'),
    indexRead: toAll('indexRead'),
    published: toAll('published'),
    revoked: toAll('revoked'),
    restored: toAll('restored'),
    refreshFailed: toAll('refreshFailed'),
    examinationFailed: toAll('examinationFailed'),
  }
}
