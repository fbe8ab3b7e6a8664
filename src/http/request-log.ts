// Who was given what, and who was refused what: recorded behind the answers.
import { createBatchLog } from '../gate/batch-log.ts'
import type { Download, Ledger } from '../storage/ledger.ts'
import type { RefusedRequest } from '../storage/requests.ts'
import type { AppParts } from './app.ts'
import type { GatewayContext } from './bindings.ts'
import type { ClientAddressOf } from './client-address.ts'

export interface RequestLog extends Pick<AppParts, 'served' | 'refused'> {
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
  const askerOf = (c: GatewayContext) => ({
    at: now().toISOString(),
    clientAddress: addressOf(c),
    userAgent: (c.req.header('user-agent') ?? '').slice(0, 200),
  })
  return {
    served: (c, artifact) => downloads.record({ ...artifact, ...askerOf(c) }),
    refused(c, { repository, path }, { outcome, reasons }, tokenLabel) {
      if (outcome === 'approved') return
      const rule = reasons[0]?.rule ?? ''
      const label = tokenLabel === undefined ? {} : { tokenLabel }
      refusals.record({ repository, path, outcome, rule, ...askerOf(c), ...label })
    },
    async flush() {
      await Promise.all([downloads.flush(), refusals.flush()])
    },
  }
}
