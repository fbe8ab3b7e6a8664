// The claims of the ledger: what the indexes promise, and what is known of each promise.
import type { Selectable } from 'kysely'
import { claimOf } from './claim-rows.ts'
import type { ClaimState, Ledger } from './ledger.ts'
import type { LedgerDatabase } from './ledger-database.ts'
import { prepareQuery } from './prepared-query.ts'
import type { ClaimsTable } from './tables.ts'
import { type JoinedVerdict, joinedVerdict, joinedVerdictColumns } from './verdict-rows.ts'

export function openClaims(db: LedgerDatabase): Pick<Ledger, 'claim' | 'claimsOf' | 'decidedClaimsOf'> {
  const queries = prepareQueries(db)
  return {
    async claim(repository, path) {
      const [row] = await queries.one(db.read, { repository, path })
      return row && claimState(db, row)
    },
    async claimsOf(repository, indexKey) {
      return (await queries.all(db.read, { repository, indexKey })).map((row) => claimState(db, row))
    },
    async decidedClaimsOf(repository, indexKey) {
      return (await queries.decided(db.read, { repository, indexKey })).map((row) => claimState(db, row))
    },
  }
}

/** A row of `claims` with its joined verdict. */
export function claimState(db: LedgerDatabase, row: Selectable<ClaimsTable> & JoinedVerdict): ClaimState {
  const verdict = joinedVerdict(db, row)
  return {
    claim: claimOf(db, row),
    ...(row.sha256 === null ? {} : { sha256: row.sha256 }),
    ...(row.size_bytes === null ? {} : { sizeBytes: row.size_bytes }),
    ...(verdict ? { verdict } : {}),
  }
}

function prepareQueries(db: LedgerDatabase) {
  const states = db.read
    .selectFrom('claims')
    .leftJoin('verdicts', 'verdicts.id', 'claims.verdict_id')
    .selectAll('claims')
    .select(joinedVerdictColumns)
  return {
    one: prepareQuery((value) =>
      states.where('claims.repository', '=', value('repository')).where('claims.path', '=', value('path')),
    ),
    all: prepareQuery((value) =>
      states.where('claims.repository', '=', value('repository')).where('index_key', '=', value('indexKey')),
    ),
    decided: prepareQuery((value) =>
      states
        .where('claims.repository', '=', value('repository'))
        .where('index_key', '=', value('indexKey'))
        .where('verdict_id', 'is not', null),
    ),
  }
}
