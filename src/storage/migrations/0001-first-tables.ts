// The tables that the two doors need.
import { type ColumnDefinitionBuilder, type Kysely, type Migration, sql } from 'kysely'

type Column = (column: ColumnDefinitionBuilder) => ColumnDefinitionBuilder
const required: Column = (column) => column.notNull()
const rowId: Column = (column) => column.primaryKey().autoIncrement()

export const firstTables: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await createClaims(db)
    await createArtifacts(db)
    await createEvidence(db)
    await createVerdicts(db)
    await createDownloads(db)
    await createIndexes(db)
    await createSettings(db)
  },
}

async function createClaims(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('claims')
    .addColumn('id', 'integer', rowId)
    .addColumn('repository', 'text', required)
    .addColumn('path', 'text', required)
    .addColumn('index_key', 'text', required)
    .addColumn('type', 'text', required)
    .addColumn('name', 'text', required)
    .addColumn('version', 'text', required)
    .addColumn('url', 'text', required)
    .addColumn('digests', 'text', required)
    .addColumn('claimed_bytes', 'bigint')
    .addColumn('published_at', 'text')
    .addColumn('facts', 'text', required)
    .addColumn('fingerprint', 'text', required)
    .addColumn('sha256', 'text')
    .addColumn('size_bytes', 'bigint')
    .addColumn('verdict_id', 'integer')
    .addUniqueConstraint('claims_path', ['repository', 'path'])
    .execute()
  await db.schema.createIndex('claims_index_key').on('claims').columns(['repository', 'index_key']).execute()
  await db.schema
    .createIndex('claims_decided')
    .on('claims')
    .columns(['repository', 'index_key'])
    .where(sql.ref('verdict_id'), 'is not', null)
    .execute()
  await db.schema
    .createIndex('claims_sha256')
    .on('claims')
    .column('sha256')
    .where('sha256', 'is not', null)
    .execute()
}

async function createArtifacts(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('artifacts')
    .addColumn('id', 'integer', rowId)
    .addColumn('repository', 'text', required)
    .addColumn('path', 'text', required)
    .addColumn('type', 'text', required)
    .addColumn('name', 'text', required)
    .addColumn('version', 'text', required)
    .addColumn('sha256', 'text', required)
    .addColumn('size_bytes', 'bigint', required)
    .addColumn('digests', 'text', required)
    .addColumn('linked_at', 'text', required)
    .addUniqueConstraint('artifacts_link', ['repository', 'path', 'sha256'])
    .execute()
}

async function createEvidence(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('evidence')
    .addColumn('id', 'integer', rowId)
    .addColumn('sha256', 'text', required)
    .addColumn('type', 'text', required)
    .addColumn('examination_key', 'text', required)
    .addColumn('examined_at', 'text', required)
    .addColumn('body', 'text', required)
    .addUniqueConstraint('evidence_key', ['sha256', 'type', 'examination_key'])
    .execute()
}

async function createVerdicts(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('verdicts')
    .addColumn('id', 'integer', rowId)
    .addColumn('repository', 'text', required)
    .addColumn('path', 'text', required)
    .addColumn('type', 'text', required)
    .addColumn('name', 'text', required)
    .addColumn('version', 'text', required)
    .addColumn('sha256', 'text', required)
    .addColumn('outcome', 'text', required)
    .addColumn('reasons', 'text', required)
    .addColumn('warnings', 'text', required)
    .addColumn('reconsider_at', 'text')
    .addColumn('policy', 'text', required)
    .addColumn('examination_key', 'text', required)
    .addColumn('decided_at', 'text', required)
    .addColumn('actor', 'text', required)
    .addColumn('newest', 'integer', required)
    .execute()
  await db.schema.createIndex('verdicts_path').on('verdicts').columns(['repository', 'path', 'id']).execute()
  await db.schema.createIndex('verdicts_name').on('verdicts').columns(['name', 'version', 'newest']).execute()
  await db.schema.createIndex('verdicts_sha256').on('verdicts').columns(['sha256', 'newest']).execute()
  await db.schema
    .createIndex('verdicts_outcome')
    .on('verdicts')
    .columns(['newest', 'outcome', 'id'])
    .execute()
}

async function createDownloads(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('downloads')
    .addColumn('id', 'integer', rowId)
    .addColumn('repository', 'text', required)
    .addColumn('path', 'text', required)
    .addColumn('sha256', 'text', required)
    .addColumn('at', 'text', required)
    .addColumn('token_label', 'text')
    .addColumn('client_address', 'text', required)
    .addColumn('user_agent', 'text', required)
    .addColumn('status', 'integer', required)
    .execute()
  await db.schema.createIndex('downloads_path').on('downloads').columns(['repository', 'path']).execute()
  await db.schema.createIndex('downloads_sha256').on('downloads').column('sha256').execute()
  await db.schema
    .createTable('attempts')
    .addColumn('id', 'integer', rowId)
    .addColumn('repository', 'text', required)
    .addColumn('path', 'text', required)
    .addColumn('at', 'text', required)
    .addColumn('code', 'text', required)
    .addColumn('message', 'text', required)
    .execute()
  await db.schema.createIndex('attempts_path').on('attempts').columns(['repository', 'path', 'id']).execute()
}

async function createIndexes(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('index_sets')
    .addColumn('repository', 'text', required)
    .addColumn('key', 'text', required)
    .addColumn('fetched_at', 'text', required)
    .addColumn('body', 'text', required)
    .addPrimaryKeyConstraint('index_sets_key', ['repository', 'key'])
    .execute()
  await db.schema
    .createTable('generations')
    .addColumn('repository', 'text', required)
    .addColumn('key', 'text', required)
    .addColumn('number', 'integer', required)
    .addColumn('created_at', 'text', required)
    .addColumn('input_key', 'text', required)
    .addColumn('documents', 'text', required)
    .addPrimaryKeyConstraint('generations_key', ['repository', 'key', 'number'])
    .execute()
  await db.schema
    .createTable('document_blobs')
    .addColumn('repository', 'text', required)
    .addColumn('key', 'text', required)
    .addColumn('number', 'integer', required)
    .addColumn('sha256', 'text', required)
    .addPrimaryKeyConstraint('document_blobs_key', ['repository', 'key', 'number', 'sha256'])
    .execute()
  await db.schema.createIndex('document_blobs_sha256').on('document_blobs').column('sha256').execute()
}

async function createSettings(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('settings')
    .addColumn('key', 'text', (column) => column.primaryKey())
    .addColumn('value', 'text', required)
    .execute()
  await db.schema
    .createTable('revision')
    .addColumn('id', 'integer', (column) => column.primaryKey())
    .addColumn('value', 'integer', required)
    .execute()
  await (db as Kysely<{ revision: { id: number; value: number } }>)
    .insertInto('revision')
    .values({ id: 1, value: 0 })
    .execute()
}
