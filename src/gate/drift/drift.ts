// Drift: what was decided is held against today's facts, in the background; what turns out otherwise is decided anew.
import type { PurlType } from '../../model/claim.ts'
import { asGatewayError } from '../../model/errors.ts'
import type { Outcome, Reason } from '../../model/verdict.ts'
import type { TouchedPackage } from '../../storage/advisories-store.ts'
import type { ArtifactGate } from '../artifact-gate.ts'
import { eachBounded } from '../bounded.ts'
import type { DecideArtifact } from '../decide-artifact.ts'
import type { GateEvents } from '../events.ts'
import type { Repository } from '../repository.ts'
import { type Derived, type DeriveParts, type Drifted, deriveVerdict } from './derive.ts'
import { recallGone } from './gone.ts'

export interface DriftScope {
  /** `changed`: whatever drifted; `stale`: only what wants another examination; `all`: everything is examined anew. */
  readonly what: 'changed' | 'stale' | 'all'
  /** Only these packages. */
  readonly packages?: readonly { readonly type: PurlType; readonly name: string; readonly version?: string }[]
  /** Only what advisories about these packages name, as binary or as source. */
  readonly touched?: readonly TouchedPackage[]
}

export interface DriftChange {
  readonly repository: string
  readonly path: string
  readonly type: PurlType
  readonly name: string
  readonly version: string
  readonly why: Drifted | 'asked'
  readonly before: Outcome
  /** Absent when it could not be told, or (in a dry run) only an examination would tell. */
  readonly after?: Outcome
  readonly reasons: readonly Reason[]
  readonly error?: string
}

export interface DriftReport {
  readonly looked: number
  /** Decided anew with the same outcome. */
  readonly confirmed: number
  /** What changed, would change, or could not be told. */
  readonly changes: readonly DriftChange[]
}

export interface DriftOptions {
  readonly dryRun?: boolean
  readonly signal?: AbortSignal
  /** Whom the history names; default: `rescan`. */
  readonly actor?: string
}

export interface Drift {
  run(scope: DriftScope, options?: DriftOptions): Promise<DriftReport>
}

export interface DriftParts extends DeriveParts {
  readonly repositories: ReadonlyMap<string, Repository>
  readonly events: Pick<GateEvents, 'revoked'>
  readonly decide: DecideArtifact
  readonly artifacts: Pick<ArtifactGate, 'forget'>
}

interface Placed {
  readonly repository: string
  readonly path: string
}

/** Artifacts looked at together; the examiner pool's background class bounds what is examined. */
const WIDTH = 4
const PAGE = 500

export function createDrift(parts: DriftParts): Drift {
  const repositories = new Map([...parts.repositories.values()].map((one) => [one.settings.name, one]))

  return {
    async run(scope, options = {}) {
      const changes: DriftChange[] = []
      let looked = 0
      let confirmed = 0
      for await (const page of pagesOf(scope)) {
        const results = await eachBounded(page, WIDTH, async (entry) =>
          options.signal?.aborted ? undefined : look(entry, scope, options),
        )
        looked += results.filter((one) => one !== undefined).length
        for (const one of results) {
          if (one === undefined || one === 'same') continue
          if (one.after === one.before && one.error === undefined) confirmed += 1
          else changes.push(one)
        }
      }
      if (scope.touched !== undefined && options.dryRun !== true)
        await recallGone(parts, repositories, scope.touched)
      return { looked, confirmed, changes }
    },
  }

  async function* pagesOf({ packages, touched }: DriftScope): AsyncGenerator<readonly Placed[]> {
    if (touched !== undefined) {
      yield await parts.ledger.advisories.decidedPlaces(touched)
      return
    }
    if (packages !== undefined) {
      for (const one of packages) yield await parts.ledger.verdicts({ ...one, limit: 100_000 })
      return
    }
    // What is decided anew gets a higher number: the end is fixed before, or the pass would meet its own work.
    const end = await parts.ledger.requests.newestVerdictId()
    for (let after = 0; ; ) {
      const page = (await parts.ledger.requests.decided(after, PAGE)).filter(({ id }) => id <= end)
      const last = page.at(-1)
      if (last === undefined) return
      yield page
      after = last.id
    }
  }

  async function look(
    entry: Placed,
    { what }: DriftScope,
    { dryRun = false, actor = 'rescan' }: DriftOptions,
  ): Promise<DriftChange | 'same' | undefined> {
    const repository = repositories.get(entry.repository)
    if (repository === undefined) return undefined
    const derived = await deriveVerdict(parts, repository.settings, entry.path)
    if (derived === undefined) return undefined
    const why = what === 'all' ? 'asked' : derived.drifted
    if (why === 'same' || (what === 'stale' && why === 'verdict')) return 'same'
    return dryRun ? forecast(derived, why) : decideAnew(repository, derived, why, actor)
  }

  async function decideAnew(
    repository: Repository,
    { state, before }: Derived,
    why: Drifted | 'asked',
    actor: string,
  ): Promise<DriftChange> {
    const { claim } = state
    const request = { kind: 'artifact', path: claim.path, key: claim.indexKey } as const
    const told = { ...subjectOf(state), why, before: before.outcome }
    try {
      const { verdict } = await parts.decide(repository, request, 'background', {
        actor,
        anew: why === 'asked' || why === 'stale',
      })
      return { ...told, after: verdict.outcome, reasons: verdict.reasons }
    } catch (thrown) {
      return { ...told, reasons: [], error: asGatewayError(thrown).message }
    } finally {
      parts.artifacts.forget(claim.repository, claim.path)
    }
  }
}

function forecast({ state, before, now }: Derived, why: Drifted | 'asked'): DriftChange {
  const told = { ...subjectOf(state), why, before: before.outcome }
  if (why !== 'verdict' || now === undefined) return { ...told, reasons: [] }
  return { ...told, after: now.outcome, reasons: now.reasons }
}

function subjectOf({ claim: { repository, path, type, name, version } }: Derived['state']) {
  return { repository, path, type, name, version }
}
