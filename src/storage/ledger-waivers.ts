// Exceptions in the database.
import type { Selectable } from 'kysely'
import type { Waiver } from '../model/waiver.ts'
import type { AppendAudit } from './ledger-audit.ts'
import {
  inTransaction,
  type LedgerDatabase,
  prepareRevisionBump,
  readJson,
  type Writing,
} from './ledger-database.ts'
import { prepareQuery } from './prepared-query.ts'
import type { WaiversTable } from './tables.ts'
import type { StoredWaiver, WaiverStore } from './waivers.ts'

export function openWaivers(db: LedgerDatabase, append: AppendAudit): WaiverStore {
  const bumpRevision = prepareRevisionBump(db)
  const stamp = prepareQuery(() =>
    db.read.selectFrom('waivers').select((row) => [row.fn.max('changed').as('changed')]),
  )

  async function next(writing: Writing): Promise<number> {
    const row = await writing
      .selectFrom('waivers')
      .select((one) => one.fn.max('changed').as('changed'))
      .executeTakeFirst()
    return Number(row?.changed ?? 0) + 1
  }

  return {
    async add(waivers) {
      await inTransaction(db, async (writing) => {
        const changed = await next(writing)
        for (const { waiver } of waivers)
          await writing
            .insertInto('waivers')
            .values({
              id: waiver.id,
              effect: waiver.effect,
              name: waiver.name ?? null,
              created_at: waiver.createdAt,
              body: JSON.stringify(waiver),
              ended_at: null,
              ended_by: null,
              end_reason: null,
              changed,
            })
            .execute()
        await append(
          writing,
          waivers.map(({ fact }) => fact),
        )
        await bumpRevision(writing)
      })
    },
    end(id, { at, by, reason }, fact) {
      return inTransaction(db, async (writing) => {
        const ended = await writing
          .updateTable('waivers')
          .set({ ended_at: at, ended_by: by, end_reason: reason, changed: await next(writing) })
          .where('id', '=', id)
          .where('ended_at', 'is', null)
          .executeTakeFirst()
        if (ended.numUpdatedRows === 0n) return false
        await append(writing, [fact])
        await bumpRevision(writing)
        return true
      })
    },
    async list({ ended = false } = {}) {
      let query = db.read.selectFrom('waivers').selectAll()
      if (!ended) query = query.where('ended_at', 'is', null)
      const rows = await query.orderBy('created_at', 'desc').orderBy('id').execute()
      return rows.map((row) => waiverOf(db, row))
    },
    async stamp() {
      const [row] = await stamp(db.read, {})
      return String(row?.changed ?? 0)
    },
  }
}

function waiverOf(db: LedgerDatabase, row: Selectable<WaiversTable>): StoredWaiver {
  return {
    ...readJson<Waiver>(db, row.body, 'waivers.body'),
    ...(row.ended_at === null ? {} : { endedAt: row.ended_at }),
    ...(row.ended_by === null ? {} : { endedBy: row.ended_by }),
    ...(row.end_reason === null ? {} : { endReason: row.end_reason }),
  }
}
