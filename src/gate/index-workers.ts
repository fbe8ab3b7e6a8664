// A small pool of index worker threads: large JSON, HTML and compression never run on the event loop.
import { Worker } from 'node:worker_threads'
import { type ErrorCode, GatewayError } from '../model/errors.ts'
import type { CheckJob, IndexJob, IndexReply, IndexResult, IndexWorkerData } from './index-job.ts'

export interface IndexWorkers {
  /** Throws what the ecosystem threw, or INTERNAL when the worker itself ended. */
  run(job: IndexJob | CheckJob): Promise<IndexResult>
  close(): Promise<void>
}

interface Pending {
  resolve(result: IndexResult): void
  reject(error: GatewayError): void
}

interface Thread {
  readonly worker: Worker
  readonly pending: Map<number, Pending>
  remembers: boolean
  idle?: NodeJS.Timeout
}

const HEAP_MB = 1024
const YOUNG_MB = 16
const IDLE_MS = 30_000
/**
 * What a thread remembers of a whole repository makes the next generation in a second; without it a refusal is followed by as much work
 * as the first generation was. An upstream changes about once a day, so that what is in use stays; it is bounded, see index-worker.ts.
 */
const REMEMBERING_IDLE_MS = 26 * 3_600_000

export function createIndexWorkers(
  data: IndexWorkerData,
  count: number,
  {
    idleMs = IDLE_MS,
    rememberingIdleMs = REMEMBERING_IDLE_MS,
  }: { readonly idleMs?: number; readonly rememberingIdleMs?: number } = {},
): IndexWorkers {
  let nextId = 0
  const threads: Thread[] = []
  const lastOf = new Map<string, Thread>()

  function start(): Thread {
    const worker = new Worker(new URL('./index-worker.ts', import.meta.url), {
      workerData: data,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB, maxYoungGenerationSizeMb: YOUNG_MB },
    })
    const thread: Thread = { worker, pending: new Map(), remembers: false }
    worker.on('message', (reply: IndexReply) => {
      settle(thread, reply)
      if (thread.pending.size === 0) endWhenIdle(thread)
    })
    worker.on('error', (cause) => discard(thread, cause))
    worker.on('exit', () => discard(thread, undefined))
    worker.unref()
    threads.push(thread)
    return thread
  }

  /** An ended thread is forgotten; the next job starts another, so that a thread that cannot start never spins. */
  function discard(thread: Thread, cause: unknown): void {
    for (const { reject } of thread.pending.values())
      reject(new GatewayError('INTERNAL', 'an index worker ended while it worked', {}, { cause }))
    thread.pending.clear()
    forget(thread)
  }

  function forget(thread: Thread): void {
    const at = threads.indexOf(thread)
    if (at >= 0) threads.splice(at, 1)
  }

  /** The heap of a thread that parsed ten megabytes of JSON stays large; ending the thread gives it back. */
  function endWhenIdle(thread: Thread): void {
    clearTimeout(thread.idle)
    thread.idle = setTimeout(
      () => {
        if (thread.pending.size > 0) return
        forget(thread) // first: until it has ended it would be taken for the idlest one
        void thread.worker.terminate()
      },
      thread.remembers ? Math.max(idleMs, rememberingIdleMs) : idleMs,
    )
    thread.idle.unref()
  }

  function leastBusy(): Thread {
    const idle = threads.find(({ pending }) => pending.size === 0)
    if (idle !== undefined) return idle
    if (threads.length < count) return start()
    return threads.reduce((least, one) => (one.pending.size < least.pending.size ? one : least))
  }

  /** What a thread remembers of a repository is worth waiting for it. */
  function threadFor({ affinity }: IndexJob | CheckJob): Thread {
    const last = affinity === undefined ? undefined : lastOf.get(affinity)
    const thread = last !== undefined && threads.includes(last) ? last : leastBusy()
    if (affinity !== undefined) {
      lastOf.set(affinity, thread)
      thread.remembers = true
    }
    return thread
  }

  return {
    run(job) {
      const thread = threadFor(job)
      const id = nextId++
      return new Promise((resolve, reject) => {
        thread.pending.set(id, { resolve, reject })
        thread.worker.ref()
        thread.worker.postMessage({ id, job })
      })
    },
    async close() {
      await Promise.all(threads.map(({ worker }) => worker.terminate()))
    },
  }
}

function settle(thread: Thread, reply: IndexReply): void {
  const waiting = thread.pending.get(reply.id)
  thread.pending.delete(reply.id)
  if (thread.pending.size === 0) thread.worker.unref()
  if (waiting === undefined) return
  if (reply.result !== undefined) {
    waiting.resolve(reply.result)
    return
  }
  const { code = 'INTERNAL', message = 'no answer', facts = {} } = reply.error ?? {}
  waiting.reject(new GatewayError(code as ErrorCode, message, facts))
}
