// Entry of the thread that imports one feed, so that the gateway answers while half a million records are read.
import { parentPort, workerData } from 'node:worker_threads'
import { asGatewayError } from '../model/errors.ts'
import { openLedger } from '../storage/all.ts'
import { importFeed } from './feed-import.ts'
import type { FeedJob } from './feed-job.ts'

const job = workerData as FeedJob
const ledger = await openLedger(job.ledgerUrl)
try {
  parentPort?.postMessage({ result: await importFeed(job, ledger) })
} catch (thrown) {
  const { code, message } = asGatewayError(thrown)
  parentPort?.postMessage({ error: { code, message } })
} finally {
  await ledger.close()
}
