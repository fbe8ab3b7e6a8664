// The audit log: a chain of entries, and signed statements of where it stood.
import { type Kysely, type Migration, SqliteAdapter, sql } from 'kysely'

export const audit: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('audit')
      .addColumn('sequence', 'integer', (column) => column.primaryKey())
      .addColumn('at', 'text', (column) => column.notNull())
      .addColumn('actor', 'text', (column) => column.notNull())
      .addColumn('action', 'text', (column) => column.notNull())
      .addColumn('subject', 'text', (column) => column.notNull())
      .addColumn('details', 'text', (column) => column.notNull())
      .addColumn('previous', 'text', (column) => column.notNull())
      .addColumn('hash', 'text', (column) => column.notNull().unique())
      .execute()
    await db.schema.createIndex('audit_subject').on('audit').column('subject').execute()
    await db.schema
      .createTable('audit_checkpoints')
      .addColumn('sequence', 'integer', (column) => column.primaryKey())
      .addColumn('hash', 'text', (column) => column.notNull())
      .addColumn('at', 'text', (column) => column.notNull())
      .addColumn('public_key', 'text', (column) => column.notNull())
      .addColumn('signature', 'text', (column) => column.notNull())
      .execute()
    if (db.getExecutor().adapter instanceof SqliteAdapter) await forbidChanges(db)
  },
}

/** A slip of ours, or of a tool, is stopped; who wants to change the file can, and then the chain shows it. */
async function forbidChanges(db: Kysely<unknown>): Promise<void> {
  for (const change of ['update', 'delete'])
    await sql
      .raw(
        `create trigger audit_no_${change} before ${change} on audit begin select raise(abort, 'the audit log is append-only'); end`,
      )
      .execute(db)
}
