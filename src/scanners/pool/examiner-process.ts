// One examiner child: started, made ready, given one job at a time, killed at the first sign of trouble.
import { spawn } from 'node:child_process'
import { GatewayError } from '../../model/errors.ts'
import type { ExamineJob, TakeCopy } from '../examination.ts'
import type { Examined } from '../run.ts'
import type { CheckAnswer, ExpectedRuns } from './answer.ts'
import { type CopyIn, createCopyIn } from './copy-in.ts'
import { createLineReader, frame } from './frames.ts'

const MAX_ANSWER_BYTES = 32 * 1024 * 1024
const KEPT_ERROR_BYTES = 2000
const READY_TIMEOUT_MS = 60_000

export interface Ready {
  readonly examinationKey: string
  readonly runs: ExpectedRuns
}

export interface ExaminerProcess {
  readonly ready: Promise<Ready>
  /** Settles once; after a rejection the process is dead. Only one job at a time. */
  run(job: ExamineJob, deadlineMs: number, takeCopy?: TakeCopy): Promise<Examined>
  readonly dead: boolean
  /** Jobs answered so far. */
  readonly answered: number
  /** Process id, for tests and `doctor`. */
  readonly pid: number | undefined
  kill(): void
  readonly exited: Promise<void>
}

interface Waiting {
  readonly id: number
  readonly copies?: CopyIn
  resolve(examined: Examined): void
  reject(error: GatewayError): void
}

export function startExaminer(command: readonly string[], checkAnswer: CheckAnswer): ExaminerProcess {
  const [program = '', ...args] = command
  const child = spawn(program, args, {
    env: { TZ: 'UTC', LANG: 'C.UTF-8' },
    cwd: '/',
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const readiness = Promise.withResolvers<Ready>()
  const exited = Promise.withResolvers<void>()
  let known: Ready | undefined
  let waiting: Waiting | undefined
  let answered = 0
  let lastWords = ''
  let dead: GatewayError | undefined

  const readyTimer = setTimeout(() => fail('deadline', 'was not ready in time'), READY_TIMEOUT_MS)
  readiness.promise.catch(() => undefined) // whoever awaits it is told; nobody has to

  function fail(cause: string, message: string): void {
    if (dead !== undefined) return
    dead = incomplete(cause, message, lastWords)
    clearTimeout(readyTimer)
    child.kill('SIGKILL')
    readiness.reject(dead)
    waiting?.reject(dead)
    waiting = undefined
  }

  function onLine(line: string): void {
    const message = parse(line)
    if (message === undefined) fail('garbage', 'said something that is no message')
    else if (known === undefined) becomeReady(message)
    else if (waiting === undefined || message['id'] !== waiting.id)
      fail('garbage', 'answered what was not asked')
    else if (message['copy'] !== undefined && waiting.copies !== undefined)
      waiting.copies.take(message['copy'])
    else if (typeof message['error'] === 'string')
      fail('failure', `failed: ${message['error'].slice(0, 300)}`)
    else settle(waiting, checkAnswer(message['examined'], known.runs))
  }

  function settle({ resolve }: Waiting, checked: ReturnType<CheckAnswer>): void {
    if ('wrong' in checked) {
      fail('garbage', `gave an answer that is no evidence (${checked.wrong})`)
      return
    }
    waiting = undefined
    answered += 1
    resolve(checked.examined)
  }

  /** Said before the process has seen any artifact, so its own word is good. */
  function becomeReady(message: Record<string, unknown>): void {
    const ready = message['ready']
    if (!isReady(ready)) {
      fail('garbage', 'did not introduce itself')
      return
    }
    known = ready
    clearTimeout(readyTimer)
    readiness.resolve(ready)
  }

  const onChunk = createLineReader(MAX_ANSWER_BYTES, onLine)
  child.stdout.on('data', (chunk: Buffer) => {
    if (dead !== undefined) return
    try {
      onChunk(chunk)
    } catch (thrown) {
      fail('garbage', `sent ${thrown instanceof Error ? thrown.message : 'too much'}`)
    }
  })
  child.stderr.on('data', (chunk: Buffer) => {
    lastWords = (lastWords + chunk.toString('latin1')).slice(-KEPT_ERROR_BYTES)
  })
  child.stdin.on('error', () => fail('crash', 'does not listen any more'))
  child.on('error', (error) => fail('crash', `could not be started: ${error.message}`))
  child.on('close', (code, signal) => {
    fail('crash', describeExit(code, signal, lastWords))
    exited.resolve()
  })

  let nextId = 1
  return {
    ready: readiness.promise,
    async run(job, deadlineMs, takeCopy) {
      if (dead !== undefined) throw dead
      const id = nextId++
      const outcome = Promise.withResolvers<Examined>()
      const copies =
        takeCopy === undefined
          ? undefined
          : createCopyIn(
              takeCopy,
              () => child.stdout.pause(),
              () => child.stdout.resume(),
            )
      const timer = setTimeout(() => fail('deadline', `was not done after ${deadlineMs} ms`), deadlineMs)
      waiting = {
        id,
        resolve: outcome.resolve,
        reject: outcome.reject,
        ...(copies === undefined ? {} : { copies }),
      }
      child.stdin.write(frame({ id, job, milliseconds: deadlineMs, copies: copies !== undefined }))
      try {
        return await outcome.promise
      } finally {
        clearTimeout(timer)
        await copies?.settled()
      }
    },
    get dead() {
      return dead !== undefined
    },
    get answered() {
      return answered
    },
    pid: child.pid,
    kill: () => fail('closed', 'was ended'),
    exited: exited.promise,
  }
}

function describeExit(code: number | null, signal: string | null, lastWords: string): string {
  if (/heap out of memory|Cannot allocate|Allocation failed|bad_alloc/.test(lastWords))
    return 'ran out of memory'
  if (signal !== null) return `was ended by ${signal}`
  // A failure to start tells why in its first error line; the rest is in the facts.
  const told = /^\w*Error\b.{0,300}/m.exec(lastWords)?.[0]
  return told === undefined ? `ended with code ${code}` : `ended with code ${code}: ${told}`
}

function incomplete(cause: string, message: string, lastWords: string): GatewayError {
  return new GatewayError('SCAN_INCOMPLETE', `the examiner ${message}`, {
    cause,
    ...(lastWords === '' ? {} : { said: lastWords.replace(/[^\n\x20-\x7e]/g, '?') }),
  })
}

function parse(line: string): Record<string, unknown> | undefined {
  try {
    const message: unknown = JSON.parse(line)
    return isRecord(message) ? message : undefined
  } catch {
    return undefined
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isReady(value: unknown): value is Ready {
  return isRecord(value) && typeof value['examinationKey'] === 'string' && Array.isArray(value['runs'])
}
