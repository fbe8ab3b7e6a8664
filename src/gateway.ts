// Composition root: the one place where stores, clients, scanners and ecosystems are built and joined.
import { readFile } from 'node:fs/promises'
import type { Hono } from 'hono'
import { loadMalwareFeed, type MalwareFeed } from './advisories/malware-feed.ts'
import type { Config, RepositoryConfig } from './config/config.ts'
import { ecosystemOf } from './ecosystems/all.ts'
import { createArtifactSource } from './gate/artifact-bytes.ts'
import { createArtifactGate } from './gate/artifact-gate.ts'
import { createDecideArtifact, type DecideArtifact } from './gate/decide-artifact.ts'
import { createDocumentFetch } from './gate/document-fetch.ts'
import { createDownloadLog } from './gate/download-log.ts'
import { createExamineArtifact } from './gate/examine-artifact.ts'
import { createGenerationGate } from './gate/generation-gate.ts'
import { createIndexGate } from './gate/index-gate.ts'
import type { IndexWorkerData } from './gate/index-job.ts'
import { createIndexSource, type IndexSource } from './gate/index-source.ts'
import { createIndexWorkers } from './gate/index-workers.ts'
import { createJudgeSource } from './gate/policy-judge.ts'
import type { Repository } from './gate/repository.ts'
import { createSideDoor } from './gate/side-door.ts'
import { createApp, type ServedArtifact } from './http/app.ts'
import type { GatewayContext, GatewayEnv } from './http/bindings.ts'
import { clientAddresses } from './http/client-address.ts'
import { createExplainPage } from './http/explain.ts'
import { createHealthRoutes } from './http/health.ts'
import { createHotArtifacts } from './http/hot-artifacts.ts'
import { createKeyRoutes } from './http/keys.ts'
import type { ArtifactClaim } from './model/claim.ts'
import type { GatewayError } from './model/errors.ts'
import { loadPolicy } from './policy/load.ts'
import type { Policy } from './policy/policy.ts'
import type { ExaminerPool } from './scanners/examination.ts'
import { createExaminerPool } from './scanners/pool.ts'
import { ensureKeys } from './signing/key-directory.ts'
import { readPublicKeys } from './signing/public-keys.ts'
import { keysStamp } from './signing/signer-source.ts'
import { openBlobStore, openLedger } from './storage/all.ts'
import type { BlobStore } from './storage/blob-store.ts'
import type { Ledger } from './storage/ledger.ts'
import { createGateEvents } from './telemetry/gate-events.ts'
import type { Log } from './telemetry/log.ts'
import type { Metrics } from './telemetry/metrics.ts'
import { createUpstreamClient } from './upstream/client.ts'
import type { UpstreamClient } from './upstream/upstream.ts'

/** What may be given instead of being built from the configuration; tests give clocks and stores. */
export interface Parts {
  readonly ledger: Ledger
  readonly blobs: BlobStore
  readonly upstream: UpstreamClient
  readonly pool: ExaminerPool
  readonly feed: MalwareFeed
  readonly now: () => Date
}

export interface Telemetry {
  readonly log: Log
  readonly metrics: Metrics
}

export interface Gateway {
  readonly app: Hono<GatewayEnv>
  readonly parts: Parts
  readonly repositories: ReadonlyMap<string, Repository>
  readonly source: IndexSource
  readonly decide: DecideArtifact
  /** Removes leftovers of a killed process and blobs nothing points at. */
  sweep(): Promise<{ temporary: number; orphans: number }>
  /** Writes what waits and ends what was started. */
  close(): Promise<void>
}

const SWEEP_AGE_MS = 3_600_000

export async function createGateway(
  config: Config,
  telemetry: Telemetry,
  given: Partial<Parts> = {},
): Promise<Gateway> {
  const parts = await openParts(config, given)
  const policies = policiesOf(config)
  const judges = createJudgeSource({
    policyOf: (repository) => policies.get(repository) ?? loadPolicy(config.policy, config.dataDirectory),
    feed: () => parts.feed,
    waivers: () => ({ revision: '0', waivers: [] }),
    now: parts.now,
  })
  const workers = createIndexWorkers(
    { ledgerUrl: config.ledger.reveal(), blobsUrl: config.blobs.reveal(), ...(await signingOf(config)) },
    config.pools.indexWorkers,
  )
  const events = createGateEvents(telemetry.log, telemetry.metrics)
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
  })
  const generations = createGenerationGate({
    ...parts,
    source,
    workers,
    judges,
    events,
    freshMs: freshness.freshMs,
    keysStamp: () => keysStamp(config.signing.directory),
  })
  generations.watch(repositories.values())
  const invalidate = (claim: ArtifactClaim) => {
    const repository = [...repositories.values()].find(({ settings }) => settings.name === claim.repository)
    if (repository?.ecosystem.indexScope === 'repository') generations.invalidate(repository, claim.indexKey)
    else index.invalidate(claim.repository, claim.indexKey)
    if (repository?.ecosystem.siblingRule !== undefined)
      artifacts.forgetIndex(claim.repository, claim.indexKey)
  }
  const bytes = createArtifactSource({ ...parts, maxArtifactBytes: config.limits.read.maxArtifactBytes })
  const examine = createExamineArtifact({ ...parts, source: bytes, fetch })
  const decide = createDecideArtifact({ ...parts, bytes, examine, source, invalidate, judges, events })
  const artifacts = createArtifactGate({ ...parts, decide, judges })
  const downloads = createDownloadLog(parts.ledger, (error, lost) =>
    telemetry.log.error({ error, lost }, 'downloads not recorded'),
  )
  const addressOf = clientAddresses(config.trustedProxies)
  const served = (c: GatewayContext, artifact: ServedArtifact) =>
    downloads.record({
      ...artifact,
      at: parts.now().toISOString(),
      clientAddress: addressOf(c),
      userAgent: (c.req.header('user-agent') ?? '').slice(0, 200),
    })
  const app = createApp({
    repositories,
    index,
    generations,
    artifacts,
    side: createSideDoor({ ...parts, judges, advisories: async () => [] }),
    hot: createHotArtifacts(config.caches.artifactBytes),
    health: createHealthRoutes({
      problems: () => problemsOf(parts),
      metrics: () => telemetry.metrics.expose(),
    }),
    explain: createExplainPage(parts.ledger),
    keys: createKeyRoutes(() => readPublicKeys(config.signing.directory)),
    served,
    failed: (path, error) => reportFailure(telemetry.log, path, error),
    publicUrl: config.publicUrl,
    maxRequestBytes: config.limits.maxRequestBytes,
  })
  return {
    app,
    parts,
    repositories,
    source,
    decide,
    sweep: () => parts.blobs.sweep((sha256) => parts.ledger.isReferenced(sha256), SWEEP_AGE_MS),
    async close() {
      generations.close()
      await downloads.flush()
      await workers.close()
      await Promise.all([parts.pool.close(), parts.upstream.close()])
      await parts.ledger.close()
      await parts.blobs.close()
    },
  }
}

/** What is wrong with a request is the client's to know; what is wrong with us or the upstream is told here too. */
function reportFailure(log: Log, path: string, error: GatewayError): void {
  const told = { path: path.slice(0, 300), code: error.code, reason: error.message }
  if (CLIENT_MISTAKES.has(error.code)) log.debug(told, 'refused')
  else if (error.code === 'INTERNAL') log.error({ ...told, error }, 'failed')
  else log.warn({ ...told, facts: error.facts }, 'failed')
}

const CLIENT_MISTAKES: ReadonlySet<string> = new Set([
  'NOT_SERVED',
  'BAD_REQUEST',
  'METHOD_NOT_ALLOWED',
  'UNAUTHORIZED',
  'NOT_FOUND',
  'CLAIM_MISSING',
])

/** Keys are made at the first start of a gateway that signs; npm and PyPI alone need none. */
async function signingOf({
  repositories,
  signing,
}: Config): Promise<Pick<IndexWorkerData, 'keysDirectory' | 'passphrase'>> {
  const signs = repositories.some(({ type }) => ecosystemOf(type).indexScope === 'repository')
  if (!signs) return {}
  const { directory, identity, openpgpKey, rsaKey, passphrase } = signing
  await ensureKeys(directory, identity, {
    ...(openpgpKey === undefined ? {} : { openpgp: await readFile(openpgpKey, 'utf8') }),
    ...(rsaKey === undefined ? {} : { rsa: await readFile(rsaKey, 'utf8') }),
  })
  return {
    keysDirectory: directory,
    ...(passphrase === undefined ? {} : { passphrase: passphrase.reveal() }),
  }
}

async function openParts(config: Config, given: Partial<Parts>): Promise<Parts> {
  const blobs = given.blobs ?? (await openBlobStore(config.blobs.reveal()))
  return {
    blobs,
    ledger: given.ledger ?? (await openLedger(config.ledger.reveal())),
    upstream: given.upstream ?? createUpstreamClient(upstreamOptions(config)),
    pool:
      given.pool ??
      (await createExaminerPool({
        ...poolOptions(config),
        readable: blobs.directory === undefined ? [] : [blobs.directory],
      })),
    feed: given.feed ?? (await loadMalwareFeed(config.malwareFeeds)),
    now: given.now ?? (() => new Date()),
  }
}

function upstreamOptions({
  repositories,
  allowedHosts,
  limits,
  pools,
}: Config): Parameters<typeof createUpstreamClient>[0] {
  return {
    upstreams: repositories.flatMap(({ upstreams }) =>
      upstreams.map(({ url, authorization }) => ({
        base: url,
        ...(authorization === undefined ? {} : { authorization: authorization.reveal() }),
      })),
    ),
    allowedHosts,
    connectMs: limits.connectMs,
    headersMs: limits.headersMs,
    bodyMs: limits.bodyMs,
    retries: limits.upstreamRetries,
    connections: pools.upstreamConnections,
  }
}

/** Examiner settings, but for what they may read. */
export function poolOptions({
  rules,
  pools,
  limits,
}: Config): Omit<Parameters<typeof createExaminerPool>[0], 'readable'> {
  return {
    ruleFolders: rules,
    processes: pools.examiners,
    deadlineMs: limits.examinationMs,
    memoryMegabytes: Math.ceil(limits.examinerMemoryBytes / (1024 * 1024)),
    maxWaiting: { client: pools.examinationQueue, background: pools.examinationQueue },
  }
}

function policiesOf(config: Config): ReadonlyMap<string, Policy> {
  return new Map(
    config.repositories.map(({ name, policy }) => [
      name,
      loadPolicy(policy ?? config.policy, config.dataDirectory),
    ]),
  )
}

function repositoriesOf(
  config: Config,
  policies: ReadonlyMap<string, Policy>,
): ReadonlyMap<string, Repository> {
  return new Map(
    config.repositories.map((repository) => [
      repository.mount.replaceAll('/', ''),
      { settings: settingsOf(repository, config, policies), ecosystem: ecosystemOf(repository.type) },
    ]),
  )
}

function settingsOf(
  repository: RepositoryConfig,
  config: Config,
  policies: ReadonlyMap<string, Policy>,
): Repository['settings'] {
  const { name, type, mount, upstreams, reserved, options } = repository
  return {
    name,
    type,
    upstreams: upstreams.map(({ url }) => url),
    publicUrl: `${config.publicUrl}${mount.replace(/\/$/, '')}`,
    indexMode: repository.indexMode ?? policies.get(name)?.indexMode ?? 'lazy',
    reserved,
    options: { ...options },
  }
}

async function problemsOf({ ledger, blobs }: Parts): Promise<Record<string, string>> {
  const problems: Record<string, string> = {}
  for (const [name, part] of Object.entries({ ledger, blobs })) {
    try {
      await part.check()
    } catch (thrown) {
      problems[name] = thrown instanceof Error ? thrown.message : String(thrown)
    }
  }
  return problems
}
