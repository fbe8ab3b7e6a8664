// The pool of isolated examiners: a job in, evidence out, and whatever happens to a process never becomes evidence.
import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { execPath, version } from 'node:process'
import { fileURLToPath } from 'node:url'
import { asGatewayError, GatewayError } from '../model/errors.ts'
import type { Evidence } from '../model/evidence.ts'
import type { ExamineJob, ExaminePriority, ExaminerPool, PoolIsolation, TakeCopy } from './examination.ts'
import { createAnswerCheck } from './pool/answer.ts'
import { type ExaminerProcess, type Ready, startExaminer } from './pool/examiner-process.ts'
import { createFairQueue } from './pool/fair-queue.ts'
import { examinerCommand, probeIsolation } from './pool/isolation.ts'
import { preparedRulesFile, strippedCodeFile } from './pool/prepare.ts'
import type { Examined } from './run.ts'

export interface PoolOptions {
  /** Directories and files that hold artifacts: the blob store's directory, the spool. */
  readonly readable: readonly string[]
  /** Folders with the operator's own rule packs. */
  readonly ruleFolders?: readonly string[]
  /** Examinations at the same time; default: one a core. */
  readonly processes?: number
  /** Processes kept warm beyond those; default: one. */
  readonly spares?: number
  /** Let a fresh process do before its first artifact what only that pays for; default: yes. */
  readonly warm?: boolean
  /** Wall time of one examination, after which its process is killed. */
  readonly deadlineMs?: number
  readonly heapMegabytes?: number
  /** Heap, buffers and native memory of one process together. */
  readonly memoryMegabytes?: number
  /** Jobs that may wait, by priority; more is BUSY. */
  readonly maxWaiting?: Partial<Record<ExaminePriority, number>>
  /** A process is replaced after so many artifacts, so that what one left behind does not meet many others. */
  readonly jobsPerProcess?: number
  /** A folder that only this user can write, for what examiners need not do again at every start. */
  readonly cacheFolder?: string
  /** Another entry file; tests start hostile examiners with it. */
  readonly entry?: string
}

const DEFAULTS = {
  spares: 1,
  deadlineMs: 120_000,
  heapMegabytes: 768,
  memoryMegabytes: 2048,
  maxWaiting: { client: 512, background: 256 },
  jobsPerProcess: 500,
}
const SHIPPED_RULES = fileURLToPath(new URL('../../rules/', import.meta.url))
const PRELOAD = new URL('./pool/stripped-code.mjs', import.meta.url).href
/** A process that cannot even start is not started again in a tight loop. */
const RESTART_PAUSE_MS = 1000

interface Waiting {
  readonly job: ExamineJob
  readonly takeCopy: TakeCopy | undefined
  resolve(examined: Examined): void
  reject(error: GatewayError): void
}

/** Resolves when the first examiner is ready; throws SCAN_INCOMPLETE when none starts (a broken rule, a missing file). */
export async function createExaminerPool(
  options: PoolOptions,
): Promise<ExaminerPool & { pids(): readonly number[] }> {
  const settings = { ...DEFAULTS, ...options, maxWaiting: { ...DEFAULTS.maxWaiting, ...options.maxWaiting } }
  const ruleFolders = (options.ruleFolders ?? []).map((path) => resolve(path))
  const slots = Math.max(1, options.processes ?? availableParallelism())
  const isolation = await probeIsolation(execPath, settings.memoryMegabytes)
  const entry = options.entry ?? fileURLToPath(new URL('../examiner.ts', import.meta.url))
  const prepared = await prepareFor(entry, options.cacheFolder, [SHIPPED_RULES, ...ruleFolders])
  const command = examinerCommand(
    {
      nodePath: execPath,
      entry,
      readable: [
        ...ownFiles(),
        ...[...options.readable, ...ruleFolders].map((path) => resolve(path)),
        ...prepared.files,
      ],
      preload: prepared.preload,
      arguments: [...prepared.arguments, ...(options.warm === false ? ['--cold'] : []), ...ruleFolders],
      heapMegabytes: settings.heapMegabytes,
    },
    isolation.wrapper,
  )
  const checkAnswer = createAnswerCheck()
  const queue = createFairQueue<Waiting>(settings.maxWaiting)
  const idle: ExaminerProcess[] = []
  const alive = new Set<ExaminerProcess>()
  const accepted = new WeakSet<ExaminerProcess>()
  const counts = { examined: 0, failed: 0, replaced: 0, busy: 0, busyBackground: 0 }
  let closed = false
  let introduction: Ready | undefined

  async function start(): Promise<void> {
    const examiner = startExaminer(command, checkAnswer)
    alive.add(examiner)
    void examiner.exited.then(() => onExit(examiner))
    const ready = await examiner.ready
    introduction ??= ready
    if (ready.examinationKey !== introduction.examinationKey) {
      // Rules changed on disk under a running gateway: evidence would carry a key that is not its own.
      examiner.kill()
      throw new GatewayError(
        'SCAN_INCOMPLETE',
        'rules or scanners changed since the gateway started; restart it',
      )
    }
    accepted.add(examiner)
    idle.push(examiner)
    dispatch()
  }

  function onExit(examiner: ExaminerProcess): void {
    alive.delete(examiner)
    const index = idle.indexOf(examiner)
    if (index !== -1) idle.splice(index, 1)
    // One that was never accepted is replaced after the pause, by whoever started it.
    if (accepted.has(examiner)) refill()
  }

  /** A spare's start-up is over before somebody needs it. */
  function refill(): void {
    if (closed || introduction === undefined || alive.size >= slots + settings.spares) return
    counts.replaced += 1
    start().catch(onStartFailure)
  }

  /** Nobody waits for an examiner that does not come: they are told, and another one is tried after the pause. */
  function onStartFailure(thrown: unknown): void {
    if (![...alive].some((examiner) => accepted.has(examiner)))
      for (const { job, reject } of queue.drain()) reject(withJob(asGatewayError(thrown), job))
    if (!closed) setTimeout(refill, RESTART_PAUSE_MS)
  }

  function dispatch(): void {
    while (idle.length > 0 && counts.busy < slots) {
      // One slot is never given to background work, so that a client does not wait for the end of a large rescan.
      const clientOnly = slots > 1 && counts.busyBackground >= slots - 1
      const next = queue.shift(clientOnly)
      if (next === undefined) return
      const examiner = idle.shift()
      if (examiner !== undefined) void work(examiner, next.item, next.priority)
    }
  }

  async function work(examiner: ExaminerProcess, waiting: Waiting, priority: ExaminePriority): Promise<void> {
    counts.busy += 1
    if (priority === 'background') counts.busyBackground += 1
    try {
      waiting.resolve(await examiner.run(waiting.job, settings.deadlineMs, waiting.takeCopy))
      counts.examined += 1
    } catch (thrown) {
      counts.failed += 1
      waiting.reject(withJob(asGatewayError(thrown), waiting.job))
    }
    counts.busy -= 1
    if (priority === 'background') counts.busyBackground -= 1
    if (examiner.answered >= settings.jobsPerProcess) examiner.kill()
    else if (!examiner.dead) idle.push(examiner)
    dispatch()
  }

  await start()
  for (let more = 1; more < slots + settings.spares; more += 1) start().catch(onStartFailure)
  const { examinationKey } = introduction ?? { examinationKey: '' }

  return {
    examinationKey,
    isolation,
    async examine(job, priority, takeCopy) {
      if (closed)
        throw new GatewayError('SCAN_INCOMPLETE', 'the gateway is shutting down', { cause: 'closed' })
      const sha256 = job.digests.sha256
      if (sha256 === undefined)
        throw new GatewayError('INTERNAL', 'an artifact without its sha256 cannot be examined')
      const outcome = Promise.withResolvers<Examined>()
      queue.push(
        {
          job: { ...job, location: resolve(job.location) },
          takeCopy,
          resolve: outcome.resolve,
          reject: outcome.reject,
        },
        priority,
        job.claim?.repository ?? '',
      )
      dispatch()
      const examined = await outcome.promise
      return {
        sha256,
        type: job.type,
        examinationKey,
        examinedAt: new Date().toISOString(),
        ...examined,
      } satisfies Evidence
    },
    stats: () => ({
      processes: alive.size,
      busy: counts.busy,
      waitingClient: queue.size('client'),
      waitingBackground: queue.size('background'),
      examined: counts.examined,
      failed: counts.failed,
      replaced: counts.replaced,
    }),
    pids: () => [...alive].flatMap((examiner) => examiner.pid ?? []),
    async close() {
      closed = true
      const error = new GatewayError('SCAN_INCOMPLETE', 'the gateway is shutting down', { cause: 'closed' })
      for (const waiting of queue.drain()) waiting.reject(error)
      const ending = [...alive]
      for (const examiner of ending) examiner.kill()
      await Promise.all(ending.map((examiner) => examiner.exited))
    },
  }
}

/** What an examiner would be kept from on this machine. */
export function isolationOf(memoryMegabytes: number): Promise<PoolIsolation> {
  return probeIsolation(execPath, memoryMegabytes)
}

/** Files that spare the child work, and the arguments that name them; nothing where there is no folder for them. */
async function prepareFor(entry: string, folder: string | undefined, rules: readonly [string, ...string[]]) {
  if (folder === undefined) return { files: [], preload: [], arguments: [] }
  const rulesFile = await preparedRulesFile(folder, rules)
  const codeFile = await strippedCodeFile(folder, entry, version)
  return {
    files: [rulesFile, codeFile].filter((file) => file !== undefined),
    preload: codeFile === undefined ? [] : [PRELOAD],
    arguments: [
      ...(rulesFile === undefined ? [] : [`--prepared=${rulesFile}`]),
      ...(codeFile === undefined ? [] : [`--stripped=${codeFile}`]),
    ],
  }
}

/** What the child itself needs to read: our code, its data, the libraries. */
function ownFiles(): readonly string[] {
  const parts = ['../', '../../rules/', '../../data/', '../../node_modules/', '../../package.json']
  const own = parts
    .map((part) => fileURLToPath(new URL(part, import.meta.url)))
    .filter((path) => existsSync(path))
  // The loader of native add-ons asks whether this is Alpine (musl) before it chooses a file.
  return [...own, '/etc/alpine-release']
}

function withJob(error: GatewayError, job: ExamineJob): GatewayError {
  return new GatewayError(error.code, error.message, {
    ...error.facts,
    fileName: job.fileName,
    sha256: job.digests.sha256,
  })
}
