// Look-alikes of popular names, and the popular names themselves, which are never told on.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { PurlType } from '../../../src/model/claim.ts'
import { name } from '../../../src/scanners/content/name.ts'
import { createNameIndex, isOneEdit } from '../../../src/scanners/content/similar-names.ts'
import { packageContents } from '../../support/package-contents.ts'

const list = (file: string): readonly string[] =>
  JSON.parse(readFileSync(new URL(`../../../data/names/${file}`, import.meta.url), 'utf8'))
const popularNames = { npm: list('top-npm.json'), pypi: list('top-pypi.json') }

async function rulesOf(type: PurlType, packageName: string, version = '1.0.0'): Promise<string[]> {
  const contents = packageContents({}, { type, name: packageName, version })
  const findings = await name.scan(contents, { rules: [], popularNames }, new AbortController().signal)
  return findings.map((finding) => `${finding.severity} ${finding.rule}`)
}

describe('look-alikes', () => {
  it.each<[PurlType, string, string]>([
    ['npm', 'lodahs', 'medium name-typo'],
    ['npm', 'expres', 'medium name-typo'],
    ['npm', 'expresss', 'medium name-typo'],
    ['npm', 'l0dash', 'medium name-lookalike'],
    ['npm', 'nodefetch', 'medium name-separator'],
    ['npm', '@typs/node', 'low name-scope'],
    ['npm', 'lоdash', 'high name-homoglyph'],
    ['npm', 'chalk-next', 'info name-suffix'],
    ['pypi', 'reqeusts', 'medium name-typo'],
    ['pypi', 'python-dateutils', 'medium name-typo'],
    ['pypi', 'numpy2', 'info name-suffix'],
    ['pypi', 'beautifulsoup-4', 'medium name-separator'],
  ])('%s: %s is %s', async (type, packageName, expected) => {
    expect(await rulesOf(type, packageName)).toEqual([expected])
  })

  it.each<[PurlType, string]>([
    ['npm', 'preact'],
    ['npm', 'react'],
    ['npm', 'vue'],
    ['npm', 'vite'],
    ['npm', '@types/nodes'],
    ['npm', '@babel/cores'],
    ['npm', 'some-unrelated-name'],
    ['npm', 'vuex2x'],
    ['pypi', 'Python_Dateutil'],
    ['pypi', 'requests'],
    ['pypi', 'idna'],
  ])('%s: %s is nobody else', async (type, packageName) => {
    expect(await rulesOf(type, packageName)).toEqual([])
  })

  it('tells on none of the popular names', () => {
    for (const names of Object.values(popularNames)) {
      const index = createNameIndex(names)
      expect(names.filter((one) => index.resembles(one) !== undefined)).toEqual([])
    }
  })
})

it.each([
  ['abc', 'abc', false],
  ['abc', 'abd', true],
  ['abc', 'ab', true],
  ['abc', 'acb', true],
  ['abc', 'abcd', true],
  ['abc', 'xabc', true],
  ['abc', 'cba', false],
  ['abc', 'abcde', false],
  ['abcd', 'badc', false],
])('one edit from %s to %s: %s', (a, b, expected) => {
  expect(isOneEdit(a, b)).toBe(expected)
})

it.each(['99.0.0', '999.1.2', '100.101.1337', '1.0.9999'])('version %s is told', async (version) => {
  expect(await rulesOf('npm', 'company-internal', version)).toEqual([
    `${/^99/.test(version) ? 'high' : 'medium'} name-inflated-version`,
  ])
})

it.each(['19.0.0', '9.9.9', '100.0.0', '1.99.0', '2024.9.9'])('version %s is not', async (version) => {
  expect(await rulesOf('npm', 'company-internal', version)).toEqual([])
})
