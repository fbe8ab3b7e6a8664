// What each lock file pins, in the forms that each of its versions has.
import { describe, expect, it } from 'vitest'
import { readLockFile } from '../../src/lockfiles/read.ts'

const HEX = 'ab'.repeat(64)
const SRI = `sha512-${Buffer.from(HEX, 'hex').toString('base64')}`
const SHA = 'cd'.repeat(32)

/** `name version digest?` or `name ! foreign`, sorted. */
function pins(fileName: string, text: string): string[] {
  return readLockFile(fileName, text)
    .entries.map(({ name, version, digests, foreign }) =>
      foreign === undefined
        ? [name, version, ...digests.map((one) => one.slice(0, 8))].join(' ')
        : `${name} !`,
    )
    .sort()
}

describe('npm', () => {
  const npm = (lock: object) => pins('package-lock.json', JSON.stringify(lock))

  it('version 1, nested, with an alias, a bundled one and a repository', () => {
    const dependencies = {
      a: { version: '1.0.0', integrity: SRI, dependencies: { '@s/b': { version: '2.0.0' } } },
      alias: { version: 'npm:real@3.0.0' },
      inside: { version: '1.0.0', bundled: true },
      repo: { version: 'git+ssh://git@upstream.test/x.git#abc' },
    }
    expect(npm({ lockfileVersion: 1, dependencies })).toEqual([
      '@s/b 2.0.0',
      'a 1.0.0 sha512:a',
      'real 3.0.0',
      'repo !',
    ])
  })

  it('versions 2 and 3, without the project, links and workspaces, each package once', () => {
    const packages = {
      '': { name: 'project', version: '1.0.0' },
      'packages/own': { version: '1.0.0' },
      'node_modules/own': { resolved: 'packages/own', link: true },
      'node_modules/a': { version: '1.0.0', integrity: SRI },
      'node_modules/b/node_modules/a': { version: '1.0.0', integrity: SRI },
      'node_modules/alias': { name: '@s/real', version: '2.0.0', integrity: SRI },
    }
    expect(npm({ lockfileVersion: 3, packages })).toEqual(['@s/real 2.0.0 sha512:a', 'a 1.0.0 sha512:a'])
  })
})

it('pnpm, versions 5, 6 and 9', () => {
  const pnpm = (version: string, key: string) =>
    pins(
      'pnpm-lock.yaml',
      `lockfileVersion: '${version}'\npackages:\n  '${key}':\n    resolution: {integrity: ${SRI}}\n`,
    )
  expect(pnpm('5.4', '/@s/a/1.0.0_react@17.0.0')).toEqual(['@s/a 1.0.0 sha512:a'])
  expect(pnpm('6.0', '/@s/a@1.0.0(react@17.0.0)')).toEqual(['@s/a 1.0.0 sha512:a'])
  expect(pnpm('9.0', '@s/a@1.0.0')).toEqual(['@s/a 1.0.0 sha512:a'])
  expect(pnpm('9.0', 'a@https://upstream.test/x.tgz')).toEqual(['a !'])
})

it('yarn 1', () => {
  const lock = `# yarn lockfile v1

"@s/a@^1.0.0", "@s/a@^1.1.0":
  version "1.2.0"
  resolved "https://upstream.test/a.tgz#${'1'.repeat(40)}"
  integrity ${SRI}

old@1:
  version "1.0.0"
  resolved "https://upstream.test/old.tgz#${'1'.repeat(40)}"

"alias@npm:real@^2.0.0":
  version "2.0.1"

"repo@git+https://upstream.test/repo.git":
  version "0.0.1"
`
  expect(pins('yarn.lock', lock)).toEqual([
    '@s/a 1.2.0 sha512:a',
    'old 1.0.0 sha1:111',
    'real 2.0.1',
    'repo !',
  ])
})

it('yarn berry, without the project and its patches', () => {
  const entry = (key: string, version: string, resolution: string, link = 'hard') =>
    `"${key}":\n  version: ${version}\n  resolution: "${resolution}"\n  checksum: 10/abc\n  languageName: node\n  linkType: ${link}\n`
  const lock = [
    '__metadata:\n  version: 8\n',
    entry('@s/a@npm:^1.0.0', '1.2.0', '@s/a@npm:1.2.0'),
    entry('a@patch:a@npm%3A1#x', '1.0.0', 'a@patch:a@npm%3A1.0.0#x'),
    entry('own@workspace:.', '0.0.0', 'own@workspace:.', 'soft'),
    entry('repo@https://upstream.test/r.git', '1.0.0', 'repo@https://upstream.test/r.git#commit=1'),
  ].join('\n')
  expect(pins('yarn.lock', lock)).toEqual(['@s/a 1.2.0', 'repo !'])
})

it('requirements with hashes over several lines; what is not pinned cannot be told', () => {
  const text = `--index-url https://upstream.test/simple
# a comment
Flask_Login[x]==1.0 ; python_version > "3.8" \\
    --hash=sha256:${SHA} \\
    --hash=sha256:${'ef'.repeat(32)}
loose>=2
pkg @ https://upstream.test/pkg.whl
wild==1.*
`
  expect(pins('requirements-dev.txt', text)).toEqual([
    'flask-login 1.0 sha256:c sha256:e',
    'loose>=2 !',
    'pkg @ https://upstream.test/pkg.whl !',
    'wild==1.* !',
  ])
})

it('uv.lock and poetry.lock', () => {
  const uv = `version = 1
[[package]]
name = "project"
version = "0.1.0"
source = { editable = "." }
[[package]]
name = "Flask"
version = "3.0.0"
source = { registry = "https://upstream.test/simple" }
sdist = { url = "https://upstream.test/f.tar.gz", hash = "sha256:${SHA}" }
wheels = [{ url = "https://upstream.test/f.whl", hash = "sha256:${'ef'.repeat(32)}" }]
[[package]]
name = "repo"
version = "1.0"
source = { git = "https://upstream.test/r?rev=1" }
`
  expect(pins('uv.lock', uv)).toEqual(['flask 3.0.0 sha256:c sha256:e', 'repo !'])
  const poetry = `[[package]]
name = "Flask"
version = "3.0.0"
files = [{file = "f.whl", hash = "sha256:${SHA}"}]
[[package]]
name = "old"
version = "1.0"
[[package]]
name = "repo"
version = "1.0"
[package.source]
type = "git"
url = "https://upstream.test/r"
[metadata.files]
old = [{file = "o.whl", hash = "sha256:${SHA}"}]
`
  expect(pins('poetry.lock', poetry)).toEqual(['flask 3.0.0 sha256:c', 'old 1.0 sha256:c', 'repo !'])
})

describe('is refused', () => {
  it.each([
    ['Gemfile.lock', '', /no lock file that is known here: package-lock.json, pnpm/],
    ['package-lock.json', '{', /not JSON/],
    ['package-lock.json', '{}', /neither packages nor dependencies/],
    ['pnpm-lock.yaml', 'a: [', /not YAML/],
    ['pnpm-lock.yaml', 'a: &a [1]\nb: *a\nlockfileVersion: 9', /not YAML|/],
    ['uv.lock', '= = =', /not TOML/],
    ['poetry.lock', 'package = 1', /no list/],
    ['yarn.lock', '{ ] nothing', /yarn itself could not read it/],
  ])('%s: %s', (name, text, message) => expect(() => readLockFile(name, text)).toThrow(message))

  it('a version 1 that is nested without end', () => {
    const text = `{"dependencies":${'{"a":{"version":"1.0.0","dependencies":'.repeat(1000)}{}${'}}'.repeat(1000)}}`
    expect(() => readLockFile('package-lock.json', text)).toThrow(/nested deeper/)
  })
})
