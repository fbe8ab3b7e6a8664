// Records that are written in batches behind the answers, so that no request waits for the ledger.

export interface BatchLog<T> {
  record(entry: T): void
  /** Writes what is waiting. */
  flush(): Promise<void>
}

const FLUSH_MS = 200
const MAX_WAITING = 50_000

/** `failed` is told when a batch is refused; the batch is tried again with the next one. */
export function createBatchLog<T>(
  write: (batch: readonly T[]) => Promise<void>,
  failed: (error: unknown, lost: number) => void,
): BatchLog<T> {
  let waiting: T[] = []
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> = Promise.resolve()

  function flush(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    const batch = waiting
    waiting = []
    if (batch.length > 0) writing = writing.then(() => tryWrite(batch))
    return writing
  }

  async function tryWrite(batch: T[]): Promise<void> {
    try {
      await write(batch)
    } catch (error) {
      const room = Math.max(0, MAX_WAITING - waiting.length)
      waiting.unshift(...batch.slice(batch.length - Math.min(room, batch.length)))
      failed(error, Math.max(0, batch.length - room))
    }
  }

  return {
    record(entry) {
      waiting.push(entry)
      timer ??= setTimeout(flush, FLUSH_MS)
    },
    flush,
  }
}
