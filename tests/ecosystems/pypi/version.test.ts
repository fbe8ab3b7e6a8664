// Version order of PyPI (PEP 440).
import { describe, expect, it } from 'vitest'
import { pypiEcosystem } from '../../../src/ecosystems/pypi/ecosystem.ts'
import { parseVersion } from '../../../src/ecosystems/pypi/version.ts'

// In order, from PEP 440 "Summary of permitted suffixes and relative ordering".
const ORDERED = [
  '1.dev0',
  '1.0.dev456',
  '1.0a1',
  '1.0a2.dev456',
  '1.0a12.dev456',
  '1.0a12',
  '1.0b1.dev456',
  '1.0b2',
  '1.0b2.post345.dev456',
  '1.0b2.post345',
  '1.0rc1.dev456',
  '1.0rc1',
  '1.0',
  '1.0+abc.5',
  '1.0+abc.7',
  '1.0+5',
  '1.0.post456.dev34',
  '1.0.post456',
  '1.0.15',
  '1.1.dev1',
  '1!0.1',
]

describe('PEP 440 order', () => {
  it('orders as the specification lists', () => {
    const shuffled = [...ORDERED].reverse()
    expect(shuffled.sort(pypiEcosystem.compareVersions)).toEqual(ORDERED)
  })

  it('puts what is no version before every version', () => {
    expect(['1.0', '2004d', '0.1.dev1', '2004e'].sort(pypiEcosystem.compareVersions)).toEqual([
      '2004d',
      '2004e',
      '0.1.dev1',
      '1.0',
    ])
  })

  it.each([
    ['v1.0', '1.0'],
    ['1.0-1', '1.0.post1'],
    ['1.0ALPHA', '1.0a0'],
    ['1.0+Ubuntu-1', '1.0+ubuntu.1'],
    ['1!1.0.RC_2', '1!1.0rc2'],
  ])('normalises %s to %s', (spelt, normal) => {
    expect(parseVersion(spelt)?.version).toBe(normal)
  })
})
