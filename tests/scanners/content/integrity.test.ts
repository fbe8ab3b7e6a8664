// What is inside against what was asked for, with the honest normalisations of npm on the other side of the scale.
import { describe, expect, it } from 'vitest'
import type { ArtifactClaim, JsonObject, PurlType } from '../../../src/model/claim.ts'
import type { Finding } from '../../../src/model/finding.ts'
import type { PackageContents } from '../../../src/model/package-contents.ts'
import { integrity } from '../../../src/scanners/content/integrity.ts'
import { npmContents, packageContents } from '../../support/package-contents.ts'

function claim(type: PurlType, more: Partial<ArtifactClaim> = {}): ArtifactClaim {
  return {
    repository: type,
    type,
    name: 'sample',
    version: '1.0.0',
    path: 'sample',
    indexKey: 'sample',
    url: 'https://upstream.test/sample',
    digests: {},
    facts: {},
    ...more,
  }
}

async function scan(contents: PackageContents, against: ArtifactClaim): Promise<readonly Finding[]> {
  return integrity.scan({ ...contents, claim: against }, { rules: [] }, new AbortController().signal)
}

async function rulesOf(
  inside: JsonObject,
  registry: JsonObject,
  files: Record<string, string> = {},
): Promise<string[]> {
  const findings = await scan(npmContents(files, inside), claim('npm', { facts: { manifest: registry } }))
  return findings.map((finding) => `${finding.severity} ${finding.rule}`)
}

describe('name and version inside', () => {
  it.each<[PurlType, string, string]>([
    ['npm', 'sample', 'v1.0.0'],
    ['npm', 'sample', ' =1.0.0'],
    ['pypi', 'Sample', '1.0'],
    ['pypi', 'sample', '1.0.0.0'],
    ['deb', 'sample', '0:1.0.0'],
    ['rpm', 'sample', '0:1.0.0'],
  ])('of %s: %s %s is what was asked for', async (type, name, version) => {
    expect(await scan(packageContents({}, { type, name, version }), claim(type))).toEqual([])
  })

  it.each<[PurlType, string, string, string]>([
    ['npm', 'simple', '1.0.0', 'package-name-differs'],
    ['npm', 'Sample', '1.0.0', 'package-name-differs'],
    ['npm', 'sample', '1.0.1', 'package-version-differs'],
    ['pypi', 'sample-two', '1.0.0', 'package-name-differs'],
    ['pypi', 'sample', '1.0.0rc1', 'package-version-differs'],
    ['deb', 'sample', '1:1.0.0', 'package-version-differs'],
    ['apk', 'sample', '1.0.0-r1', 'package-version-differs'],
  ])('of %s: %s %s is not', async (type, name, version, rule) => {
    const findings = await scan(packageContents({}, { type, name, version }), claim(type))
    expect(findings).toMatchObject([{ rule, severity: 'high', layer: 'integrity' }])
  })
})

describe('npm: two manifests', () => {
  it.each<[string, JsonObject, JsonObject, Record<string, string>?]>([
    ['the same', { scripts: { install: 'node a' } }, { scripts: { install: 'node a' } }],
    ['other white space', { scripts: { install: 'node  a ' } }, { scripts: { install: 'node a' } }],
    [
      'the implicit build',
      {},
      { scripts: { install: 'node-gyp rebuild' }, gypfile: true },
      { 'binding.gyp': '{}' },
    ],
    ['scripts that do not run at install', { scripts: { test: 'x', prepare: 'y' } }, { scripts: {} }],
    [
      'a short form that announces the hook',
      { scripts: { postinstall: 'node a' } },
      { hasInstallScript: true },
    ],
    [
      'optional ones copied',
      { optionalDependencies: { a: '1' } },
      { dependencies: { a: '1' }, optionalDependencies: { a: '1' } },
    ],
    ['bundled ones left out', { dependencies: { a: '1' }, bundledDependencies: ['a'] }, {}],
    [
      'a bundled alias',
      { dependencies: { a: '1' }, bundleDependencies: ['a'] },
      { bundleDependencies: ['a'] },
    ],
    [
      'workspace versions replaced',
      { dependencies: { a: 'workspace:^' } },
      { dependencies: { a: '^1.2.0' } },
    ],
    ['a cleaned bin', { bin: { sample: './cli.js' } }, { bin: { sample: 'cli.js' } }],
    ['a single bin', { bin: './cli.js' }, { bin: { sample: 'cli.js' } }],
  ])('%s: no difference', async (_what, inside, registry, files) => {
    expect(await rulesOf(inside, registry, files)).toEqual([])
  })

  it.each<[string, JsonObject, JsonObject, string]>([
    ['a hidden hook', { scripts: { postinstall: 'node steal' } }, {}, 'critical npm-hidden-install-script'],
    [
      'another hook',
      { scripts: { install: 'node b' } },
      { scripts: { install: 'node a' } },
      'critical npm-hidden-install-script',
    ],
    [
      'a build step without binding.gyp',
      {},
      { scripts: { install: 'node-gyp rebuild' } },
      'low npm-announced-script-missing',
    ],
    [
      'a hidden tarball',
      { dependencies: { a: 'https://upstream.test/a.tgz' } },
      {},
      'high npm-dependency-not-in-registry',
    ],
    ['a hidden dependency', { dependencies: { a: '1' } }, {}, 'low npm-dependency-not-in-registry'],
    ['an added dependency', {}, { dependencies: { a: '1' } }, 'medium npm-dependency-not-in-tarball'],
    [
      'another range',
      { dependencies: { a: '1' } },
      { dependencies: { a: '2' } },
      'low npm-dependency-differs',
    ],
    [
      'git instead of a range',
      { dependencies: { a: 'github:b/a' } },
      { dependencies: { a: '2' } },
      'high npm-dependency-differs',
    ],
    [
      'another command',
      { bin: { sample: 'evil.js' } },
      { bin: { sample: 'cli.js' } },
      'medium npm-bin-differs',
    ],
  ])('%s: told', async (_what, inside, registry, expected) => {
    expect(await rulesOf(inside, registry)).toEqual([expected])
  })
})
