// Stops asking a host that does not answer, and lets one request try again after a while.
import { LRUCache } from 'lru-cache'
import { GatewayError } from '../model/errors.ts'

export interface BreakerOptions {
  /** Failures in a row that open the circuit. */
  readonly failures: number
  /** How long an open circuit refuses everything. */
  readonly openMs: number
}

export const DEFAULT_BREAKER: BreakerOptions = Object.freeze({ failures: 8, openMs: 10_000 })

const REMEMBERED_HOSTS = 1000

interface Circuit {
  failures: number
  openUntil: number
  /** One request is finding out whether the host is back. */
  probing: boolean
}

export type Result = 'answered' | 'failed' | 'unknown'

export class CircuitBreaker {
  readonly #options: BreakerOptions
  readonly #now: () => number
  readonly #circuits = new LRUCache<string, Circuit>({ max: REMEMBERED_HOSTS })

  constructor(options: BreakerOptions, now: () => number) {
    this.#options = options
    this.#now = now
  }

  /** Throws UPSTREAM_UNAVAILABLE while the circuit is open; otherwise the caller must report the result, once. */
  enter(origin: string): (result: Result) => void {
    const circuit = this.#circuits.get(origin)
    if (!circuit || circuit.failures < this.#options.failures) return (result) => this.#report(origin, result)
    const waitMs = circuit.openUntil - this.#now()
    if (waitMs > 0 || circuit.probing) throw circuitOpen(origin, Math.max(waitMs, 1000))
    circuit.probing = true
    return (result) => this.#report(origin, result)
  }

  #report(origin: string, result: Result): void {
    if (result === 'answered') {
      this.#circuits.delete(origin)
      return
    }
    const circuit = this.#circuits.get(origin) ?? { failures: 0, openUntil: 0, probing: false }
    circuit.probing = false
    if (result === 'failed') {
      circuit.failures += 1
      circuit.openUntil = this.#now() + this.#options.openMs
    }
    this.#circuits.set(origin, circuit)
  }
}

function circuitOpen(origin: string, waitMs: number): GatewayError {
  return new GatewayError(
    'UPSTREAM_UNAVAILABLE',
    `${origin} failed repeatedly and is left alone for a moment`,
    {
      origin,
      retryAfterSeconds: Math.ceil(waitMs / 1000),
    },
  )
}
