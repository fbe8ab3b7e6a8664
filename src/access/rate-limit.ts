// So many a minute for each key, in steady measure: a bucket that fills again as time goes by.
import { LRUCache } from 'lru-cache'

export interface RateLimit {
  /** Takes one; false when there is none left. */
  take(key: string): boolean
  /** Seconds until there is one again. */
  waitSeconds(key: string): number
}

interface Bucket {
  left: number
  at: number
}

/** Keys that are remembered; who floods with more addresses than that is for a firewall. */
const MAX_KEYS = 20_000

export function createRateLimit(perMinute: number, clock: () => number = () => performance.now()): RateLimit {
  const buckets = new LRUCache<string, Bucket>({ max: MAX_KEYS })
  const filled = (key: string): Bucket => {
    const now = clock()
    const { left, at } = buckets.get(key) ?? { left: perMinute, at: now }
    return { left: Math.min(perMinute, left + ((now - at) * perMinute) / 60_000), at: now }
  }
  return {
    take(key) {
      const bucket = filled(key)
      const taken = bucket.left >= 1
      if (taken) bucket.left -= 1
      buckets.set(key, bucket)
      return taken
    },
    waitSeconds(key) {
      return Math.max(1, Math.ceil(((1 - filled(key).left) * 60) / perMinute))
    },
  }
}
