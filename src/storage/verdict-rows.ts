// Verdicts as rows, alone and beside the claim they decide.
import type { Insertable, Selectable } from 'kysely'
import { type ArtifactClaim, type PurlType, purlOf } from '../model/claim.ts'
import type { Outcome, Reason } from '../model/verdict.ts'
import type { AuditFact } from './audit.ts'
import type { RecordedVerdict, VerdictEntry } from './ledger.ts'
import { type LedgerDatabase, readJson, unreadable } from './ledger-database.ts'
import type { VerdictsTable } from './tables.ts'

export type VerdictRow = Required<Omit<Insertable<VerdictsTable>, 'id'>>

/** The newest verdict of its path, as a row. */
export function verdictRow(claim: ArtifactClaim, verdict: RecordedVerdict): VerdictRow {
  return {
    repository: claim.repository,
    path: claim.path,
    type: claim.type,
    name: claim.name,
    version: claim.version,
    sha256: verdict.sha256,
    outcome: verdict.outcome,
    reasons: JSON.stringify(verdict.reasons),
    warnings: JSON.stringify(verdict.warnings),
    reconsider_at: verdict.reconsiderAt ?? null,
    policy: verdict.policy,
    examination_key: verdict.examinationKey,
    decided_at: verdict.decidedAt,
    actor: verdict.actor,
    newest: 1,
  }
}

// The verdict itself has them all.
const AUDITED_REASONS = 8

/** What the audit log says of a verdict that is not a repetition. */
export function decisionFact(
  claim: ArtifactClaim,
  verdict: RecordedVerdict,
  before: string | undefined,
): AuditFact {
  const { outcome, sha256, policy, reasons, warnings, reconsiderAt, decidedAt, actor } = verdict
  const told = (list: readonly Reason[]) =>
    list.slice(0, AUDITED_REASONS).map(({ rule, text }) => `${rule}: ${text}`)
  return {
    at: decidedAt,
    actor,
    action: 'decided',
    subject: purlOf(claim),
    details: {
      repository: claim.repository,
      path: claim.path,
      sha256,
      outcome,
      ...(before === undefined ? {} : { before }),
      policy,
      reasons: told(reasons),
      warnings: told(warnings),
      ...(reconsiderAt === undefined ? {} : { reconsiderAt }),
    },
  }
}

/** Whether two verdicts of one path differ in nothing but their time. */
export function saysTheSame(one: VerdictRow, other: VerdictRow): boolean {
  const columns = [
    'sha256',
    'outcome',
    'reasons',
    'warnings',
    'reconsider_at',
    'policy',
    'examination_key',
    'actor',
    'version',
  ] as const
  return columns.every((column) => one[column] === other[column])
}

export function recordedVerdict(
  db: LedgerDatabase,
  row: Omit<Selectable<VerdictsTable>, 'id' | 'newest' | 'repository' | 'path' | 'type' | 'name' | 'version'>,
): RecordedVerdict {
  return {
    sha256: row.sha256,
    outcome: readOutcome(db, row.outcome),
    reasons: readJson<Reason[]>(db, row.reasons, 'verdicts.reasons'),
    warnings: readJson<Reason[]>(db, row.warnings, 'verdicts.warnings'),
    ...(row.reconsider_at === null ? {} : { reconsiderAt: row.reconsider_at }),
    policy: row.policy,
    examinationKey: row.examination_key,
    decidedAt: row.decided_at,
    actor: row.actor,
  }
}

export function verdictEntry(db: LedgerDatabase, row: Selectable<VerdictsTable>): VerdictEntry {
  const { id, repository, type, path, name, version } = row
  return { ...recordedVerdict(db, row), number: id, repository, type: type as PurlType, path, name, version }
}

/** Columns of a joined verdict under names that do not collide with the claim's. */
export const joinedVerdictColumns = [
  'verdicts.outcome as verdict_outcome',
  'verdicts.sha256 as verdict_sha256',
  'verdicts.reasons as verdict_reasons',
  'verdicts.warnings as verdict_warnings',
  'verdicts.reconsider_at as verdict_reconsider_at',
  'verdicts.policy as verdict_policy',
  'verdicts.examination_key as verdict_examination_key',
  'verdicts.decided_at as verdict_decided_at',
  'verdicts.actor as verdict_actor',
] as const

export type JoinedVerdict = {
  readonly [alias in (typeof joinedVerdictColumns)[number] as alias extends `${string} as ${infer name}`
    ? name
    : never]: string | null
}

/** The verdict beside a claim. Throws LEDGER_FAILED when the claim points at a verdict that is not there or on other bytes. */
export function joinedVerdict(
  db: LedgerDatabase,
  row: JoinedVerdict & { readonly verdict_id: number | null; readonly sha256: string | null },
): RecordedVerdict | undefined {
  if (row.verdict_id === null) return undefined
  if (row.verdict_sha256 !== row.sha256) throw unreadable(db, 'claims.verdict_id')
  return recordedVerdict(db, {
    sha256: present(db, row.verdict_sha256),
    outcome: present(db, row.verdict_outcome),
    reasons: present(db, row.verdict_reasons),
    warnings: present(db, row.verdict_warnings),
    reconsider_at: row.verdict_reconsider_at,
    policy: present(db, row.verdict_policy),
    examination_key: present(db, row.verdict_examination_key),
    decided_at: present(db, row.verdict_decided_at),
    actor: present(db, row.verdict_actor),
  })
}

function present(db: LedgerDatabase, value: string | null): string {
  if (value === null) throw unreadable(db, 'claims.verdict_id')
  return value
}

function readOutcome(db: LedgerDatabase, text: string): Outcome {
  if (text === 'approved' || text === 'held' || text === 'blocked') return text
  throw unreadable(db, 'verdicts.outcome')
}
