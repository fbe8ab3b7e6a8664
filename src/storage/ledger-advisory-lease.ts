// One importer a feed, whatever process it runs in: a lease that is renewed with every batch and lost when nobody renews it.
import { randomUUID } from 'node:crypto'
import { GatewayError } from '../model/errors.ts'
import { ensureFeed } from './ledger-advisory-feeds.ts'
import { inTransaction, type LedgerDatabase, type Writing } from './ledger-database.ts'

const LEASE_MS = 60_000

export interface FeedLease {
  readonly feed: string
  /** Number of the last finished import. */
  readonly epoch: number
  /** Inside a transaction, before anything is written. Throws BUSY when another importer has taken over. */
  renew(writing: Writing): Promise<void>
  release(): Promise<void>
}

/** Throws BUSY while somebody else imports the feed. */
export async function takeLease(db: LedgerDatabase, feed: string): Promise<FeedLease> {
  const lease = randomUUID()
  const epoch = await inTransaction(db, async (writing) => {
    await ensureFeed(writing, feed)
    const { epoch, lease_until } = await writing
      .selectFrom('advisory_feeds')
      .select(['epoch', 'lease_until'])
      .where('name', '=', feed)
      .executeTakeFirstOrThrow()
    if (lease_until !== null && lease_until > Date.now())
      throw new GatewayError('BUSY', `feed ${feed} is being imported by another process`, { feed })
    await writing
      .updateTable('advisory_feeds')
      .set({ lease, lease_until: Date.now() + LEASE_MS })
      .where('name', '=', feed)
      .execute()
    return epoch
  })
  return {
    feed,
    epoch,
    async renew(writing) {
      const { numUpdatedRows } = await writing
        .updateTable('advisory_feeds')
        .set({ lease_until: Date.now() + LEASE_MS })
        .where('name', '=', feed)
        .where('lease', '=', lease)
        .executeTakeFirst()
      if (numUpdatedRows !== 1n)
        throw new GatewayError('BUSY', `the import of feed ${feed} was taken over by another process`, {
          feed,
        })
    },
    async release() {
      await inTransaction(db, async (writing) => {
        await writing
          .updateTable('advisory_feeds')
          .set({ lease: null, lease_until: null })
          .where('name', '=', feed)
          .where('lease', '=', lease)
          .execute()
      })
    },
  }
}
