// PyPI's legacy JSON: `vulnerabilities` of its release from what feeds know; without a feed what the upstream says.

import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { AdvisoryHit } from '../../../src/ecosystems/ecosystem.ts'
import { renderLegacyJson } from '../../../src/ecosystems/pypi/legacy-json.ts'
import { hitsOf } from '../../../src/gate/audit-answers.ts'
import { importFeed } from '../../../src/gate/feed-import.ts'
import { allLedgers } from '../../../src/storage/all.ts'

const FIXTURES = join(import.meta.dirname, '../../../fixtures/advisories/pypi.jsonl')

it('names the real advisories of flask 0.12.2, and none of 0.12.3', async () => {
  const [backend] = allLedgers
  if (backend === undefined) throw new Error('no ledger')
  const ledger = await backend.openForTest()
  const job = {
    ledgerUrl: '',
    feed: 'pypi',
    kind: 'osv',
    source: FIXTURES,
    path: FIXTURES,
    ecosystems: [],
    whole: true,
    at: new Date().toISOString(),
    dryRun: false,
    force: false,
  } as const
  await importFeed(job, ledger)
  const entries = await ledger.advisories.entriesOf('pypi', ['flask'])
  const advisories = (version: string) => entries.flatMap((entry) => hitsOf(entry, 'flask', [version]))
  expect(render('0.12.2', advisories)).toMatchObject([
    { id: 'PYSEC-2018-66', fixed_in: ['0.12.3'], aliases: expect.arrayContaining(['CVE-2018-1000656']) },
  ])
  expect(render('0.12.3', advisories)).toEqual([])
  expect(render('0.12.2', undefined)).toEqual([{ id: 'UPSTREAM' }])
  await ledger.close()
})

function render(
  version: string,
  advisories: ((version: string) => readonly AdvisoryHit[]) | undefined,
): unknown {
  const filename = `flask-${version}.tar.gz`
  const sha256 = 'a'.repeat(64)
  const upstream = {
    info: { name: 'flask', version },
    urls: [{ filename, digests: { sha256 } }],
    vulnerabilities: [{ id: 'UPSTREAM' }],
  }
  const file = { filename, digests: { sha256 } }
  const files = new Map([[filename, { file, url: 'http://gateway.test/x' }]]) as never
  const body = renderLegacyJson(Buffer.from(JSON.stringify(upstream)), version, {
    files,
    ...(advisories === undefined ? {} : { advisories }),
  })
  return (
    body && (JSON.parse(Buffer.from(body).toString('utf8')) as { vulnerabilities: unknown }).vulnerabilities
  )
}
