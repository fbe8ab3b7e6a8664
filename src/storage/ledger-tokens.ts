// Client tokens in the database.
import type { Selectable } from 'kysely'
import { GatewayError } from '../model/errors.ts'
import type { AppendAudit } from './ledger-audit.ts'
import {
  inTransaction,
  type LedgerDatabase,
  prepareRevisionBump,
  readJson,
  type Writing,
} from './ledger-database.ts'
import { prepareQuery } from './prepared-query.ts'
import type { TokensTable } from './tables.ts'
import type { StoredToken, TokenStore } from './tokens.ts'

export function openTokens(db: LedgerDatabase, append: AppendAudit): TokenStore {
  const bumpRevision = prepareRevisionBump(db)
  const stamp = prepareQuery(() =>
    db.read.selectFrom('tokens').select((row) => [row.fn.max('changed').as('changed')]),
  )

  async function next(writing: Writing): Promise<number> {
    const row = await writing
      .selectFrom('tokens')
      .select((one) => one.fn.max('changed').as('changed'))
      .executeTakeFirst()
    return Number(row?.changed ?? 0) + 1
  }

  return {
    async add(token, fact) {
      await inTransaction(db, async (writing) => {
        const live = await writing
          .selectFrom('tokens')
          .select('id')
          .where('label', '=', token.label)
          .where('revoked_at', 'is', null)
          .executeTakeFirst()
        if (live !== undefined)
          throw new GatewayError('CONFLICT', `there is a token "${token.label}" already: revoke it first`, {
            id: live.id,
          })
        await writing
          .insertInto('tokens')
          .values({ ...rowOf(token), changed: await next(writing) })
          .execute()
        await append(writing, [fact])
        await bumpRevision(writing)
      })
    },
    revoke(id, at, fact) {
      return inTransaction(db, async (writing) => {
        const changed = await writing
          .updateTable('tokens')
          .set({ revoked_at: at, changed: await next(writing) })
          .where('id', '=', id)
          .where('revoked_at', 'is', null)
          .executeTakeFirst()
        if (changed.numUpdatedRows === 0n) return false
        await append(writing, [fact])
        await bumpRevision(writing)
        return true
      })
    },
    async list() {
      const rows = await db.read
        .selectFrom('tokens')
        .selectAll()
        .orderBy('created_at')
        .orderBy('id')
        .execute()
      return rows.map((row) => tokenOf(db, row))
    },
    async stamp() {
      const [row] = await stamp(db.read, {})
      return String(row?.changed ?? 0)
    },
  }
}

function rowOf(token: StoredToken): Omit<TokensTable, 'changed'> {
  return {
    id: token.id,
    label: token.label,
    role: token.role,
    repositories: JSON.stringify(token.repositories),
    secret_sha256: token.secretSha256,
    created_at: token.createdAt,
    created_by: token.createdBy,
    expires_at: token.expiresAt ?? null,
    revoked_at: token.revokedAt ?? null,
  }
}

function tokenOf(db: LedgerDatabase, row: Selectable<TokensTable>): StoredToken {
  return {
    id: row.id,
    label: row.label,
    role: row.role,
    repositories: readJson<string[]>(db, row.repositories, 'tokens.repositories'),
    secretSha256: row.secret_sha256,
    createdAt: row.created_at,
    createdBy: row.created_by,
    ...(row.expires_at === null ? {} : { expiresAt: row.expires_at }),
    ...(row.revoked_at === null ? {} : { revokedAt: row.revoked_at }),
  }
}
