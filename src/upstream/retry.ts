// Tries again after failures that may pass, with exponential backoff and full jitter.
import type { GatewayError } from '../model/errors.ts'

export interface RetryOptions {
  /** Tries after the first one. */
  readonly retries: number
  readonly baseMs: number
  readonly maxMs: number
  /** A Retry-After beyond this is not waited for; the caller is told instead. */
  readonly maxRetryAfterMs: number
}

export const DEFAULT_RETRY: RetryOptions = Object.freeze({
  retries: 3,
  baseMs: 200,
  maxMs: 5_000,
  maxRetryAfterMs: 10_000,
})

export type Tried<T> =
  | { readonly value: T }
  | { readonly error: GatewayError; readonly again: boolean; readonly retryAfterMs?: number | undefined }

export interface RetryTools {
  readonly random: () => number
  /** Rejects when the signal aborts. */
  readonly sleep: (ms: number) => Promise<void>
}

/** Runs the attempt until it has a value, its error is final, or the tries are used up; then throws the last error. */
export async function withRetries<T>(
  attempt: () => Promise<Tried<T>>,
  options: RetryOptions,
  tools: RetryTools,
): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    const tried = await attempt()
    if ('value' in tried) return tried.value
    const { error, again, retryAfterMs = 0 } = tried
    if (!again || tries >= options.retries || retryAfterMs > options.maxRetryAfterMs) throw error
    await tools.sleep(Math.max(retryAfterMs, backoffMs(tries, options, tools.random)))
  }
}

/** Full jitter: anything between nothing and the exponential bound, so that many clients do not return at once. */
export function backoffMs(tries: number, options: RetryOptions, random: () => number): number {
  return random() * Math.min(options.maxMs, options.baseMs * 2 ** tries)
}

/** Retry-After in milliseconds, from seconds or an HTTP date (RFC 9110 section 10.2.3). */
export function parseRetryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined
  if (/^\d{1,9}$/.test(value.trim())) return Number(value) * 1000
  const date = Date.parse(value)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}
