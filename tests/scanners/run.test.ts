// The frame: every scanner is in the evidence as ran, skipped with a reason, or failed; refusals are findings.
import { describe, expect, it } from 'vitest'
import { GatewayError } from '../../src/model/errors.ts'
import type { Finding } from '../../src/model/finding.ts'
import { LAYERS } from '../../src/model/finding.ts'
import type { PackageContents } from '../../src/model/package-contents.ts'
import { allScanners } from '../../src/scanners/all.ts'
import type { CodeFile } from '../../src/scanners/content/code-files.ts'
import type { ExamineJob } from '../../src/scanners/examination.ts'
import { layerApplies, MATRIX } from '../../src/scanners/matrix.ts'
import {
  type ArtifactReader,
  type ExaminationParts,
  examinationKey,
  examine,
  expectedRuns,
} from '../../src/scanners/run.ts'
import type { Scanner } from '../../src/scanners/scanner.ts'
import { npmContents, packageContents } from '../support/package-contents.ts'

const JOB: ExamineJob = {
  location: 'x',
  fileName: 'a.tgz',
  sizeBytes: 1,
  digests: { sha256: '00' },
  type: 'npm',
}
const CONTENTS = npmContents({ 'index.js': '' })

function scanner(id: string, change: Partial<Scanner> = {}): Scanner {
  return { id, version: 1, layer: 'code', applies: () => true, scan: () => [], ...change }
}

function finding(rule: string, change: Partial<Finding> = {}): Finding {
  return { rule, layer: 'code', severity: 'low', title: rule, ...change }
}

/** A reader is what turns bytes into contents; these are the contents, or the way it fails. */
function readerOf(outcome: PackageContents | Error): ArtifactReader {
  return {
    accepts: (fileName) => fileName.endsWith('.tgz'),
    async readPackage() {
      if (outcome instanceof Error) throw outcome
      return outcome
    },
  }
}

function parts(scanners: readonly Scanner[], outcome: PackageContents | Error = CONTENTS): ExaminationParts {
  return {
    readers: { npm: [readerOf(outcome)] },
    scanners,
    data: { rules: [] },
    describe: async () => ({ bomFormat: 'CycloneDX' }),
    dataRevision: 'r',
  }
}

const signal = () => new AbortController().signal
const statuses = (runs: readonly { scanner: string; status: string; reason?: string }[]) =>
  runs.map(({ scanner: id, status, reason }) => [id, status, ...(reason === undefined ? [] : [reason])])

describe('an examination', () => {
  it('accounts for every scanner, in the order of layers', async () => {
    const scanners = [
      scanner('late', { layer: 'change' }),
      scanner('ran', { scan: () => [finding('a')] }),
      scanner('not for this', { applies: () => 'no code' }),
      scanner('breaks', {
        scan: () => {
          throw new Error('oops')
        },
      }),
      scanner('rejects', { scan: () => Promise.reject(new Error('later')) }),
      scanner('cannot tell', {
        applies: () => {
          throw new Error('hm')
        },
      }),
      scanner('early', { layer: 'integrity' }),
    ]
    const examined = await examine(JOB, parts(scanners), signal())
    expect(statuses(examined.runs)).toEqual([
      ['package-reader', 'ran'],
      ['early', 'ran'],
      ['ran', 'ran'],
      ['not for this', 'skipped', 'no code'],
      ['breaks', 'failed', 'oops'],
      ['rejects', 'failed', 'later'],
      ['cannot tell', 'failed', 'hm'],
      ['late', 'ran'],
      ['sbom', 'ran'],
    ])
    expect(examined.runs.map((run) => run.scanner)).toEqual(expectedRuns(scanners).map((run) => run.scanner))
    expect(examined.findings.map((one) => one.rule)).toEqual(['a'])
    expect(examined.sbom).toEqual({ bomFormat: 'CycloneDX' })
  })

  it.each([
    [new GatewayError('PACKAGE_INVALID', 'two ends', { rule: 'zip-two-ends' }), 'zip-two-ends'],
    [new GatewayError('PACKAGE_INVALID', 'no archive'), 'package-invalid'],
    [new GatewayError('TOO_LARGE', 'a bomb', { rule: 'budget-ratio' }), 'budget-ratio'],
    [new GatewayError('TOO_LARGE', 'too much'), 'package-too-large'],
  ])('of what a reader refuses is a critical finding: %s', async (error, rule) => {
    const examined = await examine(JOB, parts([scanner('a')], error), signal())
    expect(examined.findings).toMatchObject([{ rule, severity: 'critical', layer: 'integrity' }])
    expect(statuses(examined.runs)).toEqual([
      ['package-reader', 'ran'],
      ['a', 'skipped', 'the package could not be read'],
      ['sbom', 'skipped', 'the package could not be read'],
    ])
  })

  it.each([new TypeError('a bug'), new GatewayError('STORE_FAILED', 'the blob is gone')])(
    'of what breaks a reader is a failed run and no finding: %s',
    async (error) => {
      const examined = await examine(JOB, parts([scanner('a')], error), signal())
      expect(examined.findings).toEqual([])
      expect(examined.runs[0]).toMatchObject({ scanner: 'package-reader', status: 'failed', required: true })
    },
  )

  it('of a format that nobody reads is a failed run', async () => {
    const examined = await examine({ ...JOB, fileName: 'a.exe' }, parts([]), signal())
    expect(examined.runs[0]).toMatchObject({ status: 'failed', reason: expect.stringContaining('a.exe') })
  })

  it('that ran out of time fails what was left of it', async () => {
    const late = AbortSignal.abort()
    const examined = await examine(JOB, parts([scanner('a')]), late)
    expect(statuses(examined.runs)[1]).toEqual(['a', 'failed', 'no time left'])
  })

  it('fails a scanner whose look into a large file broke, and only that one', async () => {
    const observed: string[] = []
    const scanners = [
      scanner('breaks', {
        observe: () => ({
          chunk: () => {
            throw new Error('boom')
          },
          end: () => [],
        }),
      }),
      scanner('looks', {
        observe: ({ path }) => ({
          chunk: (bytes) => void observed.push(`${path} ${bytes.length}`),
          end: () => [finding('large')],
        }),
      }),
    ]
    const reader: ArtifactReader = {
      accepts: () => true,
      async readPackage(_file, { observe }) {
        const observer = observe({ path: 'big', sizeBytes: 3, mode: 0, member: 'data' })
        observer.chunk(new Uint8Array(3))
        return { ...CONTENTS, readerFindings: observer.end() }
      },
    }
    const examined = await examine(JOB, { ...parts(scanners), readers: { npm: [reader] } }, signal())
    expect(observed).toEqual(['big 3'])
    expect(examined.findings.map((one) => one.rule)).toEqual(['large'])
    expect(statuses(examined.runs).slice(1, 3)).toEqual([
      ['breaks', 'failed', 'reading a large file: boom'],
      ['looks', 'ran'],
    ])
  })

  it('keeps the worst findings and counts the rest', async () => {
    const many = Array.from({ length: 1000 }, (_, index) => finding('noise', { line: index }))
    const scan = () => [
      ...many,
      finding('worst', { severity: 'critical', title: 'x\u0000\u202e'.repeat(1000) }),
    ]
    const { findings } = await examine(JOB, parts([scanner('a', { scan })]), signal())
    expect(findings).toHaveLength(26)
    expect(findings[0]).toMatchObject({ rule: 'worst', severity: 'critical' })
    expect(findings[0]?.title).toMatch(/^[x\ufffd]{1,299}…$/)
    expect(findings.at(-1)?.detail).toContain('975 more')
  })
})

describe('the matrix', () => {
  it('says of every format and layer whether it runs, and of every skip why', () => {
    for (const format of Object.keys(MATRIX) as (keyof typeof MATRIX)[])
      for (const layer of LAYERS)
        expect(layerApplies(format, layer)).toSatisfy((is) => is === true || is.length > 20)
  })

  it('turns a layer off for a format with the reason in the evidence', async () => {
    const deb = packageContents({}, { type: 'deb' })
    const { runs } = await examine(JOB, parts([scanner('name', { layer: 'name' })], deb), signal())
    expect(statuses(runs)[1]).toEqual(['name', 'skipped', expect.stringContaining('distribution')])
  })
})

describe('the examination key', () => {
  const key = (scanners: readonly Scanner[], dataRevision = 'r') => examinationKey({ scanners, dataRevision })

  it('changes with a scanner, its version, the rules, and with nothing else', () => {
    expect(key([scanner('a')])).toBe(key([scanner('a', { scan: () => [finding('x')] })]))
    expect(
      new Set([
        key([scanner('a')]),
        key([scanner('b')]),
        key([scanner('a', { version: 2 })]),
        key([scanner('a')], 's'),
      ]).size,
    ).toBe(4)
  })
})

it('every scanner has an own id and a layer', () => {
  expect(new Set(allScanners.map((one) => one.id)).size).toBe(allScanners.length)
})

describe('a walk through the files', () => {
  const two = npmContents({ 'index.js': 'one', 'other.js': 'two' })
  const walking = (id: string, walk: NonNullable<Scanner['walk']>) =>
    scanner(id, {
      walk,
      scan: () => {
        throw new Error('walks')
      },
    })
  const all = () => {
    const seen: string[] = []
    return {
      file: ({ path, text }: CodeFile) => {
        seen.push(`${path} ${text.raw}`)
      },
      end: () => [finding(seen.toSorted().join(' '))],
    }
  }

  it('shows every file to every scanner', async () => {
    const { findings, runs } = await examine(
      JOB,
      parts([walking('a', all), walking('b', all)], two),
      signal(),
    )
    const seen = findings.map(({ rule }) => rule)
    expect(seen).toHaveLength(2)
    for (const rule of seen) expect(rule).toContain('index.js one other.js two')
    expect(runs.every(({ status }) => status === 'ran')).toBe(true)
  })

  it.each([
    ['at its start', (): never => fail()],
    ['at a file', () => ({ file: (): void => fail(), end: (): Finding[] => [] })],
    ['at its end', () => ({ file: (): void => undefined, end: (): Finding[] => fail() })],
  ] as const)('is a failed run of the scanner that breaks %s, and of no other', async (_, walk) => {
    const { findings, runs } = await examine(
      JOB,
      parts([walking('broken', walk), walking('whole', all)], two),
      signal(),
    )
    expect(statuses(runs)).toContainEqual(['broken', 'failed', 'broken walk'])
    expect(statuses(runs)).toContainEqual(['whole', 'ran'])
    expect(findings).toHaveLength(1)
  })

  it('fails when the time is over', async () => {
    const late = () => {
      const end = performance.now() + 80
      while (performance.now() < end) {}
    }
    const given = AbortSignal.timeout(20)
    const slow = walking('slow', () => ({ file: late, end: () => [] }))
    const { runs } = await examine(JOB, parts([slow], two), given)
    expect(statuses(runs)).toContainEqual(['slow', 'failed', 'no time left'])
  })

  function fail(): never {
    throw new Error('broken walk')
  }
})
