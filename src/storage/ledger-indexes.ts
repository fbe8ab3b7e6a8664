// Index sets as last accepted, and the generations made of them.
import { hash } from 'node:crypto'
import type { Selectable } from 'kysely'
import type { IndexSet } from '../model/index-set.ts'
import type { AuditFact } from './audit.ts'
import type { Generation, Ledger } from './ledger.ts'
import type { AppendAudit } from './ledger-audit.ts'
import { inTransaction, type LedgerDatabase, readJson, type Writing } from './ledger-database.ts'
import { prepareQuery, prepareRows } from './prepared-query.ts'
import type { DocumentBlobsTable, GenerationsTable } from './tables.ts'

type IndexesPart = Pick<Ledger, 'indexSet' | 'putIndexSet' | 'putGeneration' | 'generations'>

/** `document_blobs.number` of an index set; generations count from 1. */
const INDEX_SET = 0
/** Older generations of a key go, and let go of their blobs. */
const KEPT_GENERATIONS = 20

export function openIndexes(db: LedgerDatabase, append: AppendAudit): IndexesPart {
  const queries = prepareQueries(db)

  async function holdBlobs(
    writing: Writing,
    holder: Omit<DocumentBlobsTable, 'sha256'>,
    digests: Iterable<string>,
  ): Promise<void> {
    await queries.letGo(writing, { ...holder })
    const rows = [...new Set(digests)].map((sha256) => ({ ...holder, sha256 }))
    await queries.hold(writing, rows)
  }

  return {
    async indexSet(repository, key) {
      const [row] = await queries.indexSet(db.read, { repository, key })
      return row && { set: readJson<IndexSet>(db, row.body, 'index_sets.body'), fetchedAt: row.fetched_at }
    },
    async putIndexSet(repository, set, fetchedAt) {
      const { key } = set
      await inTransaction(db, async (writing) => {
        await queries.putIndexSet(writing, { repository, key, fetchedAt, body: JSON.stringify(set) })
        const digests = set.documents.map((document) => document.sha256)
        await holdBlobs(writing, { repository, key, number: INDEX_SET }, digests)
      })
    },
    async putGeneration(generation, drop) {
      const { repository, key, number, createdAt, inputKey, documents, validUntil = null } = generation
      return inTransaction(db, async (writing) => {
        const [newest] = await queries.generations(writing, { repository, key, limit: 1 })
        if (newest !== undefined && newest.number >= number) return false
        const body = { createdAt, inputKey, documents: JSON.stringify(documents), validUntil }
        await queries.putGeneration(writing, { repository, key, number, ...body })
        const digests = Object.values(documents).map((document) => document.sha256)
        await holdBlobs(writing, { repository, key, number }, digests)
        if (drop === undefined) {
          await queries.letGoBefore(writing, { repository, key, number: number - KEPT_GENERATIONS })
          await queries.dropBefore(writing, { repository, key, number: number - KEPT_GENERATIONS })
        }
        for (const old of drop ?? []) {
          await queries.letGo(writing, { repository, key, number: old })
          await queries.drop(writing, { repository, key, number: old })
        }
        await append(writing, [publicationFact(generation)])
        return true
      })
    },
    async generations(repository, key, limit = KEPT_GENERATIONS) {
      return (await queries.generations(db.read, { repository, key, limit })).map((row) =>
        generationOf(db, row),
      )
    },
  }
}

/** What the audit log says of a generation: enough to tell later which documents were served. */
function publicationFact({ repository, key, number, createdAt, ...rest }: Generation): AuditFact {
  const { documents, inputKey, validUntil } = rest
  const list = Object.entries(documents).map(([path, { sha256 }]) => [path, sha256])
  const details = {
    number,
    key,
    inputKey,
    documents: list.length,
    documentsSha256: hash('sha256', JSON.stringify(list.toSorted()), 'hex'),
    ...(validUntil === undefined ? {} : { validUntil }),
  }
  return { at: createdAt, actor: 'gateway', action: 'published', subject: repository, details }
}

function generationOf(db: LedgerDatabase, row: Selectable<GenerationsTable>): Generation {
  return {
    repository: row.repository,
    key: row.key,
    number: row.number,
    createdAt: row.created_at,
    inputKey: row.input_key,
    documents: readJson<Generation['documents']>(db, row.documents, 'generations.documents'),
    ...(row.valid_until === null ? {} : { validUntil: row.valid_until }),
  }
}

function prepareQueries(db: LedgerDatabase) {
  return {
    indexSet: prepareQuery((value) =>
      db.read
        .selectFrom('index_sets')
        .selectAll()
        .where('repository', '=', value('repository'))
        .where('key', '=', value('key')),
    ),
    putIndexSet: prepareQuery((value) =>
      db.write
        .insertInto('index_sets')
        .values({
          repository: value('repository'),
          key: value('key'),
          fetched_at: value('fetchedAt'),
          body: value('body'),
        })
        .onConflict((conflict) =>
          conflict.columns(['repository', 'key']).doUpdateSet((row) => ({
            fetched_at: row.ref('excluded.fetched_at'),
            body: row.ref('excluded.body'),
          })),
        ),
    ),
    putGeneration: prepareQuery((value, number) =>
      db.write.insertInto('generations').values({
        repository: value('repository'),
        key: value('key'),
        number: number('number'),
        created_at: value('createdAt'),
        input_key: value('inputKey'),
        documents: value('documents'),
        valid_until: value('validUntil'),
      }),
    ),
    generations: prepareQuery((value, number) =>
      db.read
        .selectFrom('generations')
        .selectAll()
        .where('repository', '=', value('repository'))
        .where('key', '=', value('key'))
        .orderBy('number', 'desc')
        .limit(number('limit')),
    ),
    drop: prepareQuery((value, number) =>
      db.write
        .deleteFrom('generations')
        .where('repository', '=', value('repository'))
        .where('key', '=', value('key'))
        .where('number', '=', number('number')),
    ),
    dropBefore: prepareQuery((value, number) =>
      db.write
        .deleteFrom('generations')
        .where('repository', '=', value('repository'))
        .where('key', '=', value('key'))
        .where('number', '<=', number('number')),
    ),
    letGo: prepareQuery((value, number) =>
      db.write
        .deleteFrom('document_blobs')
        .where('repository', '=', value('repository'))
        .where('key', '=', value('key'))
        .where('number', '=', number('number')),
    ),
    letGoBefore: prepareQuery((value, number) =>
      db.write
        .deleteFrom('document_blobs')
        .where('repository', '=', value('repository'))
        .where('key', '=', value('key'))
        .where('number', '>', INDEX_SET)
        .where('number', '<=', number('number')),
    ),
    hold: prepareRows<DocumentBlobsTable>(['repository', 'key', 'number', 'sha256'], (rows) =>
      db.write.insertInto('document_blobs').values(rows),
    ),
  }
}
