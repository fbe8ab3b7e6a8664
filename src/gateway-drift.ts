// Everything that happens to an artifact after its first verdict: looked at again on a schedule, or when its data changes.
import { Cron } from 'croner'
import type { Config } from './config/config.ts'
import type { AdvisoryListener } from './gate/advisory-watch.ts'
import type { ArtifactGate } from './gate/artifact-gate.ts'
import type { DecideArtifact } from './gate/decide-artifact.ts'
import { createDrift, type Drift, type DriftReport } from './gate/drift/drift.ts'
import type { GateEvents } from './gate/events.ts'
import type { Feeds } from './gate/feeds.ts'
import type { IndexSource } from './gate/index-source.ts'
import type { JudgeSource } from './gate/policy-judge.ts'
import { createPreflight, type Preflight } from './gate/preflight.ts'
import type { Repository } from './gate/repository.ts'
import type { Parts } from './gateway-parts.ts'
import { asGatewayError } from './model/errors.ts'
import { createNotifier, type Notifier } from './notify/notifier.ts'
import type { Log } from './telemetry/log.ts'

export type { DriftReport } from './gate/drift/drift.ts'

export interface JoinedDrift extends Drift {
  readonly preflight: Preflight
  /** Feeds first, then everything; one pass at a time, a second caller waits for the running one and starts its own. */
  pass(): Promise<DriftReport>
  /** Brings the feeds up to date, as a pass does first. */
  refreshFeeds(): Promise<void>
  /** Starts the schedule, and the sending of notices. */
  watch(): void
  close(): Promise<void>
}

export interface DriftJoin {
  readonly config: Config
  readonly parts: Parts
  readonly repositories: ReadonlyMap<string, Repository>
  readonly decide: DecideArtifact
  readonly source: IndexSource
  readonly artifacts: ArtifactGate
  readonly judges: JudgeSource
  readonly events: GateEvents
  readonly notifier: Notifier
  readonly log: Log
  /** See AdvisoryWatch. */
  readonly onAdvisories: (listener: AdvisoryListener) => () => void
  readonly feeds: Pick<Feeds, 'updateNow'>
}

/** The delivery log's own way out; what it cannot deliver goes to the log. */
export function openNotifier({ notifications }: Config, { ledger, now }: Parts, log: Log): Notifier {
  return createNotifier({
    deliveries: ledger.deliveries,
    config: notifications,
    now,
    failed: (what, facts) => log.error(facts, what),
  })
}

const KEPT_REFUSALS_MS = 90 * 86_400_000

export function joinDrift({ config, parts, log, ...join }: DriftJoin): JoinedDrift {
  const judged = {
    ...parts,
    ...join,
    examinationKey: parts.pool.examinationKey,
    staleAfterMs: config.drift.staleAfterMs,
  }
  const drift = createDrift(judged)
  const stopping = new AbortController()
  let job: Cron | undefined
  let unfollow: (() => void) | undefined
  let running: Promise<unknown> = Promise.resolve()

  function pass(): Promise<DriftReport> {
    const next = running.then(runPass)
    running = next.catch(() => undefined)
    return next
  }

  const refreshFeeds = async () => {
    await join.feeds.updateNow()
  }

  /** New advisories re-decide what they name, at once. */
  function follow({ everything, touched }: Parameters<AdvisoryListener>[0]): void {
    const scope = everything ? ({ what: 'changed' } as const) : ({ what: 'changed', touched } as const)
    running = running
      .then(() => drift.run(scope, { signal: stopping.signal, actor: 'advisory' }))
      .catch((error) =>
        log.error({ error: asGatewayError(error) }, 'what advisories changed is not decided anew'),
      )
  }

  async function runPass(): Promise<DriftReport> {
    // Feeds that cannot be refreshed are the feeds' own alarm; what is on record is held against what is there.
    await refreshFeeds().catch((error) =>
      log.error({ error: asGatewayError(error) }, 'feeds not refreshed before the pass'),
    )
    const report = await drift.run({ what: 'changed' }, { signal: stopping.signal })
    const oldest = new Date(parts.now().getTime() - KEPT_REFUSALS_MS).toISOString()
    await parts.ledger.requests.dropRefusals(oldest)
    const failed = report.changes.filter(({ error }) => error !== undefined).length
    log.info(
      { looked: report.looked, confirmed: report.confirmed, changed: report.changes.length - failed, failed },
      'drift pass done',
    )
    return report
  }

  return {
    run: drift.run,
    preflight: createPreflight(judged),
    refreshFeeds,
    pass,
    watch() {
      join.notifier.watch()
      unfollow = join.onAdvisories(follow)
      const { schedule } = config.drift
      if (schedule === undefined) return
      const start = async () => {
        await pass().catch((error) => log.error({ error: asGatewayError(error) }, 'drift pass failed'))
      }
      job = new Cron(schedule, { unref: true, protect: true, mode: '5-part' }, start)
    },
    async close() {
      job?.stop()
      unfollow?.()
      stopping.abort()
      await running
      await join.notifier.close()
    },
  }
}
