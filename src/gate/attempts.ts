// Retries of a failing examination are bounded: an artifact that kills its examiner must not do so on every request.
import type { ArtifactClaim } from '../model/claim.ts'
import { GatewayError } from '../model/errors.ts'
import type { Ledger } from '../storage/ledger.ts'

const WINDOW_MS = 600_000
const MAX_ATTEMPTS = 3
/** Failures that lie with the artifact or its examiner, not with an upstream that is down or a full queue. */
const COUNTED = new Set(['SCAN_INCOMPLETE', 'INTERNAL', 'CLAIM_MISMATCH', 'TOO_LARGE'])

/** Throws SCAN_INCOMPLETE with the time of the next try when the artifact failed too often of late. */
export async function refuseAfterFailures(ledger: Ledger, claim: ArtifactClaim, now: Date): Promise<void> {
  const attempts = await ledger.attempts(claim.repository, claim.path)
  const recent = attempts.filter(
    (one) => COUNTED.has(one.code) && now.getTime() - Date.parse(one.at) < WINDOW_MS,
  )
  if (recent.length < MAX_ATTEMPTS) return
  const oldest = Math.min(...recent.map((one) => Date.parse(one.at)))
  const retryAfterSeconds = Math.max(1, Math.ceil((oldest + WINDOW_MS - now.getTime()) / 1000))
  throw new GatewayError(
    'SCAN_INCOMPLETE',
    `the examination of ${claim.path} failed ${recent.length} times (${recent[0]?.message}); it is held`,
    { path: claim.path, retryAfterSeconds },
  )
}
