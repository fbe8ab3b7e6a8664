// What an index worker made of large documents, kept between jobs and bounded by bytes.
import { LRUCache } from 'lru-cache'
import type { Remember } from '../ecosystems/ecosystem.ts'

/** A failure is not remembered, and what is larger than everything together is made again each time. */
export function createMemory(maxBytes: number): Remember {
  const kept = new LRUCache<string, object>({ maxSize: maxBytes })
  return async <T extends object>(
    key: string,
    make: () => Promise<{ readonly value: T; readonly sizeBytes: number }>,
  ): Promise<T> => {
    const known = kept.get(key)
    if (known !== undefined) return known as T
    const { value, sizeBytes } = await make()
    kept.set(key, value, { size: Math.max(1, Math.round(sizeBytes)) })
    return value
  }
}
