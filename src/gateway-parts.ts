// The parts of a gateway that hold something open: stores, upstream client, examiners, feeds, keys; each from its slice of the configuration.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isUrl } from './advisories/feed-plan.ts'
import { loadMalwareFeed, type MalwareFeed } from './advisories/malware-feed.ts'
import { auditFileOf, createAuditFile } from './audit/audit-file.ts'
import type { Config } from './config/config.ts'
import { ecosystemOf } from './ecosystems/all.ts'
import type { IndexWorkerData } from './gate/index-job.ts'
import { createExaminers } from './gateway-examiners.ts'
import type { ExaminerPool } from './scanners/examination.ts'
import { ensureKeys } from './signing/key-directory.ts'
import { openBlobStore, openLedger } from './storage/all.ts'
import type { BlobStore } from './storage/blob-store.ts'
import type { Ledger } from './storage/ledger.ts'
import { sweepPieces } from './storage/piece-files.ts'
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

const SWEEP_AGE_MS = 3_600_000

/** Opens what is not given. */
export async function openParts(config: Config, given: Partial<Parts>): Promise<Parts> {
  const blobs = given.blobs ?? (await openBlobStore(config.blobs.reveal()))
  const ledger = given.ledger ?? (await openLedger(config.ledger.reveal()))
  ledger.audit.copyTo(createAuditFile(auditFileOf(config.dataDirectory)))
  return {
    blobs,
    ledger,
    upstream: given.upstream ?? createUpstreamClient(await upstreamOptions(config)),
    pool:
      given.pool ?? (await createExaminers(config, blobs.directory === undefined ? [] : [blobs.directory])),
    feed: given.feed ?? (await loadMalwareFeed(config.malwareFeeds)),
    now: given.now ?? (() => new Date()),
  }
}

/** How the upstream client reaches what is configured: repositories and feeds. */
export async function upstreamOptions({
  repositories,
  advisories,
  allowedHosts,
  outbound,
  limits,
  pools,
}: Config): Promise<Parameters<typeof createUpstreamClient>[0]> {
  return {
    upstreams: [
      ...repositories.flatMap(({ upstreams }) =>
        upstreams.map(({ url, authorization }) => ({
          base: url,
          ...(authorization === undefined ? {} : { authorization: authorization.reveal() }),
        })),
      ),
      ...advisories.feeds.flatMap(({ source, authorization }) =>
        isUrl(source) ? [{ base: source, authorization: authorization?.reveal() }] : [],
      ),
    ],
    allowedHosts,
    proxy: outbound.proxy?.reveal(),
    noProxy: outbound.noProxy,
    ca: await Promise.all(outbound.certificates.map((path) => readFile(path, 'utf8'))),
    totalMs: limits.totalMs,
    connectMs: limits.connectMs,
    headersMs: limits.headersMs,
    bodyMs: limits.bodyMs,
    retries: limits.upstreamRetries,
    connections: pools.upstreamConnections,
  }
}

/** What index workers open for themselves. */
export async function workerDataOf(config: Config): Promise<IndexWorkerData> {
  return {
    ledgerUrl: config.ledger.reveal(),
    blobsUrl: config.blobs.reveal(),
    piecesDirectory: piecesOf(config),
    ...(await signingOf(config)),
  }
}

function piecesOf({ dataDirectory }: Config): string {
  return join(dataDirectory, 'pieces')
}

/** Removes leftovers of a killed process, blobs nothing points at, and pieces that nobody reads. */
export async function sweepStores(
  config: Config,
  { blobs, ledger }: Pick<Parts, 'blobs' | 'ledger'>,
): Promise<{ temporary: number; orphans: number }> {
  const swept = await blobs.sweep((sha256) => ledger.isReferenced(sha256), SWEEP_AGE_MS)
  await sweepPieces(piecesOf(config))
  return swept
}

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

/** What is not ready, each with its reason. */
export async function problemsOf({ ledger, blobs, now }: Parts): Promise<Record<string, string>> {
  const problems: Record<string, string> = {}
  for (const [name, part] of Object.entries({
    ledger,
    blobs,
    audit: { check: () => ledger.audit.check(now()) },
  })) {
    try {
      await part.check()
    } catch (thrown) {
      problems[name] = thrown instanceof Error ? thrown.message : String(thrown)
    }
  }
  return problems
}
