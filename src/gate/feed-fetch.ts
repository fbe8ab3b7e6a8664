// Brings a feed's source to this machine: whole, or what changed since the last time; or finds that nothing did.
import { createWriteStream } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { bucketUrl, changesIn } from '../advisories/bucket.ts'
import type { FeedPlace, FeedPlan } from '../advisories/feed-plan.ts'
import { asGatewayError, GatewayError } from '../model/errors.ts'
import type { FeedState } from '../storage/advisories-store.ts'
import type { UpstreamClient } from '../upstream/upstream.ts'

/** What is on disk now, and how to go on from it. */
export interface FetchedFeed {
  readonly path: string
  readonly whole: boolean
  readonly sourceTime?: string
  readonly cursor?: string
  /** Removes what was downloaded. */
  drop(): Promise<void>
}

export type FeedFetch = FetchedFeed | { readonly unchanged: true; readonly cursor?: string }

export interface FeedFetchParts {
  readonly upstream: UpstreamClient
  /** Downloads lie here while they are imported. */
  readonly directory: string
  readonly now: () => Date
  /** Whether a record is on hand under this id. */
  readonly isKnown: (id: string) => Promise<boolean>
}

const MAX_FEED_BYTES = 4 * 1024 ** 3
const MAX_LIST_BYTES = 256 * 1024 ** 2
const MAX_RECORD_BYTES = 16 * 1024 ** 2
/** More changes than this are quicker read as a whole. */
const MOST_INCREMENTS = 500
/** What was removed from a bucket is in no list of changes: the whole is read again after this long. */
const WHOLE_EVERY_MS = 7 * 86_400_000

/** `whole`: everything, although an increment would do. Throws UPSTREAM_* and CONFIG_INVALID. */
export function fetchFeed(
  plan: FeedPlan,
  former: FeedState | undefined,
  whole: boolean,
  parts: FeedFetchParts,
): Promise<FeedFetch> {
  const { place } = plan
  switch (place.kind) {
    case 'path':
      return readPath(place.path, former, whole)
    case 'document':
      return fetchDocument(place.url, former, whole, parts)
    case 'bucket':
      return fetchBucket(place, former, whole, parts)
  }
}

/** A file's age is its own: a copy brought by hand is as old as it was there. */
async function readPath(path: string, former: FeedState | undefined, whole: boolean): Promise<FeedFetch> {
  const sourceTime = new Date(await newestTime(path)).toISOString()
  const isSame =
    former?.sourceTime === sourceTime && former.lastError === undefined && former.wholeAt !== undefined
  if (isSame && !whole) return { unchanged: true }
  return { path, whole: true, sourceTime, drop: async () => {} }
}

async function newestTime(path: string): Promise<number> {
  try {
    const own = await stat(path)
    if (!own.isDirectory()) return Math.floor(own.mtimeMs)
    const names = await readdir(path, { recursive: true })
    const times = await Promise.all(names.map(async (name) => (await stat(join(path, name))).mtimeMs))
    return Math.floor(Math.max(own.mtimeMs, ...times))
  } catch (cause) {
    const why = asGatewayError(cause).message
    throw new GatewayError(
      'CONFIG_INVALID',
      `advisories in ${path} cannot be read: ${why}`,
      { path },
      { cause },
    )
  }
}

async function fetchDocument(
  url: string,
  former: FeedState | undefined,
  whole: boolean,
  parts: FeedFetchParts,
): Promise<FeedFetch> {
  const known = whole || former?.wholeAt === undefined ? undefined : former.cursor
  const { status, headers, body } = await parts.upstream.request({
    url,
    headers: { 'accept-encoding': 'identity', ...(known === undefined ? {} : { 'if-none-match': known }) },
    maxBytes: MAX_FEED_BYTES,
  })
  if (status === 304) return { unchanged: true }
  const folder = await makeFolder(parts)
  const drop = () => rm(folder, { recursive: true, force: true })
  try {
    const path = join(folder, basename(new URL(url).pathname))
    await pipeline(Readable.from(body), createWriteStream(path))
    const { etag, 'last-modified': modified } = headers
    return {
      path,
      whole: true,
      drop,
      ...(etag === undefined ? {} : { cursor: etag }),
      ...timeOf(modified),
    }
  } catch (thrown) {
    await drop()
    throw thrown
  }
}

type Bucket = Extract<FeedPlace, { kind: 'bucket' }>

async function fetchBucket(
  place: Bucket,
  former: FeedState | undefined,
  whole: boolean,
  parts: FeedFetchParts,
): Promise<FeedFetch> {
  const now = parts.now()
  // Before the records: what changes while they are fetched comes again with the next list.
  const list = await changesOf(place, former, parts)
  const isDue = now.getTime() - Date.parse(former?.wholeAt ?? '') < WHOLE_EVERY_MS
  const increment = !whole && isDue && former?.cursor !== undefined && list !== undefined
  if (increment && list.ids.length === 0) return { unchanged: true, cursor: list.cursor }
  if (increment && list.ids.length <= MOST_INCREMENTS) return fetchRecords(place, list, parts)
  const all = await fetchDocument(bucketUrl(place, 'all.zip'), undefined, true, parts)
  if ('unchanged' in all) return all
  const { cursor: _, ...rest } = all
  return list === undefined ? rest : { ...rest, cursor: list.cursor }
}

/** Undefined when the bucket has no list. Throws UPSTREAM_INVALID for a list that is none. */
async function changesOf(
  place: Bucket,
  former: FeedState | undefined,
  { upstream, now, isKnown }: FeedFetchParts,
): Promise<{ ids: readonly string[]; cursor: string } | undefined> {
  const url = bucketUrl(place, 'modified_id.csv')
  const csv = await textOf(upstream, url, MAX_LIST_BYTES)
  if (csv === undefined) return undefined
  const changes = changesIn(csv, former?.cursor ?? '', now())
  if (changes === undefined)
    throw new GatewayError('UPSTREAM_INVALID', `${url} is no list of times and ids`, { url })
  const { ids, same, cursor } = changes
  return { ids: [...ids, ...(await missingOf(same, isKnown))], cursor }
}

/** Where a bucket stamps nearly everything with one time, nothing is told by looking. */
async function missingOf(
  ids: readonly string[],
  isKnown: FeedFetchParts['isKnown'],
): Promise<readonly string[]> {
  if (ids.length > MOST_INCREMENTS) return []
  const known = await Promise.all(ids.map(isKnown))
  return ids.filter((_, at) => known[at] === false)
}

async function fetchRecords(
  place: Bucket,
  { ids, cursor }: { ids: readonly string[]; cursor: string },
  parts: FeedFetchParts,
): Promise<FetchedFeed> {
  const folder = await makeFolder(parts)
  const drop = () => rm(folder, { recursive: true, force: true })
  try {
    for (const [at, id] of ids.entries()) {
      // A record that is gone by now was removed; the next whole import forgets it.
      const text = await textOf(parts.upstream, bucketUrl(place, `${id}.json`), MAX_RECORD_BYTES)
      if (text !== undefined) await writeFile(join(folder, `${at}.json`), text)
    }
    return { path: folder, whole: false, cursor, drop }
  } catch (thrown) {
    await drop()
    throw thrown
  }
}

/** Undefined when there is no such document. */
async function textOf(upstream: UpstreamClient, url: string, maxBytes: number): Promise<string | undefined> {
  try {
    const { body } = await upstream.request({ url, headers: { 'accept-encoding': 'gzip' }, maxBytes })
    const chunks: Uint8Array[] = []
    for await (const chunk of body) chunks.push(chunk)
    return Buffer.concat(chunks).toString('utf8')
  } catch (thrown) {
    if (asGatewayError(thrown).code === 'NOT_FOUND') return undefined
    throw thrown
  }
}

async function makeFolder({ directory }: FeedFetchParts): Promise<string> {
  await mkdir(directory, { recursive: true })
  return mkdtemp(join(directory, 'feed-'))
}

function timeOf(header: string | undefined): { sourceTime?: string } {
  const time = Date.parse(header ?? '')
  return Number.isNaN(time) ? {} : { sourceTime: new Date(time).toISOString() }
}
