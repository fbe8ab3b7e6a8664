// Who was given what: written in batches behind the answers, so that no download waits for the ledger.
import type { Download, Ledger } from '../storage/ledger.ts'

export interface DownloadLog {
  record(download: Download): void
  /** Writes what is waiting. */
  flush(): Promise<void>
}

const FLUSH_MS = 200
const MAX_WAITING = 50_000

/** `failed` is told when the ledger refuses a batch; the batch is tried again with the next one. */
export function createDownloadLog(
  ledger: Ledger,
  failed: (error: unknown, lost: number) => void,
): DownloadLog {
  let waiting: Download[] = []
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> = Promise.resolve()

  function flush(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    const batch = waiting
    waiting = []
    if (batch.length > 0) writing = writing.then(() => write(batch))
    return writing
  }

  async function write(batch: Download[]): Promise<void> {
    try {
      await ledger.recordDownloads(batch)
    } catch (error) {
      const room = Math.max(0, MAX_WAITING - waiting.length)
      waiting.unshift(...batch.slice(batch.length - Math.min(room, batch.length)))
      failed(error, Math.max(0, batch.length - room))
    }
  }

  return {
    record(download) {
      waiting.push(download)
      timer ??= setTimeout(flush, FLUSH_MS)
    },
    flush,
  }
}
