// What travels between the gateway and the thread that imports a feed: plain data both ways.
import type { FeedKind } from '../advisories/feed-plan.ts'
import type { FeedCounts } from '../storage/advisories-store.ts'

export interface FeedJob {
  readonly ledgerUrl: string
  readonly feed: string
  readonly kind: FeedKind
  /** Told in the feed's state, without credentials. */
  readonly source: string
  /** File or folder on this machine. */
  readonly path: string
  readonly ecosystems: readonly string[]
  /** Everything that the feed has, not only what changed. */
  readonly whole: boolean
  /** ISO 8601. */
  readonly at: string
  readonly sourceTime?: string
  readonly cursor?: string
  /** Says what would change, and changes nothing. */
  readonly dryRun: boolean
  /** Imports a whole feed although most of its records are gone. */
  readonly force: boolean
}

export interface FeedResult extends FeedCounts {
  readonly added: number
  readonly changed: number
  readonly removed: number
}
