// PEP 440 order held against the packaging library, where Python has it.
import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { comparePep440 } from '../../../src/ecosystems/pypi/version.ts'

const SCRIPT = `
import json, sys
from packaging.version import Version
for a, b in json.load(sys.stdin):
    x, y = Version(a), Version(b)
    print((x > y) - (x < y))
`
const theirs = (pairs: unknown) =>
  spawnSync('python3', ['-c', SCRIPT], { input: JSON.stringify(pairs), encoding: 'utf8' })
const hasPackaging = theirs([['1', '2']]).stdout?.trim() === '-1'

const number = fc.constantFrom('0', '1', '2', '10', '01')
const version = fc
  .tuple(
    fc.constantFrom('', '1!'),
    fc.array(number, { minLength: 1, maxLength: 4 }),
    fc.constantFrom('', 'a1', '.alpha2', 'b', '-beta.1', 'rc1', 'c2', 'pre'),
    fc.constantFrom('', '.post1', '-2', '.rev3', 'r4'),
    fc.constantFrom('', '.dev0', '.dev2', 'dev'),
    fc.constantFrom('', '+local', '+local.1', '+local.10', '+1'),
  )
  .map(([epoch, release, ...rest]) => `${epoch}${release.join('.')}${rest.join('')}`)

it.skipIf(!hasPackaging)('orders as packaging does', () => {
  const pairs = fc.sample(fc.tuple(version, version), { numRuns: 3000, seed: 440 })
  const expected = theirs(pairs).stdout.trim().split('\n').map(Number)
  expect(expected).toHaveLength(pairs.length)
  const wrong = pairs.filter(([a, b], at) => Math.sign(comparePep440(a, b)) !== expected[at])
  expect(wrong).toEqual([])
})
