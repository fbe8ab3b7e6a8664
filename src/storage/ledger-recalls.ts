// Approvals that were taken back.
import type { Selectable } from 'kysely'
import type { PurlType } from '../model/claim.ts'
import type { Reason } from '../model/verdict.ts'
import { inTransaction, type LedgerDatabase, readJson } from './ledger-database.ts'
import type { Recall, RecallStore } from './recalls.ts'
import type { RecallsTable } from './tables-drift.ts'

const DEFAULT_LIMIT = 1_000

export function openRecalls(db: LedgerDatabase): RecallStore {
  return {
    record: ({ restoredAt: _, reasons, ...recall }) =>
      inTransaction(db, async (writing) => {
        const { repository, path, sha256 } = recall
        const standing = await writing
          .selectFrom('recalls')
          .select('id')
          .where('repository', '=', repository)
          .where('path', '=', path)
          .where('sha256', '=', sha256)
          .where('restored_at', 'is', null)
          .executeTakeFirst()
        if (standing !== undefined) return false
        await writing
          .insertInto('recalls')
          .values({ ...recall, reasons: JSON.stringify(reasons), restored_at: null })
          .execute()
        return true
      }),
    restore: (repository, path, at) =>
      inTransaction(db, async (writing) => {
        const { numUpdatedRows } = await writing
          .updateTable('recalls')
          .set({ restored_at: at })
          .where('repository', '=', repository)
          .where('path', '=', path)
          .where('restored_at', 'is', null)
          .executeTakeFirst()
        return numUpdatedRows > 0n
      }),
    async list({ limit = DEFAULT_LIMIT, mentions, ...equal }) {
      let query = db.read.selectFrom('recalls').selectAll()
      for (const column of ['type', 'name', 'version'] as const) {
        const wanted = equal[column]
        if (wanted !== undefined) query = query.where(column, '=', wanted)
      }
      const rows = await query.orderBy('id', 'desc').execute()
      const recalls = rows.map((row) => recallOf(db, row))
      return (mentions === undefined ? recalls : recalls.filter((one) => isAbout(one, mentions))).slice(
        0,
        limit,
      )
    },
  }
}

/** An advisory is a word of a reason's text, or its rule. */
function isAbout({ reasons }: Recall, mentions: string): boolean {
  return reasons.some(({ rule, text }) => rule === mentions || text.split(/[\s,;:()[\]]+/).includes(mentions))
}

function recallOf(db: LedgerDatabase, row: Selectable<RecallsTable>): Recall {
  const { id: _, restored_at, outcome, reasons, type, ...rest } = row
  return {
    ...rest,
    type: type as PurlType,
    outcome: outcome === 'held' ? 'held' : 'blocked',
    reasons: readJson<Reason[]>(db, reasons, 'recalls.reasons'),
    ...(restored_at === null ? {} : { restoredAt: restored_at }),
  }
}
