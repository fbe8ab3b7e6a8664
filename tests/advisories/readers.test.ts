// What feeds are made of: CVSS vectors, KEV, EPSS, own advisories, lists of changes, archives; honest and hostile ones.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { changesIn } from '../../src/advisories/bucket.ts'
import { cvssScore } from '../../src/advisories/cvss.ts'
import { readOsv } from '../../src/advisories/feed-files.ts'
import { normaliseRecord } from '../../src/advisories/normalise.ts'
import { npmRange } from '../../src/advisories/npm-range.ts'
import { type OsvItem, parseRecord } from '../../src/advisories/osv.ts'
import { readOwnAdvisories } from '../../src/advisories/own-advisories.ts'
import { readEpss, readKev } from '../../src/advisories/scores.ts'
import { npmRecord, zipOf } from '../support/osv-bucket.ts'
import { rawTar } from '../support/raw-tar.ts'

const NOW = new Date('2026-06-01T00:00:00Z')
let directory = ''
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sallyport-readers-'))
})
afterAll(() => rm(directory, { recursive: true }))

const normalised = (record: unknown) => {
  const item = parseRecord(JSON.stringify(record), 'here')
  return 'record' in item ? normaliseRecord(item.record, { now: NOW }) : item.broken.why
}

describe('CVSS', () => {
  // Examples of FIRST's own documents: CVSS 2.0 guide, 3.1 examples, 4.0 examples.
  it.each([
    ['AV:N/AC:L/Au:N/C:N/I:N/A:C', 7.8],
    ['CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N', 6.1],
    ['CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:L/I:L/A:N', 6.4],
    ['CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N', 7.5],
    ['CVSS:4.0/AV:L/AC:L/AT:P/PR:L/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N', 7.3],
    ['CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H', 10],
  ])('%s is %s', (vector, score) => {
    expect(cvssScore(vector)).toBe(score)
  })

  it.each(['', 'CVSS:3.1/AV:N', 'CVSS:9.9/AV:N/AC:L', 'hello', `CVSS:3.1/${'A'.repeat(1000)}`, '__proto__'])(
    '%j is no vector',
    (text) => {
      expect(cvssScore(text)).toBeUndefined()
    },
  )
})

describe('a record', () => {
  it.each<[string, Record<string, unknown>, RegExp]>([
    ['a date that is none', { published: 'yesterday' }, /published is no date/],
    ['an impossible date', { modified: '2026-13-45T00:00:00Z' }, /modified is no date/],
    ['an id with control characters', { id: 'A\nB' }, /an id that is not printable/],
    ['aliases that are no texts', { aliases: [1] }, /aliases/],
    ['too many packages', { affected: Array.from({ length: 20_001 }, () => ({})) }, /more than 20000/],
    [
      'a version of a megabyte',
      { affected: [{ package: { ecosystem: 'npm', name: 'x' }, versions: ['1'.repeat(1_000_000)] }] },
      /a version longer than/,
    ],
    [
      'a name of a megabyte',
      { affected: [{ package: { ecosystem: 'npm', name: 'x'.repeat(1e6) }, versions: ['1'] }] },
      /too long/,
    ],
  ])('with %s is broken, and says so', (_, change, why) => {
    expect(normalised(npmRecord('A', 'left', [{ introduced: '0' }], change))).toMatch(why)
  })

  it('from the future does not win over what comes until then, and is not withdrawn yet', () => {
    const change = { modified: '2099-01-01T00:00:00Z', withdrawn: '2099-01-01T00:00:00Z' }
    expect(normalised(npmRecord('A', 'left', [{ introduced: '0' }], change))).toMatchObject({
      modified: NOW.toISOString(),
      withdrawn: false,
    })
  })

  it('about bugs and enhancements is none about security', () => {
    expect(normalised(npmRecord('ALBA-2022:1', 'left', [{ introduced: '0' }]))).toBeUndefined()
  })

  it.each([
    ['<=1.1.1', '<=1.1.1'],
    ['>=1.0.0 <2.0.0 || 3.x', '>=1.0.0 <2.0.0 || >=3.0.0 <4.0.0-0'],
    ['>1.0.0 <=2.0.0', '>=1.0.1-0 <=2.0.0'],
    ['*', '*'],
    ['nonsense', '*'],
  ])('with the written range %s names %s', (written, expected) => {
    const affected = [
      { package: { ecosystem: 'npm', name: 'x' }, database_specific: { vulnerable_range: written } },
    ]
    const record = normalised({ id: 'NSWG-1', affected })
    if (typeof record !== 'object') throw new Error(`no record: ${record}`)
    const [one] = record.affected
    expect(one && npmRange(one)).toBe(expected)
  })
})

describe('KEV and EPSS', () => {
  it('are read as their makers write them', () => {
    expect([...readKev('{"vulnerabilities":[{"cveID":"CVE-2024-1234"}]}').scores.keys()]).toEqual([
      'CVE-2024-1234',
    ])
    const lines = readKev('{"cve":"CVE-2024-1234"}\n{"cve":"CVE-2024-9999"}\n{"cve":7}\n')
    expect([lines.scores.size, lines.broken]).toEqual([2, ['entry 3: no CVE id']])
    const epss = readEpss(
      '#model_version:v2025,score_date:2026-05-31T00:00:00Z\ncve,epss,percentile\nCVE-2024-1234,0.25,0.9\nCVE-2024-2,7,1\n',
    )
    expect([...epss.scores]).toEqual([['CVE-2024-1234', 0.25]])
    expect(epss).toMatchObject({
      sourceTime: '2026-05-31T00:00:00Z',
      broken: ['line 4: no CVE id with a probability'],
    })
  })

  it.each([
    ['KEV', '<html>', readKev],
    ['KEV', '{"vulnerabilities":[]}', readKev],
    ['EPSS', '<html>', readEpss],
    ['EPSS', 'cve,epss,percentile\n', readEpss],
  ])('%s is not %j', (_, text, read) => {
    expect(() => read(text)).toThrow(/this is no/)
  })
})

describe('own advisories', () => {
  const one = (more: string) =>
    readOwnAdvisories(`advisories:\n  - id: ACME-1\n    package: npm:left\n    reason: leaks\n${more}`, NOW)

  it('name a package, a range, a severity and a reason', () => {
    expect(one("    range: '>=1.0.0 <1.4.2 || =2.0.0'\n    severity: critical\n")).toMatchObject([
      {
        id: 'ACME-1',
        severity: 'critical',
        summary: 'leaks',
        affected: [
          {
            type: 'npm',
            name: 'left',
            ranges: [
              { events: [{ introduced: '1.0.0' }, { fixed: '1.4.2' }] },
              { events: [{ introduced: '2.0.0' }, { last_affected: '2.0.0' }] },
            ],
          },
        ],
      },
    ])
    expect(one("    range: '*'\n    cvss: 9.8\n    kind: malware\n")).toMatchObject([
      { kind: 'malware', severity: 'critical', score: 9.8 },
    ])
  })

  it.each([
    ["    range: '>1.0.0'\n", /range/],
    ["    range: '~1'\n", /range/],
    ['    rnage: x\n', /unknown key rnage/],
    ["    range: '*'\n    severity: bad\n", /severity: allowed are/],
    ["    range: '*'\n    cvss: 11\n", /cvss/],
    ['', /range or versions/],
  ])('with the mistake %j are refused as a whole', (more, why) => {
    expect(() => one(more)).toThrow(why)
  })

  it.each(['[', 'advisories: 7', 'a: &a [*a, *a]'])('%j are none', (text) => {
    expect(() => readOwnAdvisories(text, NOW)).toThrow(/own advisories/)
  })
})

describe('a list of changes', () => {
  const list =
    '2099-01-01T00:00:00Z,Z-9\n2026-05-03T00:00:00Z,A-3\n2026-05-02T00:00:00Z,A-2\n2026-05-01T00:00:00Z,A-1\n'

  it('goes on from its newest time that is not in the future', () => {
    expect(changesIn(list, '2026-05-01T00:00:00Z', NOW)).toEqual({
      ids: ['Z-9', 'A-3', 'A-2'],
      same: ['A-1'],
      cursor: '2026-05-03T00:00:00Z',
    })
    expect(changesIn(list, '2026-05-03T00:00:00Z', NOW)?.ids).toEqual(['Z-9'])
  })

  it.each(['', '<html></html>', '2026-05-01T00:00:00Z', '2026-05-01T00:00:00Z,../../etc/passwd\n'])(
    '%j is none',
    (text) => {
      expect(changesIn(text, '', NOW)?.ids.every((id) => !id.includes('/')) ?? true).toBe(true)
    },
  )
})

describe('an archive', () => {
  async function idsOf(name: string, bytes: Uint8Array): Promise<string[]> {
    const path = join(directory, name)
    await writeFile(path, bytes)
    const items: OsvItem[] = []
    for await (const item of readOsv(path)) items.push(item)
    return items.map((item) => ('record' in item ? item.record.id : item.broken.why))
  }

  const records = [npmRecord('A', 'a', [{ introduced: '0' }]), npmRecord('B', 'b', [{ introduced: '0' }])]

  it('is read as zip and as tar', async () => {
    expect(await idsOf('a.zip', zipOf(records))).toEqual(['A', 'B'])
    const tar = rawTar(...records.map((one) => ({ name: `${one.id}.json`, data: JSON.stringify(one) })))
    expect(await idsOf('a.tar', tar)).toEqual(['A', 'B'])
    expect(await idsOf('a.tar.gz', gzipSync(tar))).toEqual(['A', 'B'])
  })

  it.each([10, 60, 100, 200])('that is cut short by %s bytes is an error', async (cut) => {
    const whole = zipOf(records)
    await expect(idsOf('cut.zip', whole.subarray(0, whole.length - cut))).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    })
  })

  it('has no line that fills the memory', async () => {
    await expect(idsOf('long.jsonl', Buffer.alloc(17 * 1024 * 1024, 0x61))).rejects.toThrow(/longer than/)
  })
})
