// Reads a feed from disk into the ledger: all of it or nothing.
import { readDocument, readOsv } from '../advisories/feed-files.ts'
import { normaliseRecord } from '../advisories/normalise.ts'
import type { OsvRecord } from '../advisories/osv.ts'
import { readOwnAdvisories } from '../advisories/own-advisories.ts'
import { readEpss, readKev } from '../advisories/scores.ts'
import type { AdvisoryRecord } from '../model/advisory.ts'
import type { PurlType } from '../model/claim.ts'
import { GatewayError } from '../model/errors.ts'
import type { FeedImport, FeedOutcome } from '../storage/advisories-store.ts'
import type { Ledger } from '../storage/ledger.ts'
import type { FeedJob, FeedResult } from './feed-job.ts'

const BATCH = 1000
const KEPT_EXAMPLES = 20
/** A whole feed that lost more than this share of its records is more likely cut short than right. */
const LEAST_KEPT = 0.5
const SMALL_FEED = 100

/** Throws what reading and the ledger throw; the feed then answers as before. */
export async function importFeed(job: FeedJob, ledger: Pick<Ledger, 'advisories'>): Promise<FeedResult> {
  if (job.kind === 'kev' || job.kind === 'epss') return importScores(job, ledger)
  const run = await ledger.advisories.beginImport(job.feed)
  try {
    const count = createCount()
    for await (const batch of batchesOf(job, count)) await run.add(batch)
    assertPlausible(job, count, await formerRecords(job, ledger))
    return await finish(job, run, count)
  } catch (thrown) {
    await run.abandon()
    throw thrown
  }
}

async function finish(job: FeedJob, run: FeedImport, count: Count): Promise<FeedResult> {
  const { added, changed } = run.differences
  const { records, withdrawn, foreign, broken, brokenExamples } = count
  const result = { records, withdrawn, foreign, broken, brokenExamples, added, changed }
  if (job.dryRun) {
    await run.abandon()
    return { ...result, removed: 0 }
  }
  const { removed } = await run.finish(outcomeOf(job, count), job.whole)
  return { ...result, removed }
}

interface Count {
  records: number
  withdrawn: number
  foreign: number
  broken: number
  readonly brokenExamples: string[]
  readonly types: Set<PurlType>
  readonly audits: Set<PurlType>
}

function createCount(): Count {
  const none = { records: 0, withdrawn: 0, foreign: 0, broken: 0 }
  return { ...none, brokenExamples: [], types: new Set(), audits: new Set() }
}

async function* batchesOf(job: FeedJob, count: Count): AsyncIterable<readonly AdvisoryRecord[]> {
  let batch: AdvisoryRecord[] = []
  for await (const record of recordsOf(job, count)) {
    count[record.withdrawn ? 'withdrawn' : 'records'] += 1
    for (const { type } of record.affected) {
      count.types.add(type)
      if (record.kind === 'vulnerability') count.audits.add(type)
    }
    batch.push(record)
    if (batch.length < BATCH) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

async function* recordsOf(job: FeedJob, count: Count): AsyncIterable<AdvisoryRecord> {
  const now = new Date(job.at)
  if (job.kind === 'own') {
    yield* readOwnAdvisories(await readDocument(job.path), now)
    return
  }
  for await (const item of readOsv(job.path)) {
    if ('broken' in item) {
      tell(count, `${item.broken.where.replace(`${job.path}:`, '')}: ${item.broken.why}`)
      count.broken += 1
      continue
    }
    const record = normaliseRecord(item.record, { now })
    const wanted = record === undefined ? undefined : onlyOf(record, item.record, job.ecosystems)
    if (wanted === undefined) count.foreign += 1
    else yield wanted
  }
}

function tell({ brokenExamples }: Count, text: string): void {
  if (brokenExamples.length < KEPT_EXAMPLES) brokenExamples.push(text.slice(0, 300))
}

/** Of the wanted ecosystems: `Debian` wants every release of it. */
function onlyOf(
  record: AdvisoryRecord,
  { affected }: OsvRecord,
  ecosystems: readonly string[],
): AdvisoryRecord | undefined {
  if (ecosystems.length === 0) return record
  const isWanted = (ecosystem: string) =>
    ecosystems.some((one) => ecosystem === one || ecosystem.startsWith(`${one}:`))
  if (affected.every((one) => isWanted(one.package.ecosystem))) return record
  const registries = affected.map((one) => one.package.ecosystem).filter(isWanted)
  const kept = record.affected.filter(({ release, type }) =>
    release === '' ? registries.some((one) => one.toLowerCase() === type) : isWanted(release),
  )
  return kept.length === 0 ? undefined : { ...record, affected: kept }
}

async function formerRecords({ feed }: FeedJob, ledger: Pick<Ledger, 'advisories'>): Promise<number> {
  const former = (await ledger.advisories.feeds()).find(({ name }) => name === feed)
  return former?.records ?? 0
}

/** Throws UPSTREAM_INVALID for what looks like half of a feed, or like none. */
function assertPlausible(job: FeedJob, count: Count, former: number): void {
  const read = count.records + count.withdrawn + count.foreign
  if (count.broken > read)
    throw implausible(
      job,
      `${count.broken} of its ${count.broken + read} records are broken; the first: ${count.brokenExamples[0]}`,
    )
  if (!job.whole) return
  if (read === 0 && job.kind === 'osv') throw implausible(job, 'it has no record')
  if (job.kind === 'osv' && former >= SMALL_FEED && count.records < former * LEAST_KEPT && !job.force)
    throw implausible(
      job,
      `it has ${count.records} records and had ${former}; "sallyport feeds update --force" takes it all the same`,
    )
}

function implausible({ feed }: FeedJob, why: string): GatewayError {
  return new GatewayError('UPSTREAM_INVALID', `feed ${feed} is not taken: ${why}`, { feed })
}

function outcomeOf(job: FeedJob, count: Count): FeedOutcome {
  const { kind, source, at, sourceTime, cursor } = job
  const { records, withdrawn, foreign, broken, brokenExamples } = count
  return {
    kind,
    source,
    types: [...count.types],
    audits: [...count.audits],
    at,
    ...(sourceTime === undefined ? {} : { sourceTime }),
    ...(cursor === undefined ? {} : { cursor }),
    records,
    withdrawn,
    foreign,
    broken,
    brokenExamples,
  }
}

async function importScores(job: FeedJob, ledger: Pick<Ledger, 'advisories'>): Promise<FeedResult> {
  const text = await readDocument(job.path)
  const { scores, broken, sourceTime } = job.kind === 'kev' ? readKev(text) : readEpss(text)
  const count = createCount()
  count.records = scores.size
  count.broken = broken.length
  for (const one of broken) tell(count, one)
  assertPlausible({ ...job, whole: false }, count, 0)
  const { records, brokenExamples } = count
  const outcome = outcomeOf({ ...job, ...(sourceTime === undefined ? {} : { sourceTime }) }, count)
  if (!job.dryRun) await ledger.advisories.replaceScores(job.feed, scores, outcome)
  const none = { withdrawn: 0, foreign: 0, added: 0, changed: 0, removed: 0 }
  return { ...none, records, broken: broken.length, brokenExamples }
}
