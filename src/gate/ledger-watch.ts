// Follows what other processes change in the ledger: a waiver made or a token revoked at the command line holds within a second.
import type { Ledger } from '../storage/ledger.ts'

export interface LedgerWatch {
  /** Looks now, whether or not the ledger changed. Throws what a follower throws. */
  look(): Promise<void>
  close(): void
}

/** A look costs one pragma unless something was committed. */
const EVERY_MS = 250
/** Time alone ends waivers, and the followers want to be asked also when nothing was written. */
const AT_LEAST_EVERY_MS = 1000

export function createLedgerWatch(
  ledger: Pick<Ledger, 'revision'>,
  followers: readonly (() => Promise<void>)[],
  failed: (error: unknown) => void,
): LedgerWatch {
  let seen: number | undefined
  let lookedAt = 0
  let failing = false
  let isLooking = false

  async function look(): Promise<void> {
    seen = await ledger.revision()
    lookedAt = performance.now()
    for (const follow of followers) await follow()
  }

  async function lookWhenDue(): Promise<void> {
    try {
      if (performance.now() - lookedAt >= AT_LEAST_EVERY_MS || (await ledger.revision()) !== seen)
        await look()
      failing = false
    } catch (error) {
      // Told once, and again only after it has worked in between.
      if (!failing) failed(error)
      failing = true
    }
  }

  const timer = setInterval(() => {
    if (isLooking) return
    isLooking = true
    void lookWhenDue().finally(() => {
      isLooking = false
    })
  }, EVERY_MS)
  timer.unref()
  return {
    look,
    close: () => clearInterval(timer),
  }
}
