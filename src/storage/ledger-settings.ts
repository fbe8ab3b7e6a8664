// Small values of the project itself, such as the policy revision.
import type { Ledger } from './ledger.ts'
import { inTransaction, type LedgerDatabase, prepareRevisionBump } from './ledger-database.ts'
import { prepareQuery } from './prepared-query.ts'

type SettingsPart = Pick<Ledger, 'setting' | 'putSetting'>

/** A setting that changes makes the revision grow, as settings decide what may be served. */
export function openSettings(db: LedgerDatabase): SettingsPart {
  const bumpRevision = prepareRevisionBump(db)
  const read = prepareQuery((value) =>
    db.read.selectFrom('settings').select('value').where('key', '=', value('key')),
  )
  const write = prepareQuery((value) =>
    db.write
      .insertInto('settings')
      .values({ key: value('key'), value: value('value') })
      .onConflict((conflict) =>
        conflict.column('key').doUpdateSet((row) => ({ value: row.ref('excluded.value') })),
      ),
  )
  return {
    async setting(key) {
      const [row] = await read(db.read, { key })
      return row?.value
    },
    async putSetting(key, value) {
      await inTransaction(db, async (writing) => {
        const [row] = await read(writing, { key })
        if (row?.value === value) return
        await write(writing, { key, value })
        await bumpRevision(writing)
      })
    },
  }
}
