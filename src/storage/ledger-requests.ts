// What was asked for: downloads and refusals together, and the verdicts that other processes made.
import { type Selectable, sql } from 'kysely'
import { inTransaction, type LedgerDatabase } from './ledger-database.ts'
import type { Recipient, RefusedRequest, RequestedArtifact, RequestStore } from './requests.ts'
import type { RefusalsTable } from './tables-drift.ts'
import { verdictEntry } from './verdict-rows.ts'

const DEFAULT_LIMIT = 100
/** SQLite binds at most 32,766 values in one statement. */
const ROWS_AT_ONCE = 2_000
const MAX_CHANGES = 1_000

export function openRequests(db: LedgerDatabase): RequestStore {
  return {
    async recordRefusals(refusals) {
      if (refusals.length === 0) return
      await inTransaction(db, async (writing) => {
        for (let at = 0; at < refusals.length; at += ROWS_AT_ONCE) {
          const rows = refusals.slice(at, at + ROWS_AT_ONCE).map(refusalRow)
          await writing.insertInto('refusals').values(rows).execute()
        }
      })
    },
    async refusals({ limit = DEFAULT_LIMIT, ...equal }) {
      let query = db.read.selectFrom('refusals').selectAll()
      for (const column of ['repository', 'path'] as const) {
        const wanted = equal[column]
        if (wanted !== undefined) query = query.where(column, '=', wanted)
      }
      return (await query.orderBy('id', 'desc').limit(limit).execute()).map(refusal)
    },
    requestedSince: (since) => requestedSince(db, since),
    recipientsOf: (repository, path, sha256) => recipientsOf(db, repository, path, sha256),
    async served({ type, name, version }) {
      let query = db.read
        .selectFrom('artifacts')
        .innerJoin('downloads', 'downloads.sha256', 'artifacts.sha256')
        .select(['artifacts.repository', 'artifacts.path', 'artifacts.name'])
        .select(['artifacts.version', 'artifacts.sha256'])
        .distinct()
        .whereRef('downloads.path', '=', 'artifacts.path')
        .whereRef('downloads.repository', '=', 'artifacts.repository')
        .where('artifacts.type', '=', type)
        .where('artifacts.name', '=', name)
      if (version !== undefined) query = query.where('artifacts.version', '=', version)
      return query.execute()
    },
    async servedVersions(repository, name) {
      const rows = await db.read
        .selectFrom('verdicts')
        .select('version')
        .distinct()
        .where('name', '=', name)
        .where('newest', '=', 1)
        .where('repository', '=', repository)
        .where((row) =>
          row.exists(
            row
              .selectFrom('downloads')
              .select('downloads.id')
              .whereRef('downloads.repository', '=', 'verdicts.repository')
              .whereRef('downloads.path', '=', 'verdicts.path'),
          ),
        )
        .execute()
      return rows.map(({ version }) => version)
    },
    async verdictsAfter(id) {
      const rows = await db.read
        .selectFrom('verdicts')
        .selectAll()
        .where('id', '>', id)
        .orderBy('id')
        .limit(MAX_CHANGES)
        .execute()
      return { id: rows.at(-1)?.id ?? id, entries: rows.map((row) => verdictEntry(db, row)) }
    },
    async newestVerdictId() {
      const row = await db.read
        .selectFrom('verdicts')
        .select((value) => value.fn.max('id').as('id'))
        .executeTakeFirst()
      return Number(row?.id ?? 0)
    },
    async decided(after, limit) {
      // By way of the claims: a refusal without bytes is the newest of its path, and says nothing of the bytes that were approved before.
      const rows = await db.read
        .selectFrom('claims')
        .innerJoin('verdicts', 'verdicts.id', 'claims.verdict_id')
        .selectAll('verdicts')
        .where('verdicts.id', '>', after)
        .orderBy('verdicts.id')
        .limit(limit)
        .execute()
      return rows.map((row) => ({ ...verdictEntry(db, row), id: row.id }))
    },
    async dropRefusals(before) {
      await inTransaction(db, (writing) => writing.deleteFrom('refusals').where('at', '<', before).execute())
    },
  }
}

async function requestedSince(db: LedgerDatabase, since: string): Promise<RequestedArtifact[]> {
  const rows = await db.read
    .with('asked', (build) =>
      build
        .selectFrom('downloads')
        .select(['repository', 'path', 'at', sql<number>`0`.as('refused')])
        .where('at', '>=', since)
        .unionAll(
          build
            .selectFrom('refusals')
            .select(['repository', 'path', 'at', sql<number>`1`.as('refused')])
            .where('at', '>=', since),
        ),
    )
    .selectFrom('asked')
    .select((value) => [
      'repository',
      'path',
      value.fn.sum<number>('refused').as('refused'),
      value.fn.countAll<number>().as('asked'),
      value.fn.max('at').as('last_at'),
    ])
    .groupBy(['repository', 'path'])
    .orderBy('asked', 'desc')
    .orderBy('path')
    .execute()
  return rows.map(({ repository, path, asked, refused, last_at }) => ({
    repository,
    path,
    served: Number(asked) - Number(refused),
    refused: Number(refused),
    lastAt: last_at,
  }))
}

async function recipientsOf(
  db: LedgerDatabase,
  repository: string,
  path: string,
  sha256: string,
): Promise<Recipient[]> {
  const rows = await db.read
    .selectFrom('downloads')
    .select((value) => [
      'client_address',
      'token_label',
      'user_agent',
      value.fn.countAll<number>().as('downloads'),
      value.fn.min('at').as('first_at'),
      value.fn.max('at').as('last_at'),
    ])
    .where('sha256', '=', sha256)
    .where('repository', '=', repository)
    .where('path', '=', path)
    .groupBy(['client_address', 'token_label', 'user_agent'])
    .orderBy('first_at')
    .execute()
  return rows.map(({ client_address, token_label, user_agent, downloads, first_at, last_at }) => ({
    clientAddress: client_address,
    ...(token_label === null ? {} : { tokenLabel: token_label }),
    userAgent: user_agent,
    downloads: Number(downloads),
    firstAt: first_at,
    lastAt: last_at,
  }))
}

function refusalRow({ tokenLabel, clientAddress, userAgent, ...rest }: RefusedRequest) {
  return { ...rest, token_label: tokenLabel ?? null, client_address: clientAddress, user_agent: userAgent }
}

function refusal(row: Selectable<RefusalsTable>): RefusedRequest {
  const { repository, path, at, rule } = row
  return {
    repository,
    path,
    at,
    outcome: row.outcome === 'held' ? 'held' : 'blocked',
    rule,
    ...(row.token_label === null ? {} : { tokenLabel: row.token_label }),
    clientAddress: row.client_address,
    userAgent: row.user_agent,
  }
}
