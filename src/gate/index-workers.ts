// A small pool of index worker threads: large JSON, HTML and compression never run on the event loop.
import { Worker } from 'node:worker_threads'
import { type ErrorCode, GatewayError } from '../model/errors.ts'
import type { IndexJob, IndexReply, IndexResult, IndexWorkerData } from './index-job.ts'

export interface IndexWorkers {
  /** Throws what the ecosystem threw, or INTERNAL when the worker itself ended. */
  run(job: IndexJob): Promise<IndexResult>
  close(): Promise<void>
}

interface Pending {
  resolve(result: IndexResult): void
  reject(error: GatewayError): void
}

interface Thread {
  readonly worker: Worker
  readonly pending: Map<number, Pending>
}

const HEAP_MB = 1024

export function createIndexWorkers(data: IndexWorkerData, count: number): IndexWorkers {
  let nextId = 0
  const threads: Thread[] = []

  function start(): Thread {
    const worker = new Worker(new URL('./index-worker.ts', import.meta.url), {
      workerData: data,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    })
    const thread: Thread = { worker, pending: new Map() }
    worker.on('message', (reply: IndexReply) => settle(thread, reply))
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
    const at = threads.indexOf(thread)
    if (at >= 0) threads.splice(at, 1)
  }

  function leastBusy(): Thread {
    const idle = threads.find(({ pending }) => pending.size === 0)
    if (idle !== undefined) return idle
    if (threads.length < count) return start()
    return threads.reduce((least, one) => (one.pending.size < least.pending.size ? one : least))
  }

  return {
    run(job) {
      const thread = leastBusy()
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
