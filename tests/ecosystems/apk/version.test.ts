// The Alpine version order, by example: apk itself is not at hand on most machines that run these tests.
import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compareApkVersions, isApkVersion } from '../../../src/ecosystems/apk/version.ts'

const hasApk = spawnSync('apk', ['version', '-t', '1.0', '1.1']).stdout?.toString().trim() === '<'

/** Strictly rising. */
const RISING = [
  '0.9-r9',
  '1.0_alpha',
  '1.0_alpha1',
  '1.0_alpha2_p1',
  '1.0_beta1',
  '1.0_pre2',
  '1.0_rc1',
  '1.0_rc1-r0',
  '1.0',
  '1.0-r0',
  '1.0-r1',
  '1.0-r10',
  '1.0~abc',
  '1.0~abd-r0',
  '1.0_cvs20240101',
  '1.0_svn1',
  '1.0_git20240101',
  '1.0_hg1',
  '1.0_p1',
  '1.0_p1-r2',
  '1.0a',
  '1.0b',
  '1.0.0',
  '1.01',
  '1.1',
  '1.2',
  '1.10',
  '2',
  '18446744073709551615',
]

describe('compareApkVersions', () => {
  it('orders a list of versions', () => {
    for (const [at, older] of RISING.entries()) {
      for (const newer of RISING.slice(at + 1)) {
        expect(compareApkVersions(older, newer), `${older} < ${newer}`).toBeLessThan(0)
        expect(compareApkVersions(newer, older), `${newer} > ${older}`).toBeGreaterThan(0)
      }
    }
  })

  it.each([
    ['1.0', '1.0'],
    ['01.0', '1.0'],
    ['1.0_p01', '1.0_p1'],
    ['1.0-r01', '1.0-r1'],
  ])('takes %s and %s for the same', (a, b) => {
    expect(compareApkVersions(a, b)).toBe(0)
  })

  it('compares dotted numbers with a leading zero as text', () => {
    expect(compareApkVersions('1.010', '1.01')).toBeGreaterThan(0)
    expect(compareApkVersions('1.09', '1.1')).toBeLessThan(0)
    expect(compareApkVersions('1.0', '1.00')).toBeLessThan(0)
  })

  it.each(['', 'a', '1.', '1..0', '1.0_foo', '1.0-1', '1.0_p1.2', '1.0ab', '1.0-r1-r2', '1.0~xyz', '1.0 '])(
    'knows %j is no version',
    (text) => {
      expect(isApkVersion(text)).toBe(false)
    },
  )

  it('is antisymmetric and transitive for valid versions', () => {
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        expect(isApkVersion(a)).toBe(true)
        expect(Math.sign(compareApkVersions(a, b))).toBe(-Math.sign(compareApkVersions(b, a)) + 0)
        const sorted = [a, b, c].sort(compareApkVersions)
        expect(compareApkVersions(sorted[0] ?? '', sorted[2] ?? '')).toBeLessThanOrEqual(0)
      }),
      { numRuns: 2000, seed: 13 },
    )
  })

  it.skipIf(!hasApk)('agrees with apk version -t', () => {
    const signs: Record<string, number> = { '<': -1, '=': 0, '>': 1 }
    for (const [a, b] of fc.sample(fc.tuple(version, version), { numRuns: 200, seed: 17 })) {
      const theirs = spawnSync('apk', ['version', '-t', a, b], { encoding: 'utf8' }).stdout.trim()
      expect(Math.sign(compareApkVersions(a, b)), `${a} ${b}`).toBe(signs[theirs])
    }
  })
})

const number = fc.constantFrom('0', '1', '2', '10')
const version = fc
  .tuple(
    number,
    fc.array(number, { maxLength: 2 }),
    fc.constantFrom('', 'a', 'b'),
    fc.array(fc.tuple(fc.constantFrom('_alpha', '_rc', '_git', '_p'), fc.constantFrom('', '1', '2')), {
      maxLength: 2,
    }),
    fc.constantFrom('', '-r0', '-r1', '-r10'),
  )
  .map(([first, more, letter, suffixes, revision]) =>
    [first, ...more.map((part) => `.${part}`), letter, ...suffixes.flat(), revision].join(''),
  )
