// Which bytes turned out to stand behind a claim, now and formerly.
import type { ArtifactClaim, Digests } from '../model/claim.ts'
import { GatewayError } from '../model/errors.ts'
import { digestsText } from './claim-rows.ts'
import type { Ledger } from './ledger.ts'
import { inTransaction, type LedgerDatabase, prepareRevisionBump, readJson } from './ledger-database.ts'
import { prepareQuery } from './prepared-query.ts'

type ArtifactsPart = Pick<Ledger, 'linkArtifact' | 'formerSha256' | 'isReferenced'>

export function openArtifacts(db: LedgerDatabase): ArtifactsPart {
  const queries = prepareQueries(db)
  const bumpRevision = prepareRevisionBump(db)
  return {
    async linkArtifact(claim, sha256, sizeBytes) {
      const { repository, path } = claim
      await inTransaction(db, async (writing) => {
        const [row] = await queries.claim(writing, { repository, path })
        if (!row || !isSamePromise(row, claim)) throw claimChanged(claim)
        if (row.sha256 === sha256) return
        const [verdict] = await queries.newestVerdict(writing, { repository, path, sha256 })
        await queries.link(writing, { id: row.id, sha256, sizeBytes, verdictId: verdict?.id ?? null })
        await queries.remember(writing, artifactValues(claim, sha256, sizeBytes))
        await bumpRevision(writing)
      })
    },
    async formerSha256(claim) {
      const { repository, path } = claim
      const rows = await queries.seen(db.read, { repository, path })
      // The first ones seen: a claim without digests could otherwise only be compared with its own newest bytes.
      const other = rows.find(
        (row) => !isPromised(claim, row.sha256, readJson<Digests>(db, row.digests, 'artifacts.digests')),
      )
      return other?.sha256
    },
    async isReferenced(sha256) {
      const [found] = await queries.reference(db.read, { sha256 })
      return found !== undefined
    },
  }
}

// Without a digest the address is all the promise there is.
function isSamePromise(
  row: { readonly digests: string; readonly url: string },
  claim: ArtifactClaim,
): boolean {
  const digests = digestsText(claim.digests)
  return row.digests === digests && (digests !== '{}' || row.url === claim.url)
}

// Bytes that an equal promise led to are the same bytes, not others.
function isPromised(claim: ArtifactClaim, sha256: string, promised: Digests): boolean {
  if (claim.digests.sha256) return claim.digests.sha256.toLowerCase() === sha256
  const names = (Object.keys(claim.digests) as (keyof Digests)[]).filter((name) => promised[name])
  return names.length > 0 && names.every((name) => claim.digests[name]?.toLowerCase() === promised[name])
}

function artifactValues(claim: ArtifactClaim, sha256: string, sizeBytes: number) {
  const { repository, path, type, name, version } = claim
  const digests = digestsText(claim.digests)
  return {
    repository,
    path,
    type,
    name,
    version,
    sha256,
    sizeBytes,
    digests,
    at: new Date().toISOString(),
  }
}

function claimChanged({ repository, path }: ArtifactClaim): GatewayError {
  return new GatewayError('CLAIM_MISMATCH', `the index changed its promise of ${path} meanwhile`, {
    repository,
    path,
  })
}

function prepareQueries(db: LedgerDatabase) {
  return {
    claim: prepareQuery((value) =>
      db.write
        .selectFrom('claims')
        .select(['id', 'digests', 'url', 'sha256'])
        .where('repository', '=', value('repository'))
        .where('path', '=', value('path')),
    ),
    newestVerdict: prepareQuery((value) =>
      db.write
        .selectFrom('verdicts')
        .select('id')
        .where('repository', '=', value('repository'))
        .where('path', '=', value('path'))
        .where('sha256', '=', value('sha256'))
        .orderBy('id', 'desc')
        .limit(1),
    ),
    link: prepareQuery((value, number) =>
      db.write
        .updateTable('claims')
        .set({ sha256: value('sha256'), size_bytes: number('sizeBytes'), verdict_id: number('verdictId') })
        .where('id', '=', number('id')),
    ),
    remember: prepareQuery((value, number) =>
      db.write
        .insertInto('artifacts')
        .values({
          repository: value('repository'),
          path: value('path'),
          type: value('type'),
          name: value('name'),
          version: value('version'),
          sha256: value('sha256'),
          size_bytes: number('sizeBytes'),
          digests: value('digests'),
          linked_at: value('at'),
        })
        .onConflict((conflict) =>
          conflict.columns(['repository', 'path', 'sha256']).doUpdateSet((row) => ({
            digests: row.ref('excluded.digests'),
            linked_at: row.ref('excluded.linked_at'),
          })),
        ),
    ),
    seen: prepareQuery((value) =>
      db.read
        .selectFrom('artifacts')
        .select(['sha256', 'digests'])
        .where('repository', '=', value('repository'))
        .where('path', '=', value('path'))
        .orderBy('id'),
    ),
    reference: prepareQuery((value) =>
      db.read
        .selectFrom('claims')
        .select('sha256')
        .where('sha256', '=', value('sha256'))
        .unionAll(db.read.selectFrom('document_blobs').select('sha256').where('sha256', '=', value('sha256')))
        .limit(1),
    ),
  }
}
