// The Debian version order, by example and against dpkg itself where it is installed.
import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareDebVersions } from '../../../src/ecosystems/apt/version.ts'

const hasDpkg = spawnSync('dpkg', ['--version']).status === 0

/** Strictly rising. */
const RISING = [
  '1.0~~',
  '1.0~~a',
  '1.0~',
  '1.0~rc1-1',
  '1.0',
  '1.0-0.1',
  '1.0-1',
  '1.0-1+deb12u1',
  '1.0-1+deb12u10',
  '1.0a',
  '1.0+git',
  '1.0.1',
  '1.9',
  '1.10',
  '1:0.1',
  '2:0',
]

describe('compareDebVersions', () => {
  it('orders a list of versions as deb-version(7) says', () => {
    for (const [at, older] of RISING.entries()) {
      for (const newer of RISING.slice(at + 1)) {
        expect(compareDebVersions(older, newer), `${older} < ${newer}`).toBeLessThan(0)
        expect(compareDebVersions(newer, older), `${newer} > ${older}`).toBeGreaterThan(0)
      }
    }
  })

  it.each([
    ['1.0', '1.0-0'],
    ['0:1.0', '1.0'],
    ['1.01', '1.1'],
    ['1.0-00', '1.0'],
    ['1.', '1.0'],
  ])('takes %s and %s for the same', (a, b) => {
    expect(compareDebVersions(a, b)).toBe(0)
  })

  it('reads numbers of any length', () => {
    expect(compareDebVersions(`1.${'9'.repeat(40)}`, `1.1${'0'.repeat(40)}`)).toBeLessThan(0)
  })

  it.skipIf(!hasDpkg)('agrees with dpkg --compare-versions', () => {
    const pairs = fc.sample(fc.tuple(version, version), { numRuns: 500, seed: 7 })
    const ours = pairs.map(([a, b]) => Math.sign(compareDebVersions(a, b)))
    expect(new Set(ours).size).toBe(3)
    expect(ours).toEqual(askDpkg(pairs))
  })
})

const chunk = fc.array(fc.constantFrom('0', '1', '01', '2', '10', 'a', 'b', 'Z', '~', '+', '.', 'rc'), {
  maxLength: 2,
})
const part = chunk.map((pieces) => `1${pieces.join('')}`)
const version = fc
  .tuple(fc.option(fc.constantFrom('0', '1', '2')), part, fc.option(part))
  .map(([epoch, upstream, revision]) =>
    [epoch === null ? '' : `${epoch}:`, upstream, revision === null ? '' : `-${revision}`].join(''),
  )

/** One shell for all pairs; only letters, digits and `~+.:-` get there. */
function askDpkg(pairs: readonly (readonly [string, string])[]): number[] {
  const script = `while read -r a b; do
    if dpkg --compare-versions "$a" lt "$b"; then echo -1
    elif dpkg --compare-versions "$a" eq "$b"; then echo 0
    else echo 1; fi; done`
  const input = pairs.map(([a, b]) => `${a} ${b}\n`).join('')
  const run = spawnSync('sh', ['-c', script], { input, encoding: 'utf8' })
  return run.stdout.trim().split('\n').map(Number)
}
