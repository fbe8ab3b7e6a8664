// Index worker threads come and go without taking anybody's job with them.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, it } from 'vitest'
import type { IndexJob } from '../../src/gate/index-job.ts'
import { createIndexWorkers } from '../../src/gate/index-workers.ts'
import { loadPolicy } from '../../src/policy/load.ts'

const directory = mkdtempSync(join(tmpdir(), 'sallyport-workers-'))

afterEach(() => rmSync(directory, { recursive: true, force: true }))

/** Reads nothing and renders nothing. */
const EMPTY: IndexJob = {
  settings: {
    name: 'npm',
    type: 'npm',
    upstreams: [],
    publicUrl: 'http://gateway.test/npm',
    indexMode: 'lazy',
    reserved: [],
    options: {},
  },
  set: { key: 'pkg', documents: [], facts: {} },
  ingest: false,
  judge: {
    policy: loadPolicy('balanced', directory),
    revision: '',
    advisories: [],
    advisoryRevision: '',
    releases: [],
    staleFeeds: [],
    audited: false,
    waivers: [],
  },
  now: '2026-01-01T00:00:00.000Z',
  generation: 0,
}

it('does not give a job to a thread that is being ended for having been idle', async () => {
  const data = { ledgerUrl: `sqlite:${directory}/ledger.sqlite`, blobsUrl: `file:${directory}/blobs` }
  const workers = createIndexWorkers(data, 1, { idleMs: 1 })
  for (const wait of [2, 3, 5, 8]) {
    expect(await workers.run(EMPTY)).toEqual({})
    await sleep(wait)
  }
  expect(await workers.run(EMPTY)).toEqual({})
  await workers.close()
})
