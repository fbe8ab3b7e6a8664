// The state of each feed, and how it ends.
import type { AdvisoriesStore } from './advisories-store.ts'
import { feedState } from './advisory-rows.ts'
import type { AdvisoryChangeLog } from './ledger-advisory-changes.ts'
import { inTransaction, type LedgerDatabase, type Writing } from './ledger-database.ts'

type FeedsPart = Pick<AdvisoriesStore, 'feeds' | 'feedUnchanged' | 'feedFailed' | 'dropFeed'>

export function openAdvisoryFeeds(db: LedgerDatabase, changes: AdvisoryChangeLog): FeedsPart {
  return {
    async feeds() {
      const rows = await db.read.selectFrom('advisory_feeds').selectAll().orderBy('name').execute()
      return rows.map((row) => feedState(db, row))
    },
    async feedUnchanged(feed, at, cursor) {
      await inTransaction(db, async (writing) => {
        await writing
          .updateTable('advisory_feeds')
          .set({
            checked_at: at,
            failed_at: null,
            failure: null,
            ...(cursor === undefined ? {} : { cursor }),
          })
          .where('name', '=', feed)
          .execute()
      })
    },
    async feedFailed(feed, kind, source, at, message) {
      await inTransaction(db, async (writing) => {
        await ensureFeed(writing, feed)
        await writing
          .updateTable('advisory_feeds')
          .set({ kind, source, failed_at: at, failure: message })
          .where('name', '=', feed)
          .execute()
      })
    },
    async dropFeed(feed) {
      return inTransaction(db, async (writing) => {
        // Scores have no feed of their own: there is one list of each kind.
        const known = await writing
          .selectFrom('advisory_feeds')
          .select('kind')
          .where('name', '=', feed)
          .executeTakeFirst()
        if (known?.kind === 'kev' || known?.kind === 'epss')
          await writing
            .updateTable('advisory_scores')
            .set({ [known.kind]: null })
            .execute()
        const records = writing.selectFrom('advisories').select('number').where('feed', '=', feed)
        await writing.deleteFrom('advisory_packages').where('advisory', 'in', records).execute()
        await writing.deleteFrom('advisory_keys').where('advisory', 'in', records).execute()
        await writing.deleteFrom('advisories').where('feed', '=', feed).execute()
        await writing.deleteFrom('advisory_feeds').where('name', '=', feed).execute()
        return changes.record(writing, feed, new Date().toISOString(), 'everything')
      })
    },
  }
}

/** A feed that nobody knows yet, with nothing in it. */
export async function ensureFeed(writing: Writing, name: string): Promise<void> {
  await writing
    .insertInto('advisory_feeds')
    .values({ name, kind: '', source: '', types: '[]', audits: '[]', broken_examples: '[]' })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .execute()
}
