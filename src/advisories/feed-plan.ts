// What a configured feed comes down to: one or more places to read, each with records of its own in the ledger.
import type { PurlType } from '../model/claim.ts'
import { osvEcosystem } from './distributions.ts'

export const FEED_KINDS = ['osv', 'kev', 'epss', 'own'] as const
export type FeedKind = (typeof FEED_KINDS)[number]

/** A feed as configured. */
export interface FeedSettings {
  readonly name: string
  readonly kind: FeedKind
  /** URL of a document or of a bucket in OSV's layout; or an absolute path of a file or folder. */
  readonly source: string
  /** OSV ecosystems: the folders of a bucket, or the only ones that count of any other source. */
  readonly ecosystems: readonly string[]
  readonly maxAgeMs: number
  readonly refreshMs: number
  readonly onStale: 'hold' | 'allow'
}

export type FeedPlace =
  /** `BASE/ECOSYSTEM/all.zip`, and `modified_id.csv` beside it for increments. */
  | { readonly kind: 'bucket'; readonly base: string; readonly ecosystem: string }
  | { readonly kind: 'document'; readonly url: string }
  | { readonly kind: 'path'; readonly path: string }

export interface FeedPlan extends FeedSettings {
  readonly place: FeedPlace
  /** Kinds of package that it is about; undefined when only its records tell. */
  readonly types?: readonly PurlType[]
}

const DOCUMENT = /\.(?:(?:json|jsonl|ndjson|tar|csv|ya?ml)(?:\.gz)?|tgz|zip)$/

export function isUrl(source: string): boolean {
  return /^https?:\/\//.test(source)
}

/** Whether a URL leads to a bucket: its path does not end as a file that could be read. */
export function isBucket(source: string): boolean {
  return isUrl(source) && !DOCUMENT.test(source.replace(/[?#].*$/s, ''))
}

export function planFeed(feed: FeedSettings): readonly FeedPlan[] {
  const types = typesOf(feed.ecosystems)
  const known = types.length === 0 ? {} : { types }
  if (!isUrl(feed.source)) return [{ ...feed, ...known, place: { kind: 'path', path: feed.source } }]
  if (!isBucket(feed.source)) return [{ ...feed, ...known, place: { kind: 'document', url: feed.source } }]
  const base = feed.source.replace(/\/+$/, '')
  return feed.ecosystems.map((ecosystem) => ({
    ...feed,
    name: `${feed.name}/${ecosystem}`,
    ecosystems: [ecosystem],
    types: typesOf([ecosystem]),
    place: { kind: 'bucket', base, ecosystem },
  }))
}

function typesOf(ecosystems: readonly string[]): readonly PurlType[] {
  return [...new Set(ecosystems.flatMap((one) => osvEcosystem(one)?.type ?? []))]
}
