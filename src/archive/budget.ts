// One budget per artifact: everything that reading it may cost, counted in one place whatever the container.
import { GatewayError } from '../model/errors.ts'
import type { ReadLimits } from '../model/limits.ts'

/** Stable rule of each limit; stands in `facts.rule` of the TOO_LARGE error and becomes the reason of the refusal. */
export type LimitRule =
  | 'archive-limit-bytes-in'
  | 'archive-limit-bytes-out'
  | 'archive-limit-ratio'
  | 'archive-limit-entries'
  | 'archive-limit-path'
  | 'archive-limit-nesting'
  | 'archive-limit-time'
  | 'archive-limit-memory'

// Looking at the clock for every small chunk would cost more than the chunk.
const BYTES_BETWEEN_CLOCK_READS = 1024 * 1024

/** Counts bytes, entries, depth and time of one artifact; every method throws TOO_LARGE once its limit is broken. */
export class Budget {
  readonly limits: ReadLimits
  readonly #signal: AbortSignal | undefined
  readonly #deadline: number
  #bytesIn = 0
  #bytesOut = 0
  #entries = 0
  #depth = 0
  #nextClockRead = BYTES_BETWEEN_CLOCK_READS

  constructor(limits: ReadLimits, signal?: AbortSignal) {
    this.limits = limits
    this.#signal = signal
    this.#deadline = performance.now() + limits.maxMilliseconds
  }

  /** Compressed bytes taken from the artifact so far. */
  get bytesRead(): number {
    return this.#bytesIn
  }

  /** Unpacked bytes so far, all members together. */
  get bytesUnpacked(): number {
    return this.#bytesOut
  }

  /** Counts bytes as they come from the artifact itself, once: not again for a member inside a member. */
  bytesIn(count: number): void {
    this.#bytesIn += count
    const { maxArtifactBytes } = this.limits
    if (this.#bytesIn > maxArtifactBytes) {
      throw tooLarge('archive-limit-bytes-in', `more than ${maxArtifactBytes} bytes`, maxArtifactBytes)
    }
  }

  /** Counts bytes a decoder has produced; also looks at the ratio and now and then at the clock. */
  bytesOut(count: number): void {
    this.#bytesOut += count
    const { maxUnpackedBytes, maxRatio, ratioGraceBytes } = this.limits
    if (this.#bytesOut > maxUnpackedBytes) {
      throw tooLarge(
        'archive-limit-bytes-out',
        `unpacks to more than ${maxUnpackedBytes} bytes`,
        maxUnpackedBytes,
      )
    }
    if (this.#bytesOut > ratioGraceBytes && this.#bytesOut > this.#bytesIn * maxRatio) {
      throw tooLarge('archive-limit-ratio', `unpacks to more than ${maxRatio} times its size`, maxRatio)
    }
    if (this.#bytesOut < this.#nextClockRead) return
    this.#nextClockRead = this.#bytesOut + BYTES_BETWEEN_CLOCK_READS
    this.checkTime()
  }

  /** Bytes that may still be unpacked: an upper bound for one-shot decoders. */
  get unpackedBytesLeft(): number {
    return this.limits.maxUnpackedBytes - this.#bytesOut
  }

  /** Counts one entry of any type and checks the length of its path in bytes. */
  entry(pathBytes: number): void {
    this.#entries += 1
    const { maxEntries, maxPathBytes } = this.limits
    if (this.#entries > maxEntries) {
      throw tooLarge('archive-limit-entries', `more than ${maxEntries} entries`, maxEntries)
    }
    if (pathBytes > maxPathBytes) {
      throw tooLarge('archive-limit-path', `a path of more than ${maxPathBytes} bytes`, maxPathBytes)
    }
    if (this.#entries % 1024 === 0) this.checkTime()
  }

  /** Runs a step one archive deeper. */
  async nested<T>(step: () => Promise<T>): Promise<T> {
    const { maxNesting } = this.limits
    if (this.#depth >= maxNesting) {
      throw tooLarge('archive-limit-nesting', `archives nested deeper than ${maxNesting}`, maxNesting)
    }
    this.#depth += 1
    try {
      return await step()
    } finally {
      this.#depth -= 1
    }
  }

  /** Throws TOO_LARGE past the deadline and SCAN_INCOMPLETE when the caller gave up. */
  checkTime(): void {
    if (this.#signal?.aborted) {
      throw new GatewayError(
        'SCAN_INCOMPLETE',
        'the examination was abandoned',
        {},
        { cause: this.#signal.reason },
      )
    }
    const { maxMilliseconds } = this.limits
    if (performance.now() > this.#deadline) {
      throw tooLarge('archive-limit-time', `takes longer than ${maxMilliseconds} ms to read`, maxMilliseconds)
    }
  }
}

/** TOO_LARGE with the rule of the broken limit. */
export function tooLarge(rule: LimitRule, what: string, limit: number): GatewayError {
  return new GatewayError('TOO_LARGE', `the artifact has a limit broken: ${what}`, { rule, limit })
}
