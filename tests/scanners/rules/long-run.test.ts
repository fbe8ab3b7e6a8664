// Runs found by jumping are the runs found by looking at every byte.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hasLongRun } from '../../../src/scanners/rules/collapse.ts'
import { runsOf } from '../../../src/scanners/rules/long-run.ts'

const IS_A = new Uint8Array(256).map((_, byte) => (byte === 97 ? 1 : 0))

describe('runsOf', () => {
  it('finds what a search of every byte finds', () => {
    const text = fc
      .array(fc.tuple(fc.constantFrom('a', 'b'), fc.nat(9)))
      .map((parts) => parts.map(([letter, times]) => letter.repeat(times)).join(''))
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 7 }), (written, length) => {
        const wanted = [...written.matchAll(/a+/g)]
          .filter(([run]) => run.length >= length)
          .map(({ 0: run, index }) => ({ start: index, end: index + run.length }))
        expect([...runsOf(Buffer.from(written), IS_A, length)]).toEqual(wanted)
      }),
      { seed: 7, numRuns: 2000 },
    )
  })
})

describe('hasLongRun', () => {
  it.each([
    ['blanks', ' \t', 64],
    ['one sign', '=', 64],
    ['encoded text', 'Ab1+/_', 512],
    ['short escapes', '\\x41', 33 * 4],
    ['long escapes', '\\u0041', 33 * 6],
  ])('sees %s wherever they begin', (_, unit, length) => {
    const run = unit.repeat(length).slice(0, length)
    for (let before = 0; before < 200; before++)
      expect(hasLongRun(Buffer.from(`${'; '.repeat(before).slice(before)}${run};`))).toBe(true)
  })

  it('lets shorter ones be', () => {
    for (const run of [' '.repeat(63), '='.repeat(63), 'Ab1+/_'.repeat(85), '\\x41'.repeat(32)])
      expect(hasLongRun(Buffer.from(`a;${run};a`))).toBe(false)
  })
})
