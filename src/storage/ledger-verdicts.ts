// Evidence and verdict history.
import type { ArtifactClaim } from '../model/claim.ts'
import { GatewayError } from '../model/errors.ts'
import type { Evidence } from '../model/evidence.ts'
import type { Ledger, RecordedVerdict } from './ledger.ts'
import type { AppendAudit } from './ledger-audit.ts'
import {
  inTransaction,
  type LedgerDatabase,
  prepareRevisionBump,
  readJson,
  type Writing,
} from './ledger-database.ts'
import { prepareQuery, type TextPlaceholder } from './prepared-query.ts'
import { decisionFact, recordedVerdict, saysTheSame, verdictEntry, verdictRow } from './verdict-rows.ts'

type VerdictsPart = Pick<
  Ledger,
  'evidence' | 'recordVerdict' | 'verdictHistory' | 'verdicts' | 'lastApproved'
>

const DEFAULT_LIMIT = 100

export function openVerdicts(db: LedgerDatabase, append: AppendAudit): VerdictsPart {
  const queries = prepareQueries(db)
  const bumpRevision = prepareRevisionBump(db)

  async function putEvidence(writing: Writing, evidence: Evidence): Promise<void> {
    // Removed and written anew, so that the highest id is the newest examination.
    const { sha256, type, examinationKey, examinedAt } = evidence
    await queries.removeEvidence(writing, { sha256, type, examinationKey })
    await queries.addEvidence(writing, {
      sha256,
      type,
      examinationKey,
      examinedAt,
      body: JSON.stringify(evidence),
    })
  }

  /** Returns whether it says anything new: clients ask for a blocked artifact all day, and the history holds changes. */
  async function putVerdict(
    writing: Writing,
    claim: ArtifactClaim,
    verdict: RecordedVerdict,
  ): Promise<boolean> {
    const { repository, path } = claim
    const row = verdictRow(claim, verdict)
    const [newest] = await queries.newestVerdict(writing, { repository, path })
    if (newest && saysTheSame(newest, row)) return false
    await queries.supersede(writing, { repository, path })
    const [added] = await queries.addVerdict(writing, row)
    await queries.pointAt(writing, { repository, path, sha256: verdict.sha256, verdictId: added?.id })
    await append(writing, [decisionFact(claim, verdict, newest?.outcome)])
    return true
  }

  async function requireEvidence(
    writing: Writing,
    claim: ArtifactClaim,
    verdict: RecordedVerdict,
  ): Promise<void> {
    const { sha256, examinationKey } = verdict
    const [row] = await queries.hasEvidence(writing, { sha256, examinationKey, type: claim.type })
    if (!row) throw inconsistent('an approval without evidence', verdict)
  }

  return {
    async evidence(sha256, type, examinationKey) {
      const [row] =
        examinationKey === undefined
          ? await queries.newestEvidence(db.read, { sha256, type })
          : await queries.evidenceOf(db.read, { sha256, type, examinationKey })
      return row && readJson<Evidence>(db, row.body, 'evidence.body')
    },
    async recordVerdict(claim, evidence, verdict) {
      if (evidence) assertSameSubject(claim, evidence, verdict)
      await inTransaction(db, async (writing) => {
        if (evidence) await putEvidence(writing, evidence)
        else if (verdict.outcome === 'approved') await requireEvidence(writing, claim, verdict)
        const isNew = await putVerdict(writing, claim, verdict)
        if (isNew || evidence) await bumpRevision(writing)
      })
    },
    async verdictHistory(repository, path) {
      return (await queries.history(db.read, { repository, path })).map((row) => recordedVerdict(db, row))
    },
    async verdicts(filter) {
      const { limit = DEFAULT_LIMIT, outcomes, before, ...equal } = filter
      let query = db.read.selectFrom('verdicts').selectAll().where('newest', '=', 1)
      for (const column of ['repository', 'type', 'name', 'version', 'sha256', 'outcome'] as const) {
        const wanted = equal[column]
        if (wanted !== undefined) query = query.where(column, '=', wanted)
      }
      if (outcomes !== undefined) query = query.where('outcome', 'in', outcomes)
      if (before !== undefined) query = query.where('id', '<', before)
      return (await query.orderBy('id', 'desc').limit(limit).execute()).map((row) => verdictEntry(db, row))
    },
    async lastApproved(repository, name, exceptVersion) {
      const [row] = await queries.lastApproved(db.read, { repository, name, exceptVersion })
      return row && { version: row.version, evidence: readJson<Evidence>(db, row.body, 'evidence.body') }
    },
  }
}

function assertSameSubject(claim: ArtifactClaim, evidence: Evidence, verdict: RecordedVerdict): void {
  if (evidence.sha256 !== verdict.sha256) throw inconsistent('evidence of other bytes', verdict)
  if (evidence.examinationKey !== verdict.examinationKey)
    throw inconsistent('evidence of another examination', verdict)
  if (evidence.type !== claim.type) throw inconsistent('evidence of another package type', verdict)
}

function inconsistent(what: string, { sha256, examinationKey }: RecordedVerdict): GatewayError {
  return new GatewayError('INTERNAL', `refused to record ${what}`, { sha256, examinationKey })
}

function prepareQueries(db: LedgerDatabase) {
  const evidenceKey = (value: TextPlaceholder) => ({
    sha256: value('sha256'),
    type: value('type'),
    examination_key: value('examinationKey'),
  })
  return {
    newestEvidence: prepareQuery((value) =>
      db.read
        .selectFrom('evidence')
        .select('body')
        .where('sha256', '=', value('sha256'))
        .where('type', '=', value('type'))
        .orderBy('id', 'desc')
        .limit(1),
    ),
    evidenceOf: prepareQuery((value) =>
      db.read
        .selectFrom('evidence')
        .select('body')
        .where((row) => row.and(evidenceKey(value))),
    ),
    hasEvidence: prepareQuery((value) =>
      db.write
        .selectFrom('evidence')
        .select('id')
        .where((row) => row.and(evidenceKey(value))),
    ),
    removeEvidence: prepareQuery((value) =>
      db.write.deleteFrom('evidence').where((row) => row.and(evidenceKey(value))),
    ),
    addEvidence: prepareQuery((value) =>
      db.write
        .insertInto('evidence')
        .values({ ...evidenceKey(value), examined_at: value('examinedAt'), body: value('body') }),
    ),
    newestVerdict: prepareQuery((value) =>
      db.write
        .selectFrom('verdicts')
        .selectAll()
        .where('repository', '=', value('repository'))
        .where('path', '=', value('path'))
        .orderBy('id', 'desc')
        .limit(1),
    ),
    supersede: prepareQuery((value) =>
      db.write
        .updateTable('verdicts')
        .set({ newest: 0 })
        .where('repository', '=', value('repository'))
        .where('path', '=', value('path'))
        .where('newest', '=', 1),
    ),
    addVerdict: prepareQuery((value, number) =>
      db.write
        .insertInto('verdicts')
        .values({
          repository: value('repository'),
          path: value('path'),
          type: value('type'),
          name: value('name'),
          version: value('version'),
          sha256: value('sha256'),
          outcome: value('outcome'),
          reasons: value('reasons'),
          warnings: value('warnings'),
          reconsider_at: value('reconsider_at'),
          policy: value('policy'),
          examination_key: value('examination_key'),
          decided_at: value('decided_at'),
          actor: value('actor'),
          newest: number('newest'),
        })
        .returning('id'),
    ),
    // Only a claim that is linked to exactly these bytes takes the verdict.
    pointAt: prepareQuery((value, number) =>
      db.write
        .updateTable('claims')
        .set({ verdict_id: number('verdictId') })
        .where('repository', '=', value('repository'))
        .where('path', '=', value('path'))
        .where('sha256', '=', value('sha256')),
    ),
    history: prepareQuery((value) =>
      db.read
        .selectFrom('verdicts')
        .selectAll()
        .where('repository', '=', value('repository'))
        .where('path', '=', value('path'))
        .orderBy('id', 'desc'),
    ),
    lastApproved: prepareQuery((value) =>
      db.read
        .selectFrom('verdicts')
        .innerJoin('evidence', (join) =>
          join
            .onRef('evidence.sha256', '=', 'verdicts.sha256')
            .onRef('evidence.type', '=', 'verdicts.type')
            .onRef('evidence.examination_key', '=', 'verdicts.examination_key'),
        )
        .select(['verdicts.version', 'evidence.body'])
        .where('repository', '=', value('repository'))
        .where('name', '=', value('name'))
        .where('version', '!=', value('exceptVersion'))
        .where('outcome', '=', 'approved')
        .where('newest', '=', 1)
        .orderBy('decided_at', 'desc')
        .orderBy('verdicts.id', 'desc')
        .limit(1),
    ),
  }
}
