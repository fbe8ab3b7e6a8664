// One update of one feed: fetched, imported in a thread, and its outcome on record whatever it was.
import { Worker } from 'node:worker_threads'
import { type FeedPlan, isUrl } from '../advisories/feed-plan.ts'
import type { JsonObject } from '../model/claim.ts'
import { asGatewayError, type ErrorCode, GatewayError } from '../model/errors.ts'
import { withoutUserinfo } from '../model/secret.ts'
import type { FeedState } from '../storage/advisories-store.ts'
import type { Ledger } from '../storage/ledger.ts'
import { type FeedFetchParts, type FetchedFeed, fetchFeed } from './feed-fetch.ts'
import type { FeedJob, FeedResult } from './feed-job.ts'

export interface FeedRunParts extends Omit<FeedFetchParts, 'isKnown'> {
  readonly ledger: Pick<Ledger, 'advisories' | 'audit'>
  /** Who updates, for the audit log. */
  readonly actor: string
  /** The importing thread opens its own. */
  readonly ledgerUrl: string
}

export interface UpdateOptions {
  /** Reads everything, although an increment would do. */
  readonly whole?: boolean
  readonly dryRun?: boolean
  /** Takes a feed that lost most of its records. */
  readonly force?: boolean
}

export type FeedUpdate =
  | { readonly feed: string; readonly outcome: 'unchanged' }
  | {
      readonly feed: string
      readonly outcome: 'imported'
      readonly whole: boolean
      readonly result: FeedResult
    }
  | { readonly feed: string; readonly outcome: 'busy' }
  | { readonly feed: string; readonly outcome: 'failed'; readonly error: GatewayError }

const HEAP_MB = 512

/** Never throws: a failure is an outcome, and on record. */
export async function updateFeed(
  plan: FeedPlan,
  former: FeedState | undefined,
  parts: FeedRunParts,
  options: UpdateOptions = {},
): Promise<FeedUpdate> {
  const feed = plan.name
  const { advisories } = parts.ledger
  const at = parts.now().toISOString()
  const source = sourceOf(plan)
  let fetched: FetchedFeed | undefined
  try {
    const whole = options.whole === true || options.force === true || former?.source !== source
    const isKnown = async (id: string) =>
      (await advisories.entriesOfAdvisory(id)).some((one) => one.id === id)
    const found = await fetchFeed(plan, former, whole, { ...parts, isKnown })
    if ('unchanged' in found) {
      if (options.dryRun !== true) await advisories.feedUnchanged(feed, at, found.cursor)
      return { feed, outcome: 'unchanged' }
    }
    fetched = found
    const result = await runImport(jobOf(plan, found, { at, source, ledgerUrl: parts.ledgerUrl }, options))
    if (options.dryRun !== true) await auditUpdate(parts, feed, at, { source, whole: found.whole, ...result })
    return { feed, outcome: 'imported', whole: found.whole, result }
  } catch (thrown) {
    const error = asGatewayError(thrown)
    if (error.code === 'BUSY') return { feed, outcome: 'busy' }
    const told = error.message.slice(0, 1000)
    const isNew = former?.lastError?.message !== told
    if (options.dryRun !== true) await recordFailure(plan, parts, at, told, isNew)
    return { feed, outcome: 'failed', error }
  } finally {
    await fetched?.drop()
  }
}

async function auditUpdate(
  { ledger, actor }: FeedRunParts,
  subject: string,
  at: string,
  details: JsonObject,
): Promise<void> {
  await ledger.audit.append([{ at, actor, action: 'feed-updated', subject, details }])
}

/** The caller tells the failure itself; that it could not be recorded besides changes nothing. */
async function recordFailure(
  plan: FeedPlan,
  { ledger, actor }: FeedRunParts,
  at: string,
  message: string,
  isNew: boolean,
): Promise<void> {
  const source = sourceOf(plan)
  const details = { source, message }
  await ledger.advisories.feedFailed(plan.name, plan.kind, source, at, message).catch(() => undefined)
  // Tried again every minute: the audit log has each failure once.
  if (!isNew) return
  await ledger.audit
    .append([{ at, actor, action: 'feed-failed', subject: plan.name, details }])
    .catch(() => undefined)
}

function jobOf(
  { name, kind, ecosystems }: FeedPlan,
  { path, whole, sourceTime, cursor }: FetchedFeed,
  { at, source, ledgerUrl }: { at: string; source: string; ledgerUrl: string },
  { dryRun = false, force = false }: UpdateOptions,
): FeedJob {
  return {
    ledgerUrl,
    feed: name,
    kind,
    source,
    path,
    ecosystems,
    whole,
    at,
    dryRun,
    force,
    ...(sourceTime === undefined ? {} : { sourceTime }),
    ...(cursor === undefined ? {} : { cursor }),
  }
}

/** As it is told to people. */
export function sourceOf({ place }: Pick<FeedPlan, 'place'>): string {
  const text =
    place.kind === 'path'
      ? place.path
      : place.kind === 'document'
        ? place.url
        : `${place.base}/${place.ecosystem}`
  return isUrl(text) ? withoutUserinfo(text) : text
}

interface WorkerAnswer {
  readonly result?: FeedResult
  readonly error?: { readonly code: string; readonly message: string }
}

/** Throws what the thread told, or INTERNAL when it ended without a word. */
function runImport(job: FeedJob): Promise<FeedResult> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./feed-worker.ts', import.meta.url), {
      workerData: job,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    })
    worker.on('message', ({ result, error }: WorkerAnswer) => {
      if (result !== undefined) resolve(result)
      else
        reject(new GatewayError((error?.code ?? 'INTERNAL') as ErrorCode, error?.message ?? 'no answer', {}))
    })
    worker.on('error', (cause) =>
      reject(new GatewayError('INTERNAL', `the import of ${job.feed} ended: ${cause}`, {}, { cause })),
    )
    worker.on('exit', () =>
      reject(new GatewayError('INTERNAL', `the import of ${job.feed} said nothing`, {})),
    )
  })
}
