// Verdicts that another process recorded (`rescan`, a second gateway): what this one remembers of them is void.
import type { ArtifactClaim } from '../../model/claim.ts'
import type { Ledger } from '../../storage/ledger.ts'
import type { ArtifactGate } from '../artifact-gate.ts'

/** One look at what was recorded since the last one; the first only learns where to begin. Throws LEDGER_FAILED. */
export function createVerdictFollower(
  ledger: Ledger,
  artifacts: Pick<ArtifactGate, 'forget'>,
  invalidate: (claim: ArtifactClaim) => void,
): () => Promise<void> {
  let revision: number | undefined
  let seen: number | undefined
  return async () => {
    const now = await ledger.revision()
    if (now === revision) return
    if (seen === undefined) {
      seen = await ledger.requests.newestVerdictId()
      return
    }
    const { id, entries } = await ledger.requests.verdictsAfter(seen)
    // What a door of this process decided, it has made void itself; what others did so is not told apart, and cheap.
    for (const { repository, path, actor } of entries) {
      if (actor === 'examination') continue
      artifacts.forget(repository, path)
      const state = await ledger.claim(repository, path)
      if (state !== undefined) invalidate(state.claim)
    }
    // More than one page: the next look goes on.
    if (id === seen || entries.length === 0) revision = now
    seen = id
  }
}
