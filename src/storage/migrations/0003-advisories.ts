// Advisories by package, scores by CVE, feed states, and what changed when.
import { type ColumnDefinitionBuilder, type Kysely, type Migration, sql } from 'kysely'

type Column = (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder
const required: Column = (column) => column.notNull()
const count: Column = (column) => column.notNull().defaultTo(0)

export const advisories: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await createFeeds(db)
    await createRecords(db)
    await createScores(db)
    await createChanges(db)
    await indexDecidedClaims(db)
  },
}

async function createFeeds(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('advisory_feeds')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('kind', 'text', required)
    .addColumn('source', 'text', required)
    .addColumn('types', 'text', required)
    .addColumn('audits', 'text', required)
    .addColumn('checked_at', 'text')
    .addColumn('imported_at', 'text')
    .addColumn('source_time', 'text')
    .addColumn('whole_at', 'text')
    .addColumn('cursor', 'text')
    .addColumn('failed_at', 'text')
    .addColumn('failure', 'text')
    .addColumn('records', 'integer', count)
    .addColumn('withdrawn', 'integer', count)
    .addColumn('foreign_records', 'integer', count)
    .addColumn('broken', 'integer', count)
    .addColumn('broken_examples', 'text', required)
    .addColumn('epoch', 'integer', count)
    .addColumn('lease', 'text')
    .addColumn('lease_until', 'bigint')
    .execute()
}

async function createRecords(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('advisories')
    .addColumn('number', 'integer', (column) => column.primaryKey())
    .addColumn('feed', 'text', required)
    .addColumn('id', 'text', required)
    .addColumn('since', 'integer', required)
    .addColumn('until', 'integer')
    .addColumn('fingerprint', 'text', required)
    .addColumn('modified', 'text', required)
    .addColumn('withdrawn', 'integer', required)
    .addColumn('body', 'text', required)
    .execute()
  await db.schema.createIndex('advisories_feed_id').on('advisories').columns(['feed', 'id']).execute()
  await db.schema.createIndex('advisories_id').on('advisories').column('id').execute()
  await db.schema
    .createIndex('advisories_ended')
    .on('advisories')
    .columns(['feed', 'until'])
    .where(sql.ref('until'), 'is not', null)
    .execute()
  await db.schema
    .createTable('advisory_packages')
    .addColumn('advisory', 'integer', required)
    .addColumn('type', 'text', required)
    .addColumn('name', 'text', required)
    .addColumn('release', 'text', required)
    .addColumn('body', 'text', required)
    .execute()
  await db.schema
    .createIndex('advisory_packages_name')
    .on('advisory_packages')
    .columns(['type', 'name'])
    .execute()
  await db.schema
    .createIndex('advisory_packages_advisory')
    .on('advisory_packages')
    .column('advisory')
    .execute()
}

async function createScores(db: Kysely<unknown>): Promise<void> {
  // Aliases and digests of harmful artifacts: whatever else an advisory is looked for by.
  await db.schema
    .createTable('advisory_keys')
    .addColumn('key', 'text', required)
    .addColumn('advisory', 'integer', required)
    .execute()
  await db.schema.createIndex('advisory_keys_key').on('advisory_keys').column('key').execute()
  await db.schema.createIndex('advisory_keys_advisory').on('advisory_keys').column('advisory').execute()
  await db.schema
    .createTable('advisory_scores')
    .addColumn('cve', 'text', (column) => column.primaryKey())
    .addColumn('kev', 'real')
    .addColumn('epss', 'real')
    .execute()
}

async function createChanges(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('advisory_changes')
    .addColumn('serial', 'integer', (column) => column.primaryKey().autoIncrement())
    .addColumn('feed', 'text', required)
    .addColumn('at', 'text', required)
    .addColumn('everything', 'integer', required)
    .addColumn('touched', 'text', required)
    .execute()
}

/** Only claims with a verdict are asked for by package or source; of a whole archive these are few. */
async function indexDecidedClaims(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createIndex('claims_decided_name')
    .on('claims')
    .columns(['type', 'name'])
    .where(sql.ref('verdict_id'), 'is not', null)
    .execute()
  await sql`create index claims_decided_source on claims (type, json_extract(facts, '$.source')) where verdict_id is not null`.execute(
    db,
  )
}
