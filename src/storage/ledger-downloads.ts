// Who fetched what, and which first fetches failed.
import type { Insertable, Selectable } from 'kysely'
import type { Attempt, Download, Ledger } from './ledger.ts'
import { inTransaction, type LedgerDatabase } from './ledger-database.ts'
import { prepareQuery, prepareRows } from './prepared-query.ts'
import type { DownloadsTable } from './tables.ts'

type DownloadsPart = Pick<Ledger, 'recordAttempt' | 'attempts' | 'recordDownloads' | 'downloads'>
type DownloadRow = Required<Omit<Insertable<DownloadsTable>, 'id'>>

const DEFAULT_LIMIT = 100
/** Attempts kept of one path; an artifact that is asked for all day long must not fill the database. */
const KEPT_ATTEMPTS = 100

export function openDownloads(db: LedgerDatabase): DownloadsPart {
  const queries = prepareQueries(db)
  return {
    async recordAttempt(attempt) {
      await inTransaction(db, async (writing) => {
        await queries.addAttempt(writing, { ...attempt })
        await queries.dropOldAttempts(writing, { repository: attempt.repository, path: attempt.path })
      })
    },
    async attempts(repository, path) {
      const rows = await queries.attempts(db.read, { repository, path })
      return rows.map(({ id: _, ...attempt }): Attempt => attempt)
    },
    async recordDownloads(downloads) {
      if (downloads.length === 0) return
      await inTransaction(db, (writing) => queries.addDownloads(writing, downloads.map(downloadRow)))
    },
    async downloads({ limit = DEFAULT_LIMIT, ...equal }) {
      let query = db.read.selectFrom('downloads').selectAll()
      for (const column of ['sha256', 'repository', 'path'] as const) {
        const wanted = equal[column]
        if (wanted !== undefined) query = query.where(column, '=', wanted)
      }
      return (await query.orderBy('id', 'desc').limit(limit).execute()).map(download)
    },
  }
}

function downloadRow(download: Download): DownloadRow {
  const { repository, path, sha256, at, tokenLabel, clientAddress, userAgent, status } = download
  return {
    repository,
    path,
    sha256,
    at,
    token_label: tokenLabel ?? null,
    client_address: clientAddress,
    user_agent: userAgent,
    status,
  }
}

function download(row: Selectable<DownloadsTable>): Download {
  const { repository, path, sha256, at, status } = row
  return {
    repository,
    path,
    sha256,
    at,
    ...(row.token_label === null ? {} : { tokenLabel: row.token_label }),
    clientAddress: row.client_address,
    userAgent: row.user_agent,
    status,
  }
}

function prepareQueries(db: LedgerDatabase) {
  return {
    addAttempt: prepareQuery((value) =>
      db.write.insertInto('attempts').values({
        repository: value('repository'),
        path: value('path'),
        at: value('at'),
        code: value('code'),
        message: value('message'),
      }),
    ),
    dropOldAttempts: prepareQuery((value) =>
      db.write
        .deleteFrom('attempts')
        .where('id', 'in', (from) =>
          from
            .selectFrom('attempts')
            .select('id')
            .where('repository', '=', value('repository'))
            .where('path', '=', value('path'))
            .orderBy('id', 'desc')
            .limit(KEPT_ATTEMPTS)
            .offset(KEPT_ATTEMPTS),
        ),
    ),
    attempts: prepareQuery((value) =>
      db.read
        .selectFrom('attempts')
        .selectAll()
        .where('repository', '=', value('repository'))
        .where('path', '=', value('path'))
        .orderBy('id', 'desc'),
    ),
    addDownloads: prepareRows<DownloadRow>(
      ['repository', 'path', 'sha256', 'at', 'token_label', 'client_address', 'user_agent', 'status'],
      (rows) => db.write.insertInto('downloads').values(rows),
    ),
  }
}
