// A gateway inside the test process: real stores, upstream client and index workers; examinations by our own reader and integrity scanner, in process.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadMalwareFeed } from '../../src/advisories/malware-feed.ts'
import { configFrom } from '../../src/config/load.ts'
import { allReaders } from '../../src/ecosystems/readers.ts'
import { createGateway, type Gateway } from '../../src/gateway.ts'
import type { Parts } from '../../src/gateway-parts.ts'
import { listen } from '../../src/http/listen.ts'
import { integrity } from '../../src/scanners/content/integrity.ts'
import type { ExamineJob, ExaminerPool } from '../../src/scanners/examination.ts'
import { examine } from '../../src/scanners/run.ts'
import { silentLog } from '../../src/telemetry/log.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { rawRequest } from '../support/raw-request.ts'

export interface InProcess {
  readonly gateway: Gateway
  readonly directory: string
  readonly port: number
  /** Over a socket, as a client asks. */
  get(path: string, headers?: Record<string, string>, method?: string): Promise<Response>
  /** Ends it and starts another one on the same data, as after a restart. */
  restart(): Promise<InProcess>
  close(): Promise<void>
}

export interface InProcessOptions {
  readonly repositories: readonly Record<string, unknown>[]
  readonly config?: Record<string, unknown>
  readonly given?: Partial<Parts>
  readonly directory?: string
}

export async function openInProcess(options: InProcessOptions): Promise<InProcess> {
  const directory = options.directory ?? mkdtempSync(join(tmpdir(), 'sallyport-gate-'))
  const document = {
    publicUrl: 'http://gateway.test',
    dataDirectory: directory,
    repositories: options.repositories,
    ...options.config,
  }
  const config = await configFrom(document, { origin: 'test', directory })
  const gateway = await createGateway(
    config,
    { log: silentLog(), metrics: createMetrics('0') },
    { pool: inProcessPool(), feed: await loadMalwareFeed([], { embedded: false }), ...options.given },
  )
  const publicUrl = 'http://gateway.test'
  const listener = await listen(gateway, { host: '127.0.0.1', port: 0, publicUrl })
  const end = async () => {
    await listener.close()
    await gateway.close()
  }
  return {
    gateway,
    directory,
    port: listener.port,
    get: (path, headers = {}, method = 'GET') => ask(listener.port, path, headers, method),
    async restart() {
      await end()
      return openInProcess({ ...options, directory })
    },
    async close() {
      await end()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

async function ask(
  port: number,
  path: string,
  headers: Record<string, string>,
  method: string,
): Promise<Response> {
  const init = { method, headers: { host: 'gateway.test', ...headers } }
  const { status, phrase, headers: answered, body } = await rawRequest(`http://127.0.0.1:${port}`, path, init)
  const pairs = Object.entries(answered).map(([name, value]): [string, string] => [name, String(value)])
  return new Response(body.byteLength === 0 ? null : Buffer.from(body), {
    status,
    statusText: phrase,
    headers: pairs,
  })
}

/** `before` runs ahead of each examination: it may wait, or throw as a full queue does. */
export function inProcessPool(before: (job: ExamineJob) => Promise<void> | void = () => {}): ExaminerPool {
  const examinationKey = 'in-process'
  return {
    examinationKey,
    isolation: { networkIsolated: false, addressSpaceLimited: false, notes: [] },
    async examine(job) {
      await before(job)
      const parts = {
        readers: allReaders,
        scanners: [integrity],
        data: { rules: [] },
        describe: async () => ({}),
        dataRevision: '',
      }
      const examined = await examine(job, parts, new AbortController().signal)
      const { type, digests } = job
      return {
        ...examined,
        sha256: digests.sha256 ?? '',
        type,
        examinationKey,
        examinedAt: new Date().toISOString(),
      }
    },
    stats: () => ({
      processes: 0,
      busy: 0,
      waitingClient: 0,
      waitingBackground: 0,
      examined: 0,
      failed: 0,
      replaced: 0,
    }),
    close: async () => {},
  }
}
