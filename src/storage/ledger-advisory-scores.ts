// What KEV and EPSS say of CVE ids, and advisories joined with it.
import type { AdvisoryEntry } from '../model/advisory.ts'
import type { PurlType } from '../model/claim.ts'
import { GatewayError } from '../model/errors.ts'
import type { AdvisoriesStore, TouchedPackage } from './advisories-store.ts'
import type { AdvisoryChangeLog } from './ledger-advisory-changes.ts'
import { ensureFeed } from './ledger-advisory-feeds.ts'
import { inTransaction, type LedgerDatabase } from './ledger-database.ts'
import { prepareQuery, prepareRows } from './prepared-query.ts'

const ASKED_AT_ONCE = 50
/** Beyond this many changed CVE ids nobody is told which packages they touch. */
const MOST_CHANGED = 2000

interface ScoreRow {
  readonly cve: string
  readonly score: number | null
}

export interface AdvisoryScores extends Pick<AdvisoriesStore, 'replaceScores'> {
  withScores(entries: readonly AdvisoryEntry[]): Promise<readonly AdvisoryEntry[]>
}

export function openAdvisoryScores(db: LedgerDatabase, changes: AdvisoryChangeLog): AdvisoryScores {
  const queries = prepareQueries(db)

  async function scoresOf(cves: readonly string[]) {
    const found = new Map<string, { kev: number | null; epss: number | null }>()
    for (let at = 0; at < cves.length; at += ASKED_AT_ONCE) {
      const values = Array.from({ length: ASKED_AT_ONCE }, (_, place) => [
        `cve${place}`,
        cves[at + place] ?? '',
      ])
      for (const { cve, ...scores } of await queries.scores(db.read, Object.fromEntries(values)))
        found.set(cve, scores)
    }
    return found
  }

  async function touchedBy(cves: readonly string[]): Promise<readonly TouchedPackage[] | 'everything'> {
    if (cves.length > MOST_CHANGED) return 'everything'
    const touched = new Map<string, TouchedPackage>()
    for (const cve of cves)
      for (const ask of [queries.named, queries.aliased])
        for (const { type, name } of await ask(db.read, { cve }))
          touched.set(`${type} ${name}`, { type: type as PurlType, name })
    return [...touched.values()]
  }

  return {
    async withScores(entries) {
      const cves = [...new Set(entries.flatMap(cvesOf))]
      if (cves.length === 0) return entries
      const scores = await scoresOf(cves)
      if (scores.size === 0) return entries
      return entries.map((entry) => {
        const own = cvesOf(entry).flatMap((cve) => scores.get(cve) ?? [])
        const epss = Math.max(...own.map((one) => one.epss ?? -1))
        return {
          ...entry,
          ...(own.some(({ kev }) => kev !== null) ? { kev: true } : {}),
          ...(epss >= 0 ? { epss } : {}),
        }
      })
    },
    async replaceScores(feed, scores, outcome) {
      const column = columnOf(outcome.kind)
      const known = new Map<string, number>()
      const rows = await db.read
        .selectFrom('advisory_scores')
        .select(['cve', `${column} as score`])
        .where(column, 'is not', null)
        .execute()
      for (const { cve, score } of rows) known.set(cve, Number(score))
      const differing: ScoreRow[] = []
      for (const [cve, score] of scores) if (known.get(cve) !== score) differing.push({ cve, score })
      for (const cve of known.keys()) if (!scores.has(cve)) differing.push({ cve, score: null })
      const touched = await touchedBy(differing.map(({ cve }) => cve))
      return inTransaction(db, async (writing) => {
        await queries.write[column](writing, differing)
        await ensureFeed(writing, feed)
        await writing
          .updateTable('advisory_feeds')
          .set({
            kind: outcome.kind,
            source: outcome.source,
            types: JSON.stringify(outcome.types),
            checked_at: outcome.at,
            source_time: outcome.sourceTime ?? null,
            cursor: outcome.cursor ?? null,
            failed_at: null,
            failure: null,
            records: outcome.records,
            broken: outcome.broken,
            broken_examples: JSON.stringify(outcome.brokenExamples),
            whole_at: outcome.at,
            ...(differing.length === 0 ? {} : { imported_at: outcome.at }),
          })
          .where('name', '=', feed)
          .execute()
        return changes.record(writing, feed, outcome.at, touched)
      })
    },
  }
}

function columnOf(kind: string): 'kev' | 'epss' {
  if (kind === 'kev' || kind === 'epss') return kind
  throw new GatewayError('INTERNAL', `no scores come from a feed of kind ${kind}`, { kind })
}

function cvesOf({ id, aliases }: AdvisoryEntry): string[] {
  return [id, ...aliases].filter((one) => one.startsWith('CVE-'))
}

function prepareQueries(db: LedgerDatabase) {
  const packages = db.read
    .selectFrom('advisory_packages as p')
    .innerJoin('advisories as a', 'a.number', 'p.advisory')
    .select(['p.type', 'p.name'])
  const writer = (column: 'kev' | 'epss') =>
    prepareRows<ScoreRow>(['cve', 'score'], (rows) =>
      db.write
        .insertInto('advisory_scores')
        .values(rows.map(({ cve, score }) => ({ cve, [column]: score })))
        .onConflict((conflict) =>
          conflict.column('cve').doUpdateSet((row) => ({ [column]: row.ref(`excluded.${column}`) })),
        ),
    )
  return {
    scores: prepareQuery((value) =>
      db.read
        .selectFrom('advisory_scores')
        .selectAll()
        .where(
          'cve',
          'in',
          Array.from({ length: ASKED_AT_ONCE }, (_, place) => value(`cve${place}`)),
        ),
    ),
    named: prepareQuery((value) => packages.where('a.id', '=', value('cve'))),
    aliased: prepareQuery((value) =>
      packages.innerJoin('advisory_keys as k', 'k.advisory', 'a.number').where('k.key', '=', value('cve')),
    ),
    write: { kev: writer('kev'), epss: writer('epss') },
  }
}
