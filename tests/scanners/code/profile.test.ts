// Weak signs together hold a small package of unclear origin; each of them alone, or a known origin, does not.
import { describe, expect, it } from 'vitest'
import { npmPackageReader } from '../../../src/ecosystems/npm/package-file.ts'
import type { JsonObject } from '../../../src/model/claim.ts'
import type { Finding } from '../../../src/model/finding.ts'
import { packageProfile } from '../../../src/scanners/content/package-profile.ts'
import { loadRulePacks } from '../../../src/scanners/rules/load.ts'
import { readBytes } from '../../support/read-package.ts'
import { buildPackage } from '../../support/tgz.ts'

const rules = loadRulePacks(new URL('../../../rules', import.meta.url).pathname)

/** A manifest as a maintained project writes it. */
const KNOWN: JsonObject = {
  name: 'weather-lines',
  version: '4.2.0',
  description: 'Draws the weather of the week in lines',
  author: 'Ada Sample',
  repository: 'github:ada-sample/weather-lines',
}
const UNKNOWN: JsonObject = { name: 'weather-lines', version: '1.0.0', description: '' }

const CALLS = `const https = require('https')
function main() { https.get({ hostname: 'weather.collector.invalid', path: '/' }, (r) => r.resume()) }
main()`

async function findingsOf(
  manifest: JsonObject,
  files: Readonly<Record<string, string>>,
): Promise<readonly Finding[]> {
  const { bytes } = await buildPackage(manifest, { ...files })
  const contents = await readBytes(npmPackageReader, 'weather-lines-1.0.0.tgz', bytes)
  const data = { rules }
  if (packageProfile.applies(contents, data) !== true) return []
  return packageProfile.scan(contents, data, new AbortController().signal)
}

const rulesOf = async (manifest: JsonObject, files: Readonly<Record<string, string>>) =>
  (await findingsOf(manifest, files)).map(({ rule }) => rule)

describe('at import', () => {
  it('holds a package that nobody stands behind and that calls a host through a function as soon as it is loaded', async () => {
    const [finding, ...others] = await findingsOf(UNKNOWN, { 'index.js': CALLS })
    expect(others).toEqual([])
    expect(finding).toMatchObject({ rule: 'weak-signs-at-import', severity: 'high', reach: 'import' })
    expect(finding?.snippet).toContain('network-soon')
    expect(finding?.snippet).toContain('no-repository')
  })

  it('says nothing of the same code in a package of known origin', async () => {
    expect(await rulesOf(KNOWN, { 'index.js': CALLS })).toEqual([])
  })

  it('says nothing of an unknown package with one weak sign', async () => {
    const files = { 'index.js': `exports.ask = () => fetch('https://weather.service.invalid/today')` }
    expect(await rulesOf(UNKNOWN, files)).toEqual([])
  })

  it('takes a handler of an event that waits for somebody for no start', async () => {
    const files = {
      'index.js': `document.addEventListener('click', () => fetch('https://weather.service.invalid/'))`,
    }
    expect(await rulesOf(UNKNOWN, files)).toEqual([])
  })

  it('does not end in functions that call one another', async () => {
    const loop = `const f = () => g(); const g = () => h(); const h = () => { f(); fetch('https://weather.service.invalid/') }`
    expect(await rulesOf(UNKNOWN, { 'index.js': `${loop}\nexports.f = f` })).toEqual([])
    expect(await rulesOf(UNKNOWN, { 'index.js': `${loop}\ng()` })).toEqual(['weak-signs-at-import'])
  })
})

describe('at install', () => {
  const hooked = (manifest: JsonObject, command: string): JsonObject => ({
    ...manifest,
    scripts: { postinstall: command },
  })

  it.each<[string, JsonObject, string, Readonly<Record<string, string>>]>([
    ['a request, where nobody stands behind the package', UNKNOWN, 'node a.js', { 'a.js': CALLS }],
    [
      'a file that is written, where nobody stands behind the package',
      UNKNOWN,
      'node a.js',
      { 'a.js': `require('fs').writeFileSync(process.env.INIT_CWD + '/x', 'y')` },
    ],
    [
      'a tool by its full path, where nobody stands behind the package',
      UNKNOWN,
      '/usr/bin/fetcher weather.invalid',
      {},
    ],
    [
      'a request beside much other code, where nobody stands behind the package',
      UNKNOWN,
      'node a.js',
      { 'a.js': CALLS, 'padding.js': '// nothing\n'.repeat(20_000) },
    ],
    [
      'a question for the host, whoever publishes',
      KNOWN,
      'node a.js',
      { 'a.js': `console.log(require('os').hostname())` },
    ],
    [
      'a batch file, whoever publishes',
      KNOWN,
      'node a.js',
      { 'a.js': `require('child_process').spawn('cmd.exe', ['/c', 'a.bat'])`, 'a.bat': '@echo off' },
    ],
    ['a copied manifest and a request', { ...KNOWN, name: 'sunshine' }, 'node a.js', { 'a.js': CALLS }],
  ])('%s', async (_, manifest, command, files) => {
    const found = await rulesOf(hooked(manifest, command), { 'index.js': '', ...files })
    expect(found).toContain('weak-signs-at-install')
  })

  it.each<[string, JsonObject, string, Readonly<Record<string, string>>]>([
    ['a native build without a repository', UNKNOWN, 'prebuild-install || node-gyp rebuild', {}],
    ['a message without a repository', UNKNOWN, 'node a.js', { 'a.js': `console.log('Thank you')` }],
    ['a download of a known project', KNOWN, 'node a.js', { 'a.js': CALLS }],
    ['a shell that looks before it runs', KNOWN, '[ -f a.js ] && node a.js || exit 0', { 'a.js': '' }],
  ])('nothing is said of %s', async (_, manifest, command, files) => {
    const found = await rulesOf(hooked(manifest, command), { 'index.js': '', ...files })
    expect(found).not.toContain('weak-signs-at-install')
  })
})
