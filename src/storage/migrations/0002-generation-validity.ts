// Until when the signed documents of a generation are good: a restarted gateway must know, to renew them in time.
import type { Kysely, Migration } from 'kysely'

export const generationValidity: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema.alterTable('generations').addColumn('valid_until', 'text').execute()
  },
}
