// The end of one request: by the caller, or by the time it may take as a whole.
import { setTimeout as sleep } from 'node:timers/promises'
import type { GatewayError } from '../model/errors.ts'
import { deadlinePassed, givenUp } from './failures.ts'

export class Deadline {
  readonly signal: AbortSignal
  readonly #totalMs: number
  readonly #timer: NodeJS.Timeout
  readonly #late = new AbortController()
  readonly #caller: AbortSignal | undefined

  constructor(totalMs: number, caller: AbortSignal | undefined) {
    this.#totalMs = totalMs
    this.#caller = caller
    this.#timer = setTimeout(() => this.#late.abort(), totalMs)
    this.#timer.unref()
    this.signal = caller ? AbortSignal.any([caller, this.#late.signal]) : this.#late.signal
  }

  /** The error when the end has come, whatever symptom it showed itself by. */
  errorFor(url: URL): GatewayError | undefined {
    if (this.#caller?.aborted) return givenUp(url, this.#caller.reason)
    return this.#late.signal.aborted ? deadlinePassed(url, this.#totalMs) : undefined
  }

  /** Rejects when the end comes first. */
  async sleep(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.signal })
  }

  clear(): void {
    clearTimeout(this.#timer)
  }
}
