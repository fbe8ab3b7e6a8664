// The npm reader on packages as npm packs them, and on tarballs that clients unpack in different ways.
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { npmPackageReader } from '../../../src/ecosystems/npm/package-file.ts'
import type { ReadLimits } from '../../../src/model/limits.ts'
import { patternBytes } from '../../support/bytes.ts'
import { mutate } from '../../support/mutate.ts'
import { packTar } from '../../support/pack-tar.ts'
import { type RawTarEntry, rawTar } from '../../support/raw-tar.ts'
import { readBytes, rulesOf } from '../../support/read-package.ts'
import { buildPackage } from '../../support/tgz.ts'

const read = (bytes: Uint8Array, limits: Partial<ReadLimits> = {}) =>
  readBytes(npmPackageReader, 'demo-1.0.0.tgz', bytes, limits)

const MANIFEST = { name: 'demo', version: '1.0.0' }
const manifest = (more: object = {}) => JSON.stringify({ ...MANIFEST, ...more })
const tgz = (...entries: readonly RawTarEntry[]) => gzipSync(rawTar(...entries))
const rawManifest = (text = manifest()): RawTarEntry => ({ name: 'package/package.json', data: text })

describe('a package as npm packs it', () => {
  it('is read with everything that its manifest declares', async () => {
    const { bytes } = await buildPackage(
      {
        ...MANIFEST,
        description: 'a demo',
        license: 'MIT',
        author: 'A. Author <a@author.test>',
        maintainers: [{ name: 'b', email: 'b@author.test' }],
        repository: { type: 'git', url: 'git+https://code.test/demo.git' },
        homepage: 'https://demo.test/',
        cpu: ['x64'],
        main: './lib',
      },
      { 'lib/index.js': 'module.exports = 1\n', 'README.md': '# demo\n' },
    )
    const contents = await read(bytes)
    expect(rulesOf(contents)).toEqual([])
    expect(contents).toMatchObject({ type: 'npm', format: 'npm-tgz', sizeBytes: bytes.length, hooks: [] })
    expect(contents.declared).toMatchObject({
      name: 'demo',
      version: '1.0.0',
      licence: 'MIT',
      description: 'a demo',
      architecture: 'x64',
      maintainers: ['A. Author <a@author.test>', 'b <b@author.test>'],
      repositoryUrl: 'git+https://code.test/demo.git',
      homepage: 'https://demo.test/',
      manifest: { main: './lib' },
    })
    expect(contents.entries.map(({ path, archivePath }) => [path, archivePath])).toEqual([
      ['package.json', 'package/package.json'],
      ['lib/index.js', 'package/lib/index.js'],
      ['README.md', 'package/README.md'],
    ])
    expect(Buffer.from(contents.entries[1]?.content ?? []).toString()).toBe('module.exports = 1\n')
    expect(contents.entryPoints).toEqual(['lib/index.js'])
    expect(contents.unpackedBytes).toBe(contents.entries.reduce((sum, entry) => sum + entry.sizeBytes, 0))
  })

  it('may have another top folder, a byte order mark, folders of its own and a case-only difference', async () => {
    const tar = await packTar([
      { name: 'node/' },
      { name: 'node/package.json', data: `\ufeff${manifest()}` },
      { name: 'node/lib/' },
      { name: 'node/lib/A.d.ts', data: 'a' },
      { name: 'node/lib/a.d.ts', data: 'b' },
    ])
    const contents = await read(gzipSync(tar))
    expect(rulesOf(contents)).toEqual(['low archive-case-collision'])
    expect(contents.declared.name).toBe('demo')
    expect(contents.entries.map(({ path }) => path)).toEqual([
      'package.json',
      'lib',
      'lib/A.d.ts',
      'lib/a.d.ts',
    ])
  })

  it('is the same when it is too large to be unpacked in memory', async () => {
    const data = patternBytes(300_000)
    const bytes = gzipSync(
      await packTar([
        { name: 'package/package.json', data: manifest() },
        { name: 'package/big', data },
      ]),
    )
    const held = await read(bytes)
    // A second member makes the way over memory give up: what streams must read the same entries.
    const trailing = await read(Buffer.concat([bytes, gzipSync(Buffer.alloc(0))]))
    expect(trailing.entries).toEqual(held.entries)
    expect(rulesOf(trailing)).toEqual(['critical archive-multiple-members'])
  })
})

const HOSTILE: readonly (readonly [string, Uint8Array, string])[] = [
  [
    'two folders laid over each other',
    tgz(rawManifest(), { name: 'package/x.js', data: 'good' }, { name: 'other/x.js', data: 'evil' }),
    'critical archive-duplicate-entry',
  ],
  [
    'a second manifest',
    tgz(rawManifest(), { name: 'z/package.json', data: manifest({ scripts: {} }) }),
    'critical archive-duplicate-entry',
  ],
  [
    'a manifest in other letters',
    tgz(rawManifest(), { name: 'package/Package.json', data: '{}' }),
    'high npm-manifest-case',
  ],
  [
    'a file outside the folder',
    tgz(rawManifest(), { name: 'index.js', data: 'x' }),
    'medium npm-file-without-folder',
  ],
  [
    'a symbolic link',
    tgz(rawManifest(), { name: 'package/l', type: '2', linkname: 'package.json' }),
    'medium npm-link',
  ],
  [
    'a link that leaves',
    tgz(rawManifest(), { name: 'package/l', type: '2', linkname: '../../x' }),
    'critical archive-link-outside',
  ],
  [
    'a path that climbs',
    tgz(rawManifest(), { name: 'package/../../x', data: 'x' }),
    'critical archive-traversal',
  ],
  [
    'an absolute path',
    tgz(rawManifest(), { name: '/package/x', data: 'x' }),
    'critical archive-absolute-path',
  ],
  ['a device', tgz(rawManifest(), { name: 'package/d', type: '3' }), 'critical archive-special-file'],
  [
    'a second gzip member',
    Buffer.concat([tgz(rawManifest()), gzipSync('x')]),
    'critical archive-multiple-members',
  ],
  [
    'bytes after gzip',
    Buffer.concat([tgz(rawManifest()), Buffer.from('x')]),
    'critical archive-trailing-data',
  ],
  [
    'a tar after the tar',
    gzipSync(Buffer.concat([rawTar(rawManifest()), rawTar({})])),
    'critical archive-trailing-data',
  ],
  [
    'an .npmrc',
    tgz(rawManifest(), { name: 'package/.npmrc', data: 'x=1' }),
    'medium npm-configuration-inside',
  ],
  [
    'scripts twice',
    tgz(rawManifest('{"name":"demo","scripts":{},"scripts":{"install":"x"}}')),
    'high npm-manifest-repeated-key',
  ],
  [
    'a script twice',
    tgz(rawManifest('{"name":"d","scripts":{"install":"a","install":"b"}}')),
    'high npm-manifest-repeated-key',
  ],
  [
    'keywords twice',
    tgz(rawManifest('{"name":"d","keywords":[],"keywords":[{"a":1,"b":{"a":2}}]}')),
    'low npm-manifest-repeated-key',
  ],
]

describe('what clients see differently', () => {
  it.each(HOSTILE)('%s', async (_what, bytes, rule) => {
    expect(rulesOf(await read(bytes))).toContain(rule)
  })

  it('names the line of a repeated key', async () => {
    const text = '{\n "name": "demo",\n "version": "1.0.0",\n "name": "other"\n}'
    const contents = await read(tgz(rawManifest(text)))
    expect(contents.readerFindings[0]).toMatchObject({
      file: 'package.json',
      line: 4,
      title: 'package.json gives name twice',
    })
    expect(contents.declared.name).toBe('other')
  })

  it('does not take equal keys of different objects for repeated', async () => {
    const text = '{"name":"d","a":{"x":"{\\"x\\":1}","y":["x","x",{"x":1},{"x":2}]},"b":{"x":":","y":1}}'
    expect(rulesOf(await read(tgz(rawManifest(text))))).toEqual([])
  })
})

const REFUSED: readonly (readonly [string, Uint8Array, string])[] = [
  ['no manifest', tgz({ name: 'package/index.js', data: 'x' }), 'npm-manifest-missing'],
  ['a manifest that is no JSON', tgz(rawManifest('{')), 'npm-manifest-invalid'],
  ['a manifest that is a list', tgz(rawManifest('[]')), 'npm-manifest-invalid'],
  ['a tar without gzip', rawTar(rawManifest()), 'archive-damaged'],
  [
    'a broken shrinkwrap',
    tgz(rawManifest(), { name: 'package/npm-shrinkwrap.json', data: '{' }),
    'npm-shrinkwrap-invalid',
  ],
]

describe('what cannot be installed', () => {
  it.each(REFUSED)('%s is refused', async (_what, bytes, rule) => {
    await expect(read(bytes)).rejects.toMatchObject({ code: 'PACKAGE_INVALID', facts: { rule } })
  })

  it('is a tarball that is cut off, wherever that is', async () => {
    const { bytes } = await buildPackage(MANIFEST, { 'index.js': patternBytes(3000), 'lib/a.js': 'a' })
    for (let end = 0; end < bytes.length; end += 97) {
      await expect(read(bytes.subarray(0, end)), `cut at ${end}`).rejects.toMatchObject({
        code: 'PACKAGE_INVALID',
      })
    }
  })

  it('is a bomb', async () => {
    const bomb = tgz(rawManifest(), { name: 'package/zeros', data: Buffer.alloc(3_000_000) })
    await expect(read(bomb, { ratioGraceBytes: 100_000 })).rejects.toMatchObject({
      code: 'TOO_LARGE',
      facts: { rule: 'archive-limit-ratio' },
    })
  })

  it('never makes the reader fail in another way', async () => {
    const { bytes } = await buildPackage(
      { ...MANIFEST, scripts: { install: 'node index.js' } },
      { 'index.js': 'require("./a")' },
    )
    await mutate(bytes, read)
    const plain = await packTar([
      { name: 'package/package.json', data: manifest() },
      { name: 'package/a', data: 'x' },
    ])
    await mutate(plain, (mutant) => read(gzipSync(mutant)))
  })
})
