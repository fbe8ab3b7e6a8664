// The claims of the ledger: what the indexes promise, and what is known of each promise.
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Selectable } from 'kysely'
import type { ArtifactClaim, Digests } from '../model/claim.ts'
import { CLAIM_COLUMNS, type ClaimRow, claimOf, claimRow, keepsPromise } from './claim-rows.ts'
import type { ClaimChanges, ClaimState, Ledger } from './ledger.ts'
import {
  inTransaction,
  type LedgerDatabase,
  prepareRevisionBump,
  readJson,
  type Writing,
} from './ledger-database.ts'
import { prepareQuery, prepareRows, type Runner } from './prepared-query.ts'
import type { ClaimsTable } from './tables.ts'
import { type JoinedVerdict, joinedVerdict, joinedVerdictColumns } from './verdict-rows.ts'

type ClaimsPart = Pick<Ledger, 'replaceClaims' | 'claim' | 'claimsOf' | 'decidedClaimsOf'>

// After so many rows the event loop gets a turn, in the middle of the transaction.
const ROWS_A_TURN = 500
const PATHS_A_QUERY = 200

interface Differences {
  readonly written: readonly ClaimRow[]
  readonly removed: readonly string[]
}

export function openClaims(db: LedgerDatabase): ClaimsPart {
  const queries = prepareQueries(db)
  const bumpRevision = prepareRevisionBump(db)

  async function differences(
    runner: Runner,
    repository: string,
    indexKey: string,
    rows: Map<string, ClaimRow>,
  ): Promise<Differences> {
    const known = new Map<string, string>()
    for (const { path, fingerprint } of await queries.fingerprints(runner, { repository, indexKey })) {
      known.set(path, fingerprint)
    }
    return {
      written: [...rows.values()].filter((row) => known.get(row.path) !== row.fingerprint),
      removed: [...known.keys()].filter((path) => !rows.has(path)),
    }
  }

  async function apply(
    writing: Writing,
    repository: string,
    { written, removed }: Differences,
  ): Promise<ClaimChanges> {
    let changed = 0
    for (const part of slices(written, ROWS_A_TURN)) {
      const former = await formerRows(writing, repository, part)
      changed += former.size
      await queries.write(
        writing,
        part.map((row) => carryOver(db, former.get(row.path), row)),
      )
      await nextTurn()
    }
    for (const part of slices(removed, ROWS_A_TURN)) {
      for (const path of part) await queries.remove(writing, { repository, path })
      await nextTurn()
    }
    await bumpRevision(writing)
    return { added: written.length - changed, changed, removed: removed.length }
  }

  async function formerRows(
    writing: Writing,
    repository: string,
    rows: readonly ClaimRow[],
  ): Promise<Map<string, FormerRow>> {
    const found = new Map<string, FormerRow>()
    for (const part of slices(rows, PATHS_A_QUERY)) {
      const paths = Array.from({ length: PATHS_A_QUERY }, (_, at) => part[at]?.path ?? null)
      const values = Object.fromEntries(paths.map((path, at) => [`path${at}`, path]))
      for (const row of await queries.former(writing, { repository, ...values })) found.set(row.path, row)
    }
    return found
  }

  function state(row: StateRow): ClaimState {
    const verdict = joinedVerdict(db, row)
    return {
      claim: claimOf(db, row),
      ...(row.sha256 === null ? {} : { sha256: row.sha256 }),
      ...(row.size_bytes === null ? {} : { sizeBytes: row.size_bytes }),
      ...(verdict ? { verdict } : {}),
    }
  }

  return {
    async replaceClaims(repository, indexKey, claims) {
      const rows = rowsByPath(repository, indexKey, claims)
      const before = await differences(db.read, repository, indexKey, rows)
      if (before.written.length + before.removed.length === 0) return { added: 0, changed: 0, removed: 0 }
      // Asked again under the write lock: another process may have been faster.
      return inTransaction(db, async (writing) =>
        apply(writing, repository, await differences(writing, repository, indexKey, rows)),
      )
    },
    async claim(repository, path) {
      const [row] = await queries.one(db.read, { repository, path })
      return row && state(row)
    },
    async claimsOf(repository, indexKey) {
      return (await queries.all(db.read, { repository, indexKey })).map(state)
    },
    async decidedClaimsOf(repository, indexKey) {
      return (await queries.decided(db.read, { repository, indexKey })).map(state)
    },
  }
}

// An index may list one file twice (a Debian package for all architectures is in every architecture's list): the first counts.
function rowsByPath(
  repository: string,
  indexKey: string,
  claims: Iterable<ArtifactClaim>,
): Map<string, ClaimRow> {
  const rows = new Map<string, ClaimRow>()
  for (const claim of claims) {
    if (!rows.has(claim.path)) rows.set(claim.path, claimRow(claim, repository, indexKey))
  }
  return rows
}

type StateRow = Selectable<ClaimsTable> & JoinedVerdict
type FormerRow = Pick<ClaimRow, 'path' | 'digests' | 'claimed_bytes' | 'sha256' | 'size_bytes' | 'verdict_id'>

function carryOver(db: LedgerDatabase, former: FormerRow | undefined, row: ClaimRow): ClaimRow {
  if (!former || former.sha256 === null) return row
  const kept = keepsPromise(promiseOf(db, former), promiseOf(db, row))
  if (!kept) return row
  return { ...row, sha256: former.sha256, size_bytes: former.size_bytes, verdict_id: former.verdict_id }
}

function promiseOf(db: LedgerDatabase, row: Pick<ClaimRow, 'digests' | 'claimed_bytes'>) {
  return { digests: readJson<Digests>(db, row.digests, 'claims.digests'), sizeBytes: row.claimed_bytes }
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
    fingerprints: prepareQuery((value) =>
      db.write
        .selectFrom('claims')
        .select(['path', 'fingerprint'])
        .where('repository', '=', value('repository'))
        .where('index_key', '=', value('indexKey')),
    ),
    former: prepareQuery((value) =>
      db.write
        .selectFrom('claims')
        .select(['path', 'digests', 'claimed_bytes', 'sha256', 'size_bytes', 'verdict_id'])
        .where('repository', '=', value('repository'))
        .where(
          'path',
          'in',
          Array.from({ length: PATHS_A_QUERY }, (_, at) => value(`path${at}`)),
        ),
    ),
    remove: prepareQuery((value) =>
      db.write
        .deleteFrom('claims')
        .where('repository', '=', value('repository'))
        .where('path', '=', value('path')),
    ),
    write: prepareRows<ClaimRow>(CLAIM_COLUMNS, (rows) =>
      db.write
        .insertInto('claims')
        .values(rows)
        .onConflict((conflict) =>
          conflict
            .columns(['repository', 'path'])
            .doUpdateSet((row) =>
              Object.fromEntries(CLAIM_COLUMNS.map((column) => [column, row.ref(`excluded.${column}`)])),
            ),
        ),
    ),
  }
}

function* slices<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let from = 0; from < items.length; from += size) yield items.slice(from, from + size)
}
