// Exceptions: waivers, approvals by hand, denials.
import type { Kysely, Migration } from 'kysely'

export const waivers: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('waivers')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('effect', 'text', (column) => column.notNull())
      .addColumn('name', 'text')
      .addColumn('created_at', 'text', (column) => column.notNull())
      .addColumn('body', 'text', (column) => column.notNull())
      .addColumn('ended_at', 'text')
      .addColumn('ended_by', 'text')
      .addColumn('end_reason', 'text')
      .addColumn('changed', 'integer', (column) => column.notNull())
      .execute()
    await db.schema.createIndex('waivers_live').on('waivers').column('ended_at').execute()
  },
}
