// Refused logins in the audit log: the first of each kind in a minute, so that no flood of them fills it.
import { LRUCache } from 'lru-cache'
import type { AuditStore } from '../storage/audit.ts'

const EVERY_MS = 60_000
const MAX_KINDS = 1000
/** Entries written in one window, whatever addresses a flood comes from. */
const MAX_IN_WINDOW = 100

/** Written behind the answer: a refusal stands whether or not it can be recorded. */
export function createRefusalLog(
  audit: AuditStore,
  now: () => Date,
  failed: (error: unknown) => void,
): (address: string, reason: string, label: string | undefined) => void {
  const told = new LRUCache<string, true>({ max: MAX_KINDS, ttl: EVERY_MS })
  let windowStart = Number.NEGATIVE_INFINITY
  let inWindow = 0
  return (address, reason, label) => {
    const kind = `${address}\0${reason}`
    if (told.has(kind)) return
    told.set(kind, true)
    const time = performance.now()
    if (time - windowStart > EVERY_MS) {
      windowStart = time
      inWindow = 0
    }
    inWindow += 1
    if (inWindow > MAX_IN_WINDOW) return
    const subject = label === undefined ? `address:${address}` : `token:${label}`
    audit
      .append([
        {
          at: now().toISOString(),
          actor: 'gateway',
          action: 'access-refused',
          subject,
          details: { address, reason },
        },
      ])
      .catch(failed)
  }
}
