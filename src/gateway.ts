// Composition root: the one place where stores, clients, scanners and ecosystems are built and joined.
import { join } from 'node:path'
import { planFeed } from './advisories/feed-plan.ts'
import { checkpointKeyOf, makeCheckpoint } from './audit/checkpoints.ts'
import type { Config } from './config/config.ts'
import { createAdvisoryData } from './gate/advisory-data.ts'
import { type AdvisoryListener, createAdvisoryWatch } from './gate/advisory-watch.ts'
import { joinEvents } from './gate/all-events.ts'
import { createArtifactSource } from './gate/artifact-bytes.ts'
import { createArtifactGate } from './gate/artifact-gate.ts'
import { createAuditAnswers } from './gate/audit-answers.ts'
import { createCandidates } from './gate/candidates.ts'
import { createDecideArtifact, type DecideArtifact } from './gate/decide-artifact.ts'
import { createDocumentFetch } from './gate/document-fetch.ts'
import { createVerdictFollower } from './gate/drift/follow.ts'
import { createNoteChange } from './gate/drift/recalls.ts'
import { createExamineArtifact } from './gate/examine-artifact.ts'
import { createFeeds, type Feeds } from './gate/feeds.ts'
import { createGenerationGate } from './gate/generation-gate.ts'
import { createIndexGate } from './gate/index-gate.ts'
import { createIndexSource, type IndexSource } from './gate/index-source.ts'
import { createIndexWorkers } from './gate/index-workers.ts'
import { createLedgerWatch } from './gate/ledger-watch.ts'
import { createJudgeSource } from './gate/policy-judge.ts'
import { rejudge } from './gate/rejudge.ts'
import type { Repository } from './gate/repository.ts'
import { createSideDoor } from './gate/side-door.ts'
import { createSubjectsAhead } from './gate/subjects-ahead.ts'
import { createWaiverBook } from './gate/waiver-book.ts'
import { createCallers } from './gateway-api.ts'
import { type JoinedDrift, joinDrift, openNotifier } from './gateway-drift.ts'
import { openParts, type Parts, problemsOf, sweepStores, workerDataOf } from './gateway-parts.ts'
import { policiesOf, repositoriesOf } from './gateway-repositories.ts'
import { clientAddresses } from './http/client-address.ts'
import { createEdge, type Edge } from './http/edge.ts'
import { createExplainPage } from './http/explain.ts'
import { createHealthRoutes } from './http/health.ts'
import { createKeyRoutes } from './http/keys.ts'
import { createRequestLog } from './http/request-log.ts'
import type { ArtifactClaim, PurlType } from './model/claim.ts'
import { createNoticeEvents, withFeedNotices } from './notify/notices.ts'
import { loadPolicy } from './policy/load.ts'
import { readPublicKeys } from './signing/public-keys.ts'
import { keysStamp } from './signing/signer-source.ts'
import { createHotBlobs } from './storage/hot-blobs.ts'
import { createFeedEvents } from './telemetry/feed-events.ts'
import { createGateEvents } from './telemetry/gate-events.ts'
import type { Log } from './telemetry/log.ts'
import type { Metrics } from './telemetry/metrics.ts'
import { reportFailure, tellEmergencies } from './telemetry/reports.ts'

export interface Telemetry {
  readonly log: Log
  readonly metrics: Metrics
}

export type { PreflightReport } from './gate/preflight.ts'

export interface Gateway extends Edge {
  readonly parts: Parts
  readonly repositories: ReadonlyMap<string, Repository>
  readonly source: IndexSource
  readonly decide: DecideArtifact
  readonly drift: JoinedDrift
  /** Calls back with the packages that new, changed and withdrawn advisories name. Returns how to stop it. */
  readonly onAdvisories: (listener: AdvisoryListener) => () => void
  readonly feeds: Feeds
  /** Removes leftovers of a killed process and blobs nothing points at. */
  sweep(): Promise<{ temporary: number; orphans: number }>
  /** Signs where the audit log stands, when something was appended since the last time. */
  checkpoint(): Promise<void>
  /** Writes what waits and ends what was started. */
  close(): Promise<void>
}

export async function createGateway(
  config: Config,
  telemetry: Telemetry,
  given: Partial<Parts> = {},
): Promise<Gateway> {
  const parts = await openParts(config, given)
  const policies = policiesOf(config)
  const waivers = createWaiverBook(
    parts.ledger,
    parts.now,
    (started, ended) => {
      tellEmergencies(telemetry.log, started)
      const changed = [...started, ...ended]
      renewArchives((type) => changed.some((one) => one.type === undefined || one.type === type))
      void rejudge(changed, {
        ledger: parts.ledger,
        repositoryOf: (name) => [...repositories.values()].find(({ settings }) => settings.name === name),
        examine: (repository, request) => artifacts.examine(repository, request),
      }).catch((error) => telemetry.log.error({ error }, 'not decided anew'))
    },
    (error) => telemetry.log.error({ error }, 'lapsed waivers not ended'),
  )
  telemetry.metrics.gauge(
    'emergency_overrides',
    'Emergency overrides that are in force.',
    () => waivers.current().waivers.filter(({ emergency }) => emergency === true).length,
  )
  const advisories = createAdvisoryData({
    ledger: parts.ledger,
    feed: parts.feed,
    freshness: () => feeds,
  })
  const judges = createJudgeSource({
    policyOf: (repository) => policies.get(repository) ?? loadPolicy(config.policy, config.dataDirectory),
    advisories,
    served: (repository, name) => parts.ledger.requests.servedVersions(repository, name),
    waivers: () => waivers.current(),
    now: parts.now,
  })
  const workers = createIndexWorkers(await workerDataOf(config), config.pools.indexWorkers)
  const notifier = openNotifier(config, parts, telemetry.log)
  const events = joinEvents(
    createGateEvents(telemetry.log, telemetry.metrics),
    createNoticeEvents(notifier.tell, config.publicUrl, parts.now),
  )
  const fetch = createDocumentFetch({ ...parts, maxBytes: config.limits.maxIndexBytes })
  const freshness = {
    freshMs: config.limits.indexFreshMs,
    staleMs: config.limits.indexStaleMs,
    staleIfErrorMs: config.limits.indexStaleIfErrorMs,
    missingMs: config.limits.notFoundMs,
  }
  const repositories = repositoriesOf(config, policies)
  const source = createIndexSource({ ...parts, fetch, workers, judges, events, freshness })
  const index = createIndexGate({
    ...parts,
    source,
    workers,
    judges,
    events,
    freshness,
    cacheBytes: config.caches.indexBytes,
    rendered: (repository, key, prepared, set) => candidates.offer(repository, key, prepared, set),
  })
  const served = createHotBlobs(parts.blobs, config.caches.artifactBytes)
  const generations = createGenerationGate({
    ...parts,
    served,
    source,
    workers,
    judges,
    events,
    freshMs: freshness.freshMs,
    unexamined: (repository, key, paths, set) => candidates.offerPaths(repository, key, paths, set),
    keysStamp: () => keysStamp(config.signing.directory),
  })
  generations.watch(repositories.values())
  telemetry.metrics.gauge(
    'halted_indexes',
    'Signed indexes that could not be published last; their former generation serves on.',
    () => Object.keys(generations.troubles()).length,
  )
  const invalidate = (claim: ArtifactClaim) => {
    const repository = [...repositories.values()].find(({ settings }) => settings.name === claim.repository)
    if (repository?.ecosystem.indexScope === 'repository') generations.invalidate(repository, claim.indexKey)
    else index.invalidate(claim.repository, claim.indexKey)
    if (repository?.ecosystem.siblingRule !== undefined)
      artifacts.forgetIndex(claim.repository, claim.indexKey)
  }
  // An index of one package knows by its revision; a whole archive is built anew, behind the answers.
  const renewArchives = (isTouched: (type: PurlType) => boolean) => {
    for (const repository of repositories.values())
      for (const key of repository.ecosystem.indexKeys?.(repository.settings) ?? [])
        if (isTouched(repository.settings.type)) generations.invalidate(repository, key)
  }
  const advisoryWatch = createAdvisoryWatch({
    ledger: parts.ledger,
    apply: advisories.apply,
    failed: (error) => telemetry.log.error({ error }, 'changed advisories not read'),
  })
  const feeds = createFeeds({
    ...parts,
    ledgerUrl: config.ledger.reveal(),
    actor: 'gateway',
    plans: config.advisories.feeds.flatMap(planFeed),
    directory: join(config.dataDirectory, 'feeds'),
    events: withFeedNotices(createFeedEvents(telemetry.log, telemetry.metrics), notifier.tell, parts.now),
    changed: advisoryWatch.check,
  })
  telemetry.metrics.feeds(feeds.status)
  advisoryWatch.onChange(({ everything, touched }) => {
    renewArchives((type) => everything || touched.some((one) => one.type === type))
  })
  const bytes = createArtifactSource({ ...parts, maxArtifactBytes: config.limits.read.maxArtifactBytes })
  const examine = createExamineArtifact({ ...parts, source: bytes, fetch, limits: config.limits.read })
  const addressOf = clientAddresses(config.trustedProxies)
  const requests = createRequestLog({
    ...parts,
    addressOf,
    failed: (what, error, lost) => telemetry.log.error({ error, lost }, what),
  })
  const noteChange = createNoteChange(parts.ledger, events, requests.flush, parts.now)
  const doors = { source, invalidate, judges, events, noteChange }
  const decide = createDecideArtifact({ ...parts, ...doors, bytes, examine })
  const artifacts = createArtifactGate({ ...parts, served, decide, judges })
  // A failure is on record and in the log already; the artifact stays unshown.
  const candidates = createCandidates((repository, request) =>
    artifacts.examine(repository, request).catch(() => undefined),
  )
  const ahead = createSubjectsAhead({
    ...parts,
    examine: (repository, request) => artifacts.examine(repository, request).catch(() => undefined),
    maxBytes: config.limits.maxAheadBytes,
  })
  const drift = joinDrift({
    config,
    parts,
    repositories,
    source,
    decide,
    artifacts,
    judges,
    events,
    notifier,
    log: telemetry.log,
    onAdvisories: advisoryWatch.onChange,
    feeds,
  })
  const callers = createCallers(config, {
    parts,
    log: telemetry.log,
    policies,
    repositories,
    artifacts,
    source,
    waivers,
    preflight: drift.preflight,
  })
  const followVerdicts = createVerdictFollower(parts.ledger, artifacts, invalidate)
  const watch = createLedgerWatch(
    parts.ledger,
    [() => callers.refresh(), () => waivers.refresh(), followVerdicts, advisoryWatch.check],
    (error) => telemetry.log.error({ error }, 'the ledger cannot be followed'),
  )
  await watch.look()
  const edge = createEdge({
    access: callers.access,
    api: callers.api,
    repositories,
    index,
    generations,
    artifacts,
    side: createSideDoor({ ...parts, judges, advisories: createAuditAnswers(advisories) }),
    served: requests.served,
    ahead: ahead.served,
    refused: requests.refused,
    addressOf,
    health: createHealthRoutes({
      problems: () => problemsOf(parts),
      details: () => ({ feeds: feeds.status(), warnings: generations.troubles() }),
      metrics: () => telemetry.metrics.expose(),
    }),
    explain: createExplainPage(parts.ledger),
    keys: createKeyRoutes(() => readPublicKeys(config.signing.directory)),
    failed: (path, error) => reportFailure(telemetry.log, path, error),
    answered: telemetry.metrics.request,
    publicUrl: config.publicUrl,
    maxRequestBytes: config.limits.maxRequestBytes,
  })
  await feeds.start()
  return {
    ...edge,
    parts,
    repositories,
    source,
    decide,
    drift,
    onAdvisories: advisoryWatch.onChange,
    feeds,
    sweep: () => sweepStores(config, parts),
    async checkpoint() {
      await makeCheckpoint(parts.ledger.audit, checkpointKeyOf(config.dataDirectory), parts.now())
    },
    async close() {
      watch.close()
      await feeds.close()
      generations.close()
      await drift.close()
      await requests.flush()
      await workers.close()
      await Promise.all([parts.pool.close(), parts.upstream.close()])
      await parts.ledger.close()
      await parts.blobs.close()
    },
  }
}
