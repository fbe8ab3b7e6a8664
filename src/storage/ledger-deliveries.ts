// The delivery log of notifications.
import type { Selectable } from 'kysely'
import type { Delivery, DeliveryStore } from './deliveries.ts'
import { inTransaction, type LedgerDatabase, unreadable } from './ledger-database.ts'
import type { DeliveriesTable } from './tables-drift.ts'

const DEFAULT_LIMIT = 100

export function openDeliveries(db: LedgerDatabase): DeliveryStore {
  return {
    async add({ channel, event, subject, body, createdAt }) {
      const row = { channel, event, subject, body, created_at: createdAt, next_at: createdAt }
      await inTransaction(db, (writing) =>
        writing
          .insertInto('deliveries')
          .values({ ...row, status: 'waiting', attempts: 0, error: null })
          .execute(),
      )
    },
    async due(now, limit) {
      const rows = await db.read
        .selectFrom('deliveries')
        .selectAll()
        .where('status', '=', 'waiting')
        .where('next_at', '<=', now)
        .orderBy('next_at')
        .orderBy('id')
        .limit(limit)
        .execute()
      return rows.map((row) => delivery(db, row))
    },
    async update(id, { status, attempts, nextAt, error }) {
      await inTransaction(db, (writing) =>
        writing
          .updateTable('deliveries')
          .set({ status, attempts, next_at: nextAt, error: error ?? null })
          .where('id', '=', id)
          .execute(),
      )
    },
    async list({ status, limit = DEFAULT_LIMIT }) {
      let query = db.read.selectFrom('deliveries').selectAll()
      if (status !== undefined) query = query.where('status', '=', status)
      return (await query.orderBy('id', 'desc').limit(limit).execute()).map((row) => delivery(db, row))
    },
    async drop(before) {
      await inTransaction(db, (writing) =>
        writing
          .deleteFrom('deliveries')
          .where('status', '!=', 'waiting')
          .where('created_at', '<', before)
          .execute(),
      )
    },
  }
}

function delivery(db: LedgerDatabase, row: Selectable<DeliveriesTable>): Delivery {
  const { id, channel, event, subject, body, attempts, status } = row
  if (status !== 'waiting' && status !== 'delivered' && status !== 'failed')
    throw unreadable(db, 'deliveries.status')
  return {
    id,
    channel,
    event,
    subject,
    body,
    createdAt: row.created_at,
    status,
    attempts,
    nextAt: row.next_at,
    ...(row.error === null ? {} : { error: row.error }),
  }
}
