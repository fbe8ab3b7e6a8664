// Makes the claims of one index set exactly those that were just read, writing only what differs.
import { setImmediate as nextTurn } from 'node:timers/promises'
import { sql } from 'kysely'
import type { ArtifactClaim, Digests } from '../model/claim.ts'
import {
  CLAIM_COLUMNS,
  type ClaimOwner,
  type ClaimRow,
  claimRow,
  fingerprintOf,
  keepsPromise,
} from './claim-rows.ts'
import type { ClaimChanges, Ledger } from './ledger.ts'
import {
  inTransaction,
  type LedgerDatabase,
  prepareRevisionBump,
  readJson,
  type Writing,
} from './ledger-database.ts'
import { prepareQuery, prepareRows, type Runner } from './prepared-query.ts'

// After so many rows the event loop gets a turn, in the middle of the transaction.
const ROWS_A_TURN = 400
const PATHS_A_QUERY = 100
/** After so many rows the connection's memory, which is full of their pages, is given back. */
const MANY_ROWS = 10_000

interface Promised {
  readonly claim: ArtifactClaim
  readonly fingerprint: string
}

/** Fingerprints by path. What an iteration has met is taken out, so that what stays is what the index no longer has. */
type Known = Map<string, string>

export function openClaimChanges(db: LedgerDatabase): Pick<Ledger, 'replaceClaims'> {
  const queries = prepareQueries(db)
  const bumpRevision = prepareRevisionBump(db)
  const shrinkMemory = sql`pragma shrink_memory`

  async function knownTo(runner: Runner, owner: ClaimOwner): Promise<Known> {
    const known: Known = new Map()
    for (const { path, fingerprint } of await queries.fingerprints(runner, { ...owner })) {
      known.set(path, fingerprint)
    }
    return known
  }

  async function apply(
    writing: Writing,
    owner: ClaimOwner,
    claims: Iterable<ArtifactClaim>,
  ): Promise<ClaimChanges> {
    const known = await knownTo(writing, owner)
    let written = 0
    let changed = 0
    for (const part of slices(differing(claims, known), ROWS_A_TURN)) {
      changed += await writePart(writing, owner, part)
      written += part.length
      await nextTurn()
    }
    for (const part of slices(known.keys(), ROWS_A_TURN)) {
      for (const path of part) await queries.remove(writing, { repository: owner.repository, path })
      await nextTurn()
    }
    await bumpRevision(writing)
    return { added: written - changed, changed, removed: known.size }
  }

  /** Returns how many of them were there before. */
  async function writePart(writing: Writing, owner: ClaimOwner, part: readonly Promised[]): Promise<number> {
    const former = await formerRows(writing, owner.repository, part)
    const rows = part.map(({ claim, fingerprint }) =>
      carryOver(db, former.get(claim.path), claimRow(claim, owner, fingerprint)),
    )
    await queries.write(writing, rows)
    return former.size
  }

  async function formerRows(
    writing: Writing,
    repository: string,
    promised: readonly Promised[],
  ): Promise<Map<string, FormerRow>> {
    const found = new Map<string, FormerRow>()
    for (const part of slices(promised, PATHS_A_QUERY)) {
      const values: Record<string, string | null> = { repository }
      for (let at = 0; at < PATHS_A_QUERY; at += 1) values[`path${at}`] = part[at]?.claim.path ?? null
      for (const row of await queries.former(writing, values)) found.set(row.path, row)
    }
    return found
  }

  return {
    async replaceClaims(repository, indexKey, given) {
      const owner = { repository, indexKey }
      const claims = readableTwice(given)
      const known = await knownTo(db.read, owner)
      const [different] = differing(claims, known)
      if (different === undefined && known.size === 0) return { added: 0, changed: 0, removed: 0 }
      // Asked again under the write lock: another process may have been faster.
      const changes = await inTransaction(db, async (writing) => apply(writing, owner, claims))
      if (changes.added + changes.changed + changes.removed > MANY_ROWS) await shrinkMemory.execute(db.write)
      return changes
    },
  }
}

/** A whole archive's claims are read twice rather than held: a list, or what makes them anew at each iteration. */
function readableTwice(claims: Iterable<ArtifactClaim>): Iterable<ArtifactClaim> {
  return 'next' in claims ? [...claims] : claims
}

// An index may list one file twice (a Debian package for all architectures is in every architecture's list): the first counts.
function* differing(claims: Iterable<ArtifactClaim>, known: Known): Generator<Promised> {
  const met = new Set<string>()
  for (const claim of claims) {
    if (met.has(claim.path)) continue
    met.add(claim.path)
    const fingerprint = fingerprintOf(claim)
    const former = known.get(claim.path)
    known.delete(claim.path)
    if (former !== fingerprint) yield { claim, fingerprint }
  }
}

type FormerRow = Pick<ClaimRow, 'path' | 'digests' | 'claimed_bytes' | 'sha256' | 'size_bytes' | 'verdict_id'>

function carryOver(db: LedgerDatabase, former: FormerRow | undefined, row: ClaimRow): ClaimRow {
  if (!former || former.sha256 === null) return row
  if (!keepsPromise(promiseOf(db, former), promiseOf(db, row))) return row
  return { ...row, sha256: former.sha256, size_bytes: former.size_bytes, verdict_id: former.verdict_id }
}

function promiseOf(db: LedgerDatabase, row: Pick<ClaimRow, 'digests' | 'claimed_bytes'>) {
  return { digests: readJson<Digests>(db, row.digests, 'claims.digests'), sizeBytes: row.claimed_bytes }
}

function prepareQueries(db: LedgerDatabase) {
  return {
    fingerprints: prepareQuery((value) =>
      db.write
        .selectFrom('claims')
        .select(['path', 'fingerprint'])
        .where('repository', '=', value('repository'))
        .where('index_key', '=', value('indexKey')),
    ),
    former: prepareQuery((value) => {
      const paths = Array.from({ length: PATHS_A_QUERY }, (_, at) => value(`path${at}`))
      return db.write
        .selectFrom('claims')
        .select(['path', 'digests', 'claimed_bytes', 'sha256', 'size_bytes', 'verdict_id'])
        .where('repository', '=', value('repository'))
        .where('path', 'in', paths)
    }),
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

function* slices<T>(items: Iterable<T>, size: number): Generator<readonly T[]> {
  let slice: T[] = []
  for (const item of items) {
    slice.push(item)
    if (slice.length < size) continue
    yield slice
    slice = []
  }
  if (slice.length > 0) yield slice
}
