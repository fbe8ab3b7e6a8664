// Tools joined to the pool: who ran, who stood in for whom, and what a failure of one means.
import { describe, expect, it } from 'vitest'
import type { ScannerRun } from '../../../src/model/evidence.ts'
import type { ExamineJob, ExaminerPool, TakeCopy } from '../../../src/scanners/examination.ts'
import type { ConfiguredTool, ExternalRun, ToolMode } from '../../../src/scanners/external/adapter.ts'
import { EXTERNAL_TOOLS, openTools } from '../../../src/scanners/external/all.ts'
import { formatOf, joinTools } from '../../../src/scanners/external/join.ts'
import { EMPTY_SUMMARY } from '../../../src/scanners/summary.ts'

const JOB: ExamineJob = {
  location: '/x',
  fileName: 'a.tgz',
  sizeBytes: 1,
  digests: { sha256: '00' },
  type: 'npm',
}

/** An examiner that copies one file out and finds nothing. */
function poolOf(examined: 'evidence' | 'failure' = 'evidence'): ExaminerPool {
  return {
    examinationKey: 'pool',
    isolation: { networkIsolated: true, addressSpaceLimited: true, notes: [] },
    async examine(job, _priority, takeCopy?: TakeCopy) {
      await takeCopy?.({ file: 0, path: 'a.js', bytes: Buffer.from('x'), last: true })
      if (examined === 'failure') throw new Error('the examiner is gone')
      const base = { sha256: '00', type: job.type, examinationKey: 'pool', examinedAt: '' }
      return { ...base, findings: [], runs: [], summary: EMPTY_SUMMARY }
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
    close: async () => undefined,
  }
}

interface Told {
  readonly tool: ConfiguredTool
  readonly calls: string[]
}

function tool(id: string, mode: ToolMode, run: Partial<ExternalRun>, fallbackFor?: string[]): Told {
  const calls: string[] = []
  const scanner = {
    id,
    version: 1,
    layer: 'virus' as const,
    formats: ['npm-tgz' as const],
    wantsCopies: true,
    start: (): ExternalRun => ({
      async copy(piece) {
        calls.push(`copy ${piece.path}`)
        await run.copy?.(piece)
      },
      async finish() {
        calls.push('finish')
        return (await run.finish?.()) ?? []
      },
      async abandon() {
        calls.push('abandon')
      },
    }),
    check: async () => ({ version: '1', place: 'x' }),
  }
  return { tool: { scanner, mode, ...(fallbackFor === undefined ? {} : { fallbackFor }) }, calls }
}

const fails = { finish: () => Promise.reject(new Error('no database')) }
const shortOf = (runs: readonly ScannerRun[]) =>
  runs.map(({ scanner, status, reason, required }) => [
    scanner,
    status,
    required,
    ...(reason === undefined ? [] : [reason]),
  ])

async function examine(...tools: readonly Told[]) {
  return joinTools(
    poolOf(),
    tools.map((one) => one.tool),
  ).examine(JOB, 'client')
}

describe('tools beside the pool', () => {
  it('each get the copies, have their findings in the evidence and are ended', async () => {
    const found = { rule: 'virus-found', layer: 'virus', severity: 'critical', title: 'x' } as const
    const one = tool('one', 'required', { finish: async () => [found] })
    const { findings, runs } = await examine(one)
    expect(findings).toEqual([found])
    expect(shortOf(runs)).toEqual([['one', 'ran', true]])
    expect(one.calls).toEqual(['copy a.js', 'finish', 'abandon'])
  })

  it('that fail are failed runs, required or not, and disturb no other', async () => {
    const broken = { copy: () => Promise.reject(new Error('disk full')) }
    const { runs } = await examine(
      tool('a', 'required', fails),
      tool('b', 'optional', broken),
      tool('c', 'optional', {}),
    )
    expect(shortOf(runs)).toEqual([
      ['a', 'failed', true, 'no database'],
      ['b', 'failed', false, 'disk full'],
      ['c', 'ran', false],
    ])
  })

  it('that find nothing to do are skipped, as are those that are off or know another format', async () => {
    const off = tool('off', 'off', {})
    const nothing = tool('nothing', 'required', { finish: async () => ({ skipped: 'no code' }) })
    const joined = joinTools(poolOf(), [off.tool, nothing.tool])
    expect(shortOf((await joined.examine(JOB, 'client')).runs)).toEqual([
      ['off', 'skipped', false, 'switched off in the configuration'],
      ['nothing', 'skipped', true, 'no code'],
    ])
    const deb = await joined.examine({ ...JOB, type: 'deb', fileName: 'a.deb' }, 'client')
    expect(shortOf(deb.runs)[1]).toEqual(['nothing', 'skipped', true, 'nothing has nothing to say about deb'])
    expect(off.calls).toEqual([])
  })

  it('are ended when the examiner fails', async () => {
    const one = tool('one', 'required', {})
    await expect(joinTools(poolOf('failure'), [one.tool]).examine(JOB, 'client')).rejects.toThrow('gone')
    expect(one.calls).toEqual(['copy a.js', 'abandon'])
  })

  it('make another examination key by id, version and mode', () => {
    const key = (...tools: readonly Told[]) =>
      joinTools(
        poolOf(),
        tools.map((one) => one.tool),
      ).examinationKey
    expect(
      new Set([key(), key(tool('a', 'off', {})), key(tool('a', 'optional', {})), key(tool('b', 'off', {}))])
        .size,
    ).toBe(4)
    expect(key()).toBe('pool')
  })
})

describe('a fallback', () => {
  it('is not used when the first did its work', async () => {
    const second = tool('second', 'required', {}, ['first'])
    const { runs } = await examine(tool('first', 'required', {}), second)
    expect(shortOf(runs)).toEqual([
      ['first', 'ran', true],
      ['second', 'skipped', true, 'first has done the work'],
    ])
    expect(second.calls).not.toContain('finish')
  })

  it('stands in for a required tool that failed, which then holds nothing', async () => {
    const { runs } = await examine(
      tool('first', 'required', fails),
      tool('second', 'optional', {}, ['first']),
    )
    expect(shortOf(runs)).toEqual([
      ['first', 'failed', false, 'no database; second ran instead'],
      ['second', 'ran', false],
    ])
  })

  it('that fails too leaves the failure as it is', async () => {
    const { runs } = await examine(
      tool('first', 'required', fails),
      tool('second', 'optional', fails, ['first']),
    )
    expect(shortOf(runs)).toEqual([
      ['first', 'failed', true, 'no database'],
      ['second', 'failed', false, 'no database'],
    ])
  })
})

describe('the configured tools', () => {
  it('are all there, off unless told otherwise', async () => {
    const tools = await openTools({ bandit: { mode: 'required', path: '/nowhere/bandit' } })
    expect(tools.map(({ scanner }) => scanner.id)).toEqual(EXTERNAL_TOOLS.map(({ name }) => name))
    expect(tools.filter(({ mode }) => mode !== 'off').map(({ scanner }) => scanner.id)).toEqual(['bandit'])
  })

  it.each(['unix:relative', 'tcp:host', 'tcp:host:99999', 'http://host:1'])(
    'refuse %s as an address',
    async (address) => {
      await expect(openTools({ clamav: { mode: 'required', address } })).rejects.toMatchObject({
        code: 'CONFIG_INVALID',
      })
    },
  )

  it.each(['unix:/run/clamd.sock', 'tcp:127.0.0.1:3310', 'tcp:[::1]:3310'])(
    'take %s as an address',
    async (address) => {
      await expect(openTools({ clamav: { mode: 'optional', address } })).resolves.toHaveLength(
        EXTERNAL_TOOLS.length,
      )
    },
  )
})

it.each([
  ['npm', 'a.tgz', 'npm-tgz'],
  ['pypi', 'a-1-py3-none-any.whl', 'wheel'],
  ['pypi', 'a-1.tar.gz', 'sdist'],
  ['deb', 'a.deb', 'deb'],
] as const)('%s file %s is a %s', (type, fileName, format) => {
  expect(formatOf({ type, fileName })).toBe(format)
})
