// An approval that is taken back is written down before the verdict is: who was given the bytes must never be lost.
import type { ArtifactClaim } from '../../model/claim.ts'
import type { Verdict } from '../../model/verdict.ts'
import type { ClaimState, Ledger } from '../../storage/ledger.ts'
import type { Recipient } from '../../storage/requests.ts'
import type { GateEvents } from '../events.ts'

export interface TakenBack {
  readonly claim: ArtifactClaim
  readonly sha256: string
  readonly verdict: Verdict
  readonly recipients: readonly Recipient[]
}

/** Called before each verdict is recorded, with what was known until then. */
export type NoteChange = (state: ClaimState, verdict: Verdict) => Promise<void>

/** An examination that could not be finished takes nothing back: nobody has said anything about the bytes. */
const NOTHING_SAID: ReadonlySet<string> = new Set(['scan-incomplete', 'not-examined'])

/** `flush` writes downloads that still wait, so that the latest recipients are told too. */
export function createNoteChange(
  ledger: Ledger,
  events: GateEvents,
  flush: () => Promise<void>,
  now: () => Date,
): NoteChange {
  return async ({ claim, sha256, verdict: before }, verdict) => {
    if (before === undefined || sha256 === undefined) return
    const at = now().toISOString()
    const { repository, path, type, name, version } = claim
    if (verdict.outcome === 'approved') {
      if (await ledger.recalls.restore(repository, path, at)) events.restored?.(claim, sha256, verdict)
      return
    }
    if (before.outcome !== 'approved' || verdict.reasons.every(({ rule }) => NOTHING_SAID.has(rule))) return
    const { outcome, reasons } = verdict
    const recall = { repository, path, type, name, version, sha256, at, outcome, reasons }
    if (!(await ledger.recalls.record(recall))) return
    await flush()
    const recipients = await ledger.requests.recipientsOf(repository, path, sha256)
    events.revoked?.({ claim, sha256, verdict, recipients })
  }
}
