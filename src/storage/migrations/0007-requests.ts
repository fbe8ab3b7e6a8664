// What was refused to whom, what was called back from whom, and what of it was told: the memory of drift.
import type { ColumnDefinitionBuilder, Kysely, Migration } from 'kysely'

type Column = (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder
const required: Column = (column) => column.notNull()
const rowId: Column = (column) => column.primaryKey().autoIncrement()

export const requests: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await createRefusals(db)
    await createRecalls(db)
    await createDeliveries(db)
    await db.schema.createIndex('downloads_at').on('downloads').column('at').execute()
    await db.schema.createIndex('artifacts_name').on('artifacts').columns(['type', 'name']).execute()
  },
}

async function createRefusals(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('refusals')
    .addColumn('id', 'integer', rowId)
    .addColumn('repository', 'text', required)
    .addColumn('path', 'text', required)
    .addColumn('at', 'text', required)
    .addColumn('outcome', 'text', required)
    .addColumn('rule', 'text', required)
    .addColumn('token_label', 'text')
    .addColumn('client_address', 'text', required)
    .addColumn('user_agent', 'text', required)
    .execute()
  await db.schema.createIndex('refusals_at').on('refusals').column('at').execute()
  await db.schema.createIndex('refusals_path').on('refusals').columns(['repository', 'path']).execute()
}

async function createRecalls(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('recalls')
    .addColumn('id', 'integer', rowId)
    .addColumn('repository', 'text', required)
    .addColumn('path', 'text', required)
    .addColumn('type', 'text', required)
    .addColumn('name', 'text', required)
    .addColumn('version', 'text', required)
    .addColumn('sha256', 'text', required)
    .addColumn('at', 'text', required)
    .addColumn('outcome', 'text', required)
    .addColumn('reasons', 'text', required)
    .addColumn('restored_at', 'text')
    .execute()
  await db.schema.createIndex('recalls_path').on('recalls').columns(['repository', 'path']).execute()
  await db.schema.createIndex('recalls_name').on('recalls').columns(['type', 'name']).execute()
}

async function createDeliveries(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('deliveries')
    .addColumn('id', 'integer', rowId)
    .addColumn('channel', 'text', required)
    .addColumn('event', 'text', required)
    .addColumn('subject', 'text', required)
    .addColumn('body', 'text', required)
    .addColumn('created_at', 'text', required)
    .addColumn('status', 'text', required)
    .addColumn('attempts', 'integer', required)
    .addColumn('next_at', 'text', required)
    .addColumn('error', 'text')
    .execute()
  await db.schema.createIndex('deliveries_due').on('deliveries').columns(['status', 'next_at']).execute()
}
