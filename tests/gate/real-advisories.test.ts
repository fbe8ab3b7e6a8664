// Ten real packages of each covered ecosystem, with their real advisories, decided on both sides of the fix.
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadMalwareFeed } from '../../src/advisories/malware-feed.ts'
import { createAdvisoryData, NO_FEEDS } from '../../src/gate/advisory-data.ts'
import { importFeed } from '../../src/gate/feed-import.ts'
import { createJudgeSource } from '../../src/gate/policy-judge.ts'
import type { ArtifactClaim, PurlType } from '../../src/model/claim.ts'
import { loadPolicy } from '../../src/policy/load.ts'
import { allLedgers } from '../../src/storage/all.ts'
import type { Ledger } from '../../src/storage/ledger.ts'
import { ALMA, ALPINE, DEBIAN, NPM, PYPI, type Row } from '../support/real-packages.ts'

const FIXTURES = join(import.meta.dirname, '../../fixtures/advisories')

interface Served {
  readonly type: PurlType
  readonly rows: readonly Row[]
  readonly options: Readonly<Record<string, unknown>>
  /** Another release of the same distribution, for which none of these records was written. */
  readonly other?: Readonly<Record<string, unknown>>
}

const SERVED: Readonly<Record<string, Served>> = {
  npm: { type: 'npm', rows: NPM, options: {} },
  pypi: { type: 'pypi', rows: PYPI, options: {} },
  debian: {
    type: 'deb',
    rows: DEBIAN,
    options: { suites: ['bullseye', 'bullseye-security'] },
    other: { suites: ['trixie'] },
  },
  almalinux: {
    type: 'rpm',
    rows: ALMA,
    options: { distribution: 'AlmaLinux' },
    other: { distribution: 'AlmaLinux:10' },
  },
  alpine: {
    type: 'apk',
    rows: ALPINE,
    options: { versions: ['v3.3', 'v3.4', 'v3.10'] },
    other: { versions: ['v3.20'] },
  },
}

let ledger: Ledger

beforeAll(async () => {
  const [backend] = allLedgers
  if (backend === undefined) throw new Error('no ledger')
  ledger = await backend.openForTest()
  await importFeed(
    {
      ledgerUrl: '',
      feed: 'real',
      kind: 'osv',
      source: FIXTURES,
      path: FIXTURES,
      ecosystems: [],
      whole: true,
      at: new Date().toISOString(),
      dryRun: false,
      force: false,
    },
    ledger,
  )
})

afterAll(() => ledger.close())

describe.each(Object.entries(SERVED))('%s', (name, { type, rows, options, other }) => {
  async function warningsOf(row: Row, version: string, serves = options): Promise<readonly string[]> {
    const [source, , , binary = source, facts = {}] = row
    const settings = { name, type, upstreams: [], options: serves }
    const data = createAdvisoryData({
      ledger,
      feed: await loadMalwareFeed([], { embedded: false }),
      freshness: () => NO_FEEDS,
    })
    const policy = loadPolicy('balanced', '.')
    const judges = createJudgeSource({
      policyOf: () => policy,
      advisories: data,
      waivers: () => ({ revision: '0', waivers: [] }),
      now: () => new Date(),
    })
    const claim: ArtifactClaim = {
      repository: name,
      type,
      name: binary,
      version,
      path: 'x',
      indexKey: '',
      url: '',
      digests: {},
      publishedAt: '2020-01-01T00:00:00.000Z',
      facts: Object.keys(facts).length === 0 ? {} : { ...facts, sourceVersion: version },
    }
    const judge = await judges.judgeFor(settings, claim)
    const summary = {
      maintainers: [],
      hooks: [],
      nativeCode: [],
      fileCount: 1,
      unpackedBytes: 1,
      foreignDependencies: [],
      capabilities: [],
    }
    const evidence = {
      sha256: 'a'.repeat(64),
      type,
      examinationKey: '',
      examinedAt: '',
      findings: [],
      runs: [],
      summary,
    }
    const { warnings } = judge.decide(claim, evidence, new Date())
    return warnings.map(({ rule }) => rule).filter((rule) => rule.startsWith('vulnerability:'))
  }

  it('has ten packages', () => {
    expect(rows).toHaveLength(10)
  })

  it.each(rows.map((row) => ({ name: row[0], affected: row[1], fixed: row[2], row })))(
    '$name: $affected is affected, $fixed is not',
    async ({ affected, fixed, row }) => {
      expect(await warningsOf(row, affected)).toHaveLength(1)
      expect(await warningsOf(row, fixed)).toEqual([])
    },
  )

  if (other !== undefined)
    it('counts no record of another release', async () => {
      for (const row of rows) expect([row[0], await warningsOf(row, row[1], other)]).toEqual([row[0], []])
    })
})
