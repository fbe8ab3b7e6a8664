// Sees that advisories changed in the ledger, whoever changed them, and tells everybody who decided by them.
import { asGatewayError, type GatewayError } from '../model/errors.ts'
import type { AdvisoryChanges } from '../storage/advisories-store.ts'
import type { Ledger } from '../storage/ledger.ts'

/**
 * Which packages are touched: as feeds name them, so in distributions mostly the source package (`decidedPlaces` of the ledger
 * finds the artifacts). With `everything` so much changed that it is not listed.
 */
export type AdvisoryListener = (changes: AdvisoryChanges) => void

export interface AdvisoryWatch {
  /** Called after every change, when decisions are already made by the new data. Returns how to stop it. */
  onChange(listener: AdvisoryListener): () => void
  /** Looks now. The ledger's watch calls it several times a second, an import of our own as soon as it is done. Never throws. */
  check(): Promise<void>
}

export function createAdvisoryWatch(parts: {
  readonly ledger: Pick<Ledger, 'advisories'>
  /** Told before the listeners. */
  readonly apply: (changes: AdvisoryChanges) => void
  readonly failed: (error: GatewayError) => void
}): AdvisoryWatch {
  const { advisories } = parts.ledger
  const listeners = new Set<AdvisoryListener>()
  let seen: number | undefined
  let looking: Promise<void> = Promise.resolve()
  let failing = false

  async function look(): Promise<void> {
    // What changed before the first look was never decided by.
    if (seen === undefined) {
      seen = await advisories.serial()
      return
    }
    if ((await advisories.serial()) === seen) return
    const changes = await advisories.changesSince(seen)
    seen = changes.serial
    parts.apply(changes)
    for (const listener of listeners) listener(changes)
  }

  /** One look after the other; a failure is told once, and looked past as soon as it is over. */
  function check(): Promise<void> {
    looking = looking.then(look).then(
      () => {
        failing = false
      },
      (thrown) => {
        if (!failing) parts.failed(asGatewayError(thrown))
        failing = true
      },
    )
    return looking
  }

  return {
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    check,
  }
}
