// Who was given what, and who was refused what: recorded behind the answers.
import { createBatchLog } from '../gate/batch-log.ts'
import type { Download, Ledger } from '../storage/ledger.ts'
import type { RefusedRequest } from '../storage/requests.ts'
import type { Asked } from './asked.ts'
import type { ClientAddressOf } from './client-address.ts'
import type { PackageParts } from './packages.ts'

export interface RequestLog extends Pick<PackageParts, 'served' | 'refused'> {
  /** Writes what is waiting. */
  flush(): Promise<void>
}

export interface RequestLogParts {
  readonly ledger: Ledger
  readonly addressOf: ClientAddressOf
  readonly now: () => Date
  readonly failed: (what: string, error: unknown, lost: number) => void
}

export function createRequestLog({ ledger, addressOf, now, failed }: RequestLogParts): RequestLog {
  const downloads = createBatchLog<Download>(ledger.recordDownloads, (error, lost) =>
    failed('downloads not recorded', error, lost),
  )
  const refusals = createBatchLog<RefusedRequest>(ledger.requests.recordRefusals, (error, lost) =>
    failed('refusals not recorded', error, lost),
  )
  const askerOf = (asked: Asked) => ({
    at: now().toISOString(),
    clientAddress: addressOf(asked),
    userAgent: (asked.headers['user-agent'] ?? '').slice(0, 200),
  })
  return {
    served: (asked, artifact) => downloads.record({ ...artifact, ...askerOf(asked) }),
    refused(asked, { repository, path }, { outcome, reasons }, tokenLabel) {
      if (outcome === 'approved') return
      const rule = reasons[0]?.rule ?? ''
      const label = tokenLabel === undefined ? {} : { tokenLabel }
      refusals.record({ repository, path, outcome, rule, ...askerOf(asked), ...label })
    },
    async flush() {
      await Promise.all([downloads.flush(), refusals.flush()])
    },
  }
}
