// Every limit of an artifact, and which rule its refusal names.
import { describe, expect, it } from 'vitest'
import { Budget } from '../../src/archive/budget.ts'
import { DEFAULT_READ_LIMITS, type ReadLimits } from '../../src/model/limits.ts'

const budget = (limits: Partial<ReadLimits>, signal?: AbortSignal) =>
  new Budget({ ...DEFAULT_READ_LIMITS, ...limits }, signal)

function ruleOf(step: () => void): unknown {
  try {
    step()
    return undefined
  } catch (error) {
    return (error as { facts: { rule: string } }).facts.rule
  }
}

describe('a budget', () => {
  it('counts bytes in and out over all members', () => {
    const spent = budget({ maxArtifactBytes: 10, maxUnpackedBytes: 20 })
    spent.bytesIn(6)
    expect(ruleOf(() => spent.bytesIn(5))).toBe('archive-limit-bytes-in')
    spent.bytesOut(20)
    expect(ruleOf(() => spent.bytesOut(1))).toBe('archive-limit-bytes-out')
  })

  it('looks at the ratio only after the grace', () => {
    const spent = budget({ maxRatio: 10, ratioGraceBytes: 1000 })
    spent.bytesIn(1)
    spent.bytesOut(1000)
    expect(ruleOf(() => spent.bytesOut(1))).toBe('archive-limit-ratio')
  })

  it('limits nesting and gives a level back, also after a failure', async () => {
    const spent = budget({ maxNesting: 2 })
    const dig = (levels: number): Promise<number> =>
      levels === 0 ? Promise.resolve(0) : spent.nested(() => dig(levels - 1))
    await expect(dig(3)).rejects.toMatchObject({ facts: { rule: 'archive-limit-nesting', limit: 2 } })
    await expect(dig(2)).resolves.toBe(0)
  })

  it('ends with its time', () => {
    const spent = budget({ maxMilliseconds: -1 })
    expect(ruleOf(() => spent.checkTime())).toBe('archive-limit-time')
    expect(ruleOf(() => spent.bytesOut(2 * 1024 * 1024))).toBe('archive-limit-time')
  })

  it('ends when the caller gave up, which is no verdict on the artifact', () => {
    const spent = budget({}, AbortSignal.abort())
    expect(() => spent.checkTime()).toThrowError(expect.objectContaining({ code: 'SCAN_INCOMPLETE' }))
  })
})
