// The rpm version order, by example and against rpm itself where it is installed.
import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareRpmVersions } from '../../../src/ecosystems/yum/version.ts'

const hasRpm =
  spawnSync('rpm', ['--eval', '%{lua:print(rpm.vercmp("1", "2"))}']).stdout?.toString().trim() === '-1'

/** Strictly rising. */
const RISING = [
  '1.0~~',
  '1.0~rc1-1',
  '1.0~rc2-1',
  '1.0-1',
  '1.0-1.el9',
  '1.0-1.el9_2.1',
  '1.0-2.el9',
  '1.0-10.el9',
  '1.0^20240101git-1',
  '1.0.a-1',
  '1.0.1-1',
  '1.10-1',
  '1:0.1-1',
  '10:0.0-1',
]

describe('compareRpmVersions', () => {
  it('orders a list of epoch:version-release strings', () => {
    for (const [at, older] of RISING.entries()) {
      for (const newer of RISING.slice(at + 1)) {
        expect(compareRpmVersions(older, newer), `${older} < ${newer}`).toBeLessThan(0)
        expect(compareRpmVersions(newer, older), `${newer} > ${older}`).toBeGreaterThan(0)
      }
    }
  })

  it.each([
    ['1.0-1', '0:1.0-1'],
    ['1.01-1', '1.1-1'],
    ['1.0_1-1', '1.0.1-1'],
    ['1.0-01', '1.0-1'],
    ['1.0..-1', '1.0-1'],
  ])('takes %s and %s for the same', (a, b) => {
    expect(compareRpmVersions(a, b)).toBe(0)
  })

  it.skipIf(!hasRpm)('agrees with rpm on epoch, version and release', () => {
    const pairs = fc.sample(fc.tuple(evr, evr), { numRuns: 1500, seed: 11 })
    const ours = pairs.map(([a, b]) => Math.sign(compareRpmVersions(spell(a), spell(b))))
    expect(new Set(ours).size).toBe(3)
    expect(ours).toEqual(askRpm(pairs))
  })
})

const pieces = fc.constantFrom('0', '1', '01', '10', 'a', 'b', 'Z', '~', '^', '.', '_', '+', 'rc')
const part = fc.array(pieces, { maxLength: 4 }).map((list) => `1${list.join('')}`)
const evr = fc.tuple(fc.constantFrom(undefined, '0', '1', '10'), part, part)

type Evr = readonly [string | undefined, string, string]

function spell([epoch, version, release]: Evr): string {
  return `${epoch === undefined ? '' : `${epoch}:`}${version}-${release}`
}

/** All pairs in one lua program, part by part, as rpm joins them when it orders packages. A macro: no percent sign. */
function askRpm(pairs: readonly (readonly [Evr, Evr])[]): number[] {
  const table = (evr: Evr) => `{"${evr[0] ?? '0'}","${evr[1]}","${evr[2]}"}`
  const program = `
    for _, p in ipairs({${pairs.map(([a, b]) => `{${table(a)},${table(b)}}`).join(',')}}) do
      local rc = 0
      for part = 1, 3 do
        if rc == 0 then rc = rpm.vercmp(p[1][part], p[2][part]) end
      end
      print(rc .. " ")
    end`
  const run = spawnSync('rpm', ['--eval', `%{lua:${program}}`], { encoding: 'utf8' })
  return run.stdout.trim().split(/\s+/).map(Number)
}
