// What was served and upstream has removed since: no index lists it and no verdict can change, but somebody has the bytes.
import type { ArtifactClaim } from '../../model/claim.ts'
import type { TouchedPackage } from '../../storage/advisories-store.ts'
import type { Ledger } from '../../storage/ledger.ts'
import type { ServedArtifact } from '../../storage/requests.ts'
import type { GateEvents } from '../events.ts'
import type { JudgeSource } from '../policy-judge.ts'
import type { Repository } from '../repository.ts'

export interface GoneParts {
  readonly ledger: Ledger
  readonly judges: JudgeSource
  readonly events: Pick<GateEvents, 'revoked'>
  readonly now: () => Date
}

/** Writes a recall for each that would be refused today; registries remove malware before the advisory about it is out. */
export async function recallGone(
  parts: GoneParts,
  repositories: ReadonlyMap<string, Repository>,
  touched: readonly TouchedPackage[],
): Promise<void> {
  for (const { type, name } of touched)
    for (const served of await parts.ledger.requests.served({ type, name })) {
      const repository = repositories.get(served.repository)
      if (repository === undefined || repository.settings.type !== type) continue
      if ((await parts.ledger.claim(served.repository, served.path)) !== undefined) continue
      await recallOne(parts, repository, claimOf(repository, served), served.sha256)
    }
}

async function recallOne(
  { ledger, judges, events, now }: GoneParts,
  { settings }: Repository,
  claim: ArtifactClaim,
  sha256: string,
): Promise<void> {
  const judge = await judges.judgeFor(settings, claim, sha256)
  const verdict = judge.screen(claim, now())
  if (verdict === undefined || verdict.outcome === 'approved') return
  const { repository, path, type, name, version } = claim
  const { outcome, reasons } = verdict
  const at = now().toISOString()
  if (!(await ledger.recalls.record({ repository, path, type, name, version, sha256, at, outcome, reasons })))
    return
  events.revoked?.({
    claim,
    sha256,
    verdict,
    recipients: await ledger.requests.recipientsOf(repository, path, sha256),
  })
}

/** As much of the claim as is still known; long published, so that no cooldown speaks. */
function claimOf({ settings }: Repository, { path, name, version, sha256 }: ServedArtifact): ArtifactClaim {
  return {
    ...{ repository: settings.name, type: settings.type, name, version, path },
    ...{ indexKey: name, url: '', digests: { sha256 }, publishedAt: '1970-01-01T00:00:00.000Z', facts: {} },
  }
}
