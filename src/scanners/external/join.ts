// Joins tools beside the gateway to the pool of examiners: one examination, one evidence, every tool accounted for.
import { createHash } from 'node:crypto'
import { asGatewayError } from '../../model/errors.ts'
import type { Evidence, ScannerRun } from '../../model/evidence.ts'
import type { Finding } from '../../model/finding.ts'
import type { PackageFormat } from '../../model/package-contents.ts'
import { boundFindings } from '../bound-findings.ts'
import type { CopyPiece, ExamineJob, ExaminerPool } from '../examination.ts'
import type { ConfiguredTool, ExternalRun } from './adapter.ts'

export interface JoinOptions {
  /** Wall time of one tool on one artifact. */
  readonly deadlineMs?: number
}

const DEFAULT_DEADLINE_MS = 300_000

/** The pool, with the tools' runs and findings in its evidence. Without tools it is the pool itself. */
export function joinTools<Pool extends ExaminerPool>(
  pool: Pool,
  tools: readonly ConfiguredTool[],
  options: JoinOptions = {},
): Pool {
  if (tools.length === 0) return pool
  const examinationKey = keyOf(pool.examinationKey, tools)
  return {
    ...pool,
    examinationKey,
    async examine(job, priority) {
      const sessions = tools.map((tool) => openSession(tool, job, options.deadlineMs ?? DEFAULT_DEADLINE_MS))
      try {
        const takers = sessions.filter((session) => session.wantsCopies)
        const take = async (piece: CopyPiece) => {
          await Promise.all(takers.map((session) => session.copy(piece)))
        }
        const evidence = await pool.examine(job, priority, takers.length === 0 ? undefined : take)
        const outcomes = await finishAll(sessions)
        return { ...merge(evidence, outcomes), examinationKey }
      } finally {
        await Promise.all(sessions.map((session) => session.abandon()))
      }
    },
  }
}

/** First tools that are nobody's fallback, all at once; then fallbacks in order, where they are needed. */
async function finishAll(sessions: readonly Session[]): Promise<readonly Outcome[]> {
  const outcomes = new Map<Session, Outcome>()
  const first = sessions.filter((session) => session.fallbackFor.length === 0)
  await Promise.all(first.map(async (session) => outcomes.set(session, await session.finish())))
  for (const session of sessions.filter((one) => one.fallbackFor.length > 0)) {
    const replaced = [...outcomes].filter(([{ id }]) => session.fallbackFor.includes(id))
    const done = replaced.find(([, { run }]) => run.status === 'ran')
    const outcome = done === undefined ? await session.finish() : session.notNeeded(done[0].id)
    outcomes.set(session, outcome)
    if (outcome.run.status !== 'ran') continue
    for (const [other, { run, findings }] of replaced)
      if (run.status === 'failed')
        outcomes.set(other, {
          findings,
          run: { ...run, required: false, reason: `${run.reason}; ${session.id} ran instead` },
        })
  }
  return sessions.flatMap((session) => outcomes.get(session) ?? [])
}

/** Turning a tool on, off or from optional to required makes other evidence. */
function keyOf(poolKey: string, tools: readonly ConfiguredTool[]): string {
  const own = tools.map(({ scanner, mode }) => [scanner.id, scanner.version, mode])
  return createHash('sha256')
    .update(JSON.stringify([poolKey, own]))
    .digest('hex')
    .slice(0, 32)
}

interface Outcome {
  readonly run: ScannerRun
  readonly findings: readonly Finding[]
}

interface Session {
  readonly id: string
  readonly fallbackFor: readonly string[]
  /** Instead of `finish`, when another tool did the work. */
  notNeeded(done: string): Outcome
  readonly wantsCopies: boolean
  copy(piece: CopyPiece): Promise<void>
  finish(): Promise<Outcome>
  abandon(): Promise<void>
}

function openSession(
  { scanner, mode, fallbackFor = [] }: ConfiguredTool,
  job: ExamineJob,
  deadlineMs: number,
): Session {
  const started = performance.now()
  const run = (status: ScannerRun['status'], reason?: string): ScannerRun => ({
    scanner: scanner.id,
    version: scanner.version,
    layer: scanner.layer,
    status,
    ...(reason === undefined ? {} : { reason: reason.slice(0, 1000) }),
    milliseconds: performance.now() - started,
    required: mode === 'required',
  })
  const skip = skipReason({ scanner, mode }, job)
  if (skip !== undefined) return skippedSession(scanner.id, run('skipped', skip))

  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(new Error(`not done after ${deadlineMs} ms`)), deadlineMs)
  let broken: unknown
  let external: ExternalRun | undefined
  try {
    external = scanner.start(job, controller.signal)
  } catch (thrown) {
    broken = thrown
  }

  return {
    id: scanner.id,
    fallbackFor,
    notNeeded: (done) => ({ findings: [], run: run('skipped', `${done} has done the work`) }),
    wantsCopies: scanner.wantsCopies,
    async copy(piece) {
      if (broken !== undefined) return
      try {
        await external?.copy?.(piece)
      } catch (thrown) {
        broken = thrown
      }
    },
    async finish() {
      try {
        if (broken !== undefined || external === undefined) throw broken
        const outcome = await external.finish()
        return 'skipped' in outcome
          ? { findings: [], run: run('skipped', outcome.skipped) }
          : { findings: outcome, run: run('ran') }
      } catch (thrown) {
        // Whatever went wrong, the tool has not said that the artifact is clean.
        return { findings: [], run: run('failed', asGatewayError(thrown).message) }
      }
    },
    async abandon() {
      clearTimeout(timer)
      controller.abort(new Error('no longer needed'))
      await external?.abandon().catch(() => undefined) // its outcome is recorded already
    },
  }
}

function skipReason({ scanner, mode }: ConfiguredTool, job: ExamineJob): string | undefined {
  if (mode === 'off') return 'switched off in the configuration'
  const format = formatOf(job)
  return scanner.formats.includes(format) ? undefined : `${scanner.id} has nothing to say about ${format}`
}

function skippedSession(id: string, run: ScannerRun): Session {
  return {
    id,
    fallbackFor: [],
    notNeeded: () => ({ run, findings: [] }),
    wantsCopies: false,
    copy: async () => undefined,
    finish: async () => ({ run, findings: [] }),
    abandon: async () => undefined,
  }
}

/** By the name the client asks for; whether the bytes are that format, the reader says. */
export function formatOf({ type, fileName }: Pick<ExamineJob, 'type' | 'fileName'>): PackageFormat {
  if (type === 'npm') return 'npm-tgz'
  if (type === 'pypi') return fileName.endsWith('.whl') ? 'wheel' : 'sdist'
  if (type === 'deb') return /\.u?deb$/.test(fileName) ? 'deb' : 'deb-source'
  return type
}

function merge(evidence: Evidence, outcomes: readonly Outcome[]): Evidence {
  return {
    ...evidence,
    findings: boundFindings([...evidence.findings, ...outcomes.flatMap((outcome) => outcome.findings)]),
    runs: [...evidence.runs, ...outcomes.map((outcome) => outcome.run)],
  }
}
