// The sdist reader: archives of four kinds, and all the code that a build runs.

import { deflateRawSync, gzipSync } from 'node:zlib'
import lzma from 'lzma-native'
import { describe, expect, it } from 'vitest'
import { pypiPackageReader } from '../../../src/ecosystems/pypi/package-file.ts'
import type { InstallHook, PackageContents } from '../../../src/model/package-contents.ts'
import { readAll } from '../../support/bytes.ts'
import { mutate } from '../../support/mutate.ts'
import { packTar } from '../../support/pack-tar.ts'
import { buildSdist } from '../../support/pypi-packages.ts'
import { rawTar } from '../../support/raw-tar.ts'
import { rawZip } from '../../support/raw-zip.ts'
import { readBytes, rulesOf } from '../../support/read-package.ts'
import type { FileMap } from '../../support/tgz.ts'

const PKG_INFO = 'Metadata-Version: 2.1\nName: demo\nVersion: 1.0\nRequires-Dist: other\n'
const read = (bytes: Uint8Array, name = 'demo-1.0.tar.gz') => readBytes(pypiPackageReader, name, bytes)

const tarOf = (files: FileMap) =>
  packTar(
    Object.entries({ 'PKG-INFO': PKG_INFO, ...files }).map(([name, data]) => ({
      name: `demo-1.0/${name}`,
      data,
    })),
  )

async function hooksOf(files: FileMap): Promise<readonly InstallHook[]> {
  return (await read(gzipSync(await tarOf(files)))).hooks
}

const reachesOf = async (files: FileMap) => [...((await hooksOf(files))[0]?.reaches ?? [])].sort()

async function xz(data: Buffer): Promise<Buffer> {
  const { createStream } = lzma as unknown as { createStream: (coder: string) => NodeJS.ReadWriteStream }
  const stream = createStream('easyEncoder')
  stream.end(data)
  return readAll(stream as unknown as AsyncIterable<Uint8Array>)
}

describe('an sdist', () => {
  it('is read with its metadata, without the folder that everything lies in', async () => {
    const { bytes, filename } = await buildSdist({
      name: 'demo',
      version: '1.0',
      metadata: ['Requires-Dist: other'],
    })
    const contents = await read(bytes, filename)
    expect(rulesOf(contents)).toEqual([])
    expect(contents).toMatchObject({ type: 'pypi', format: 'sdist', entryPoints: ['demo/__init__.py'] })
    expect(contents.declared).toMatchObject({ name: 'demo', version: '1.0', licence: 'MIT' })
    expect(contents.dependencies).toEqual([{ name: 'other', specifier: '', kind: 'runtime' }])
    expect(contents.entries.map(({ path }) => path)).toContain('demo/__init__.py')
    expect(contents.hooks.map(({ name, interpreter }) => [name, interpreter])).toEqual([
      ['setup.py', 'python'],
    ])
  })

  it('is the same in every archive that its name may say', async () => {
    const tar = await tarOf({ 'demo.py': 'x = 1\n' })
    const zip = rawZip([
      { name: 'demo-1.0/PKG-INFO', data: PKG_INFO },
      { name: 'demo-1.0/demo.py', data: 'x = 1\n' },
    ])
    const shown = ({ entries, declared }: PackageContents) => [
      declared.name,
      entries.map(({ path, sha256 }) => [path, sha256]),
    ]
    const expected = shown(await read(gzipSync(tar)))
    expect(shown(await read(gzipSync(tar), 'demo-1.0.tgz'))).toEqual(expected)
    expect(shown(await read(await xz(tar), 'demo-1.0.tar.xz'))).toEqual(expected)
    expect(shown(await read(zip, 'demo-1.0.zip'))).toEqual(expected)
  })

  it('may have its metadata only in the .egg-info folder', async () => {
    const tar = await packTar([{ name: 'demo-1.0/demo.egg-info/PKG-INFO', data: PKG_INFO }])
    expect((await read(gzipSync(tar))).declared.name).toBe('demo')
  })

  it('of another compression than its name says is refused', async () => {
    const tar = await tarOf({})
    const refused = { code: 'PACKAGE_INVALID', facts: { rule: 'sdist-compression' } }
    await expect(read(gzipSync(tar), 'demo-1.0.tar.bz2')).rejects.toMatchObject(refused)
    await expect(read(tar)).rejects.toMatchObject(refused)
    await expect(read(Buffer.alloc(0))).rejects.toMatchObject(refused)
  })

  it('that is cut off is refused, wherever that is', async () => {
    const { bytes } = await buildSdist({ name: 'demo', version: '1.0' })
    for (let end = 0; end < bytes.length; end += 97) {
      await expect(read(bytes.subarray(0, end)), `cut at ${end}`).rejects.toMatchObject({
        code: 'PACKAGE_INVALID',
      })
    }
  })

  it('never makes the reader fail in another way', async () => {
    const tar = await tarOf({
      'pyproject.toml': '[build-system]\nbuild-backend = "a"\nbackend-path = ["."]\n',
      'a.py': '',
    })
    await mutate(tar, (mutant) => read(gzipSync(mutant)))
  })
})

const link = (name: string, linkname: string) =>
  rawTar({ name: 'demo-1.0/PKG-INFO', data: PKG_INFO }, { name, type: '2', linkname })

const HOSTILE: readonly (readonly [string, () => Buffer | Promise<Buffer>, string])[] = [
  [
    'no metadata',
    async () => gzipSync(await packTar([{ name: 'demo-1.0/x', data: '' }])),
    'medium sdist-metadata-missing',
  ],
  [
    'a broken pyproject.toml',
    async () => gzipSync(await tarOf({ 'pyproject.toml': '[' })),
    'high sdist-pyproject-invalid',
  ],
  [
    'something beside the folder',
    async () => gzipSync(await packTar([{ name: 'demo-1.0/x' }, { name: 'y' }])),
    'medium sdist-several-folders',
  ],
  ['a link that leaves', () => gzipSync(link('demo-1.0/l', '../../etc')), 'critical archive-link-outside'],
  [
    'a link through which an entry goes',
    () => gzipSync(rawTar({ name: 'd/l', type: '2', linkname: '.' }, { name: 'd/l/x', data: '' })),
    'critical archive-through-link',
  ],
  [
    'a start-up module',
    async () => gzipSync(await tarOf({ 'usercustomize.py': '' })),
    'medium python-startup-module',
  ],
  // A deflate block may be stored as it is: a whole zip can lie in the gzip data for whoever looks at the end of the file.
  [
    'a zip within the gzip data',
    async () => storedGzip(await tarOf({}), rawZip([{ name: 'demo-1.0/setup.py', data: 'evil' }])),
    'critical sdist-hidden-zip',
  ],
  [
    'a zip after the gzip data',
    async () => Buffer.concat([gzipSync(await tarOf({})), rawZip([])]),
    'critical archive-trailing-data',
  ],
]

/** A gzip file whose last deflate block holds `inner` uncompressed, as content of one more tar entry. */
function storedGzip(tar: Buffer, inner: Buffer): Buffer {
  const head = tar.subarray(0, tar.length - 1024)
  const tail = rawTar({ name: 'demo-1.0/data.bin', data: inner })
  const whole = Buffer.concat([head, tail])
  const split = head.length + 512
  const stored = Buffer.alloc(5)
  stored.writeUInt8(1, 0)
  stored.writeUInt16LE(whole.length - split, 1)
  stored.writeUInt16LE(~(whole.length - split) & 0xffff, 3)
  // Z_SYNC_FLUSH (2) ends the first part on a byte without marking it as the last.
  const first = deflateRawSync(whole.subarray(0, split), { finishFlush: 2 })
  const gzip = gzipSync(whole)
  return Buffer.concat([gzip.subarray(0, 10), first, stored, whole.subarray(split), gzip.subarray(-8)])
}

describe('what installers see differently', () => {
  it.each(HOSTILE)('%s', async (_what, build, rule) => {
    expect(rulesOf(await read(await build()))).toContain(rule)
  })
})

describe('a build runs', () => {
  it('setup.py, the modules it imports and the files it executes', async () => {
    const files = {
      'setup.py': [
        'import os, helper',
        'from pkg.version import VERSION',
        'from pkg import (a,',
        '    b)',
        'exec(open(os.path.join(here, "tools", "gen.py")).read())',
        'subprocess.call(["sh", "./scripts/run.sh"])',
        'importlib.import_module("late")',
        '',
      ].join('\n'),
      'helper.py': 'import pkg.c as c\n',
      'pkg/__init__.py': '',
      'pkg/version.py': 'from . import rel\nfrom .sub.deep import x\n',
      'pkg/a.py': '',
      'pkg/b.py': '',
      'pkg/c.py': '',
      'pkg/rel.py': '',
      'pkg/sub/__init__.py': '',
      'pkg/sub/deep.py': '',
      'pkg/unused.py': '',
      'tools/gen.py': '',
      'scripts/run.sh': '',
      'late.py': '',
    }
    expect(await reachesOf(files)).toEqual(
      Object.keys(files)
        .filter((path) => path !== 'pkg/unused.py')
        .sort(),
    )
  })

  it('an in-tree backend, looked up in backend-path', async () => {
    const hooks = await hooksOf({
      'pyproject.toml':
        '[build-system]\nrequires = ["wheel", "x @ https://files.test/x.zip"]\nbuild-backend = "own.api:main"\nbackend-path = ["build"]\n',
      'build/own/__init__.py': '',
      'build/own/api.py': 'import step\n',
      'build/step.py': '',
      'own/api.py': '',
    })
    expect(hooks.map(({ name, reaches }) => [name, [...reaches].sort()])).toEqual([
      ['build/own/api.py', ['build/own/__init__.py', 'build/own/api.py', 'build/step.py']],
    ])
  })

  it.each([
    ['hatchling.build', '', 'hatch_build.py', 'python'],
    ['hatchling.build', '[tool.hatch.build.hooks.custom]\npath = "mine.py"\n', 'mine.py', 'python'],
    ['pdm.backend', '', 'pdm_build.py', 'python'],
    ['poetry.core.masonry.api', '[tool.poetry]\nbuild = "make.py"\n', 'make.py', 'python'],
    [
      'setuptools.build_meta',
      '[tool.setuptools.dynamic]\nversion = {attr = "demo.about.V"}\n',
      'demo/about.py',
      'python',
    ],
    ['mesonpy', '', 'meson.build', 'meson'],
    ['scikit_build_core.build', '', 'CMakeLists.txt', 'cmake'],
    ['maturin', '', 'build.rs', 'rust'],
  ])('the script of %s %s', async (backend, more, script, interpreter) => {
    const hooks = await hooksOf({
      'pyproject.toml': `[build-system]\nrequires = []\nbuild-backend = "${backend}"\n${more}`,
      [script]: 'text',
    })
    expect(hooks).toEqual([{ name: script, interpreter, script: 'text', reaches: [script] }])
  })

  it('what setup.cfg imports', async () => {
    const hooks = await hooksOf({
      'setup.cfg': '[metadata]\nversion = attr: demo.__version__\n',
      'demo/__init__.py': '',
    })
    expect(hooks.map(({ name }) => name)).toEqual(['demo/__init__.py'])
  })

  it('with requirements of its own, which are dependencies of the build', async () => {
    const contents = await read(
      gzipSync(
        await tarOf({
          'pyproject.toml': '[build-system]\nrequires = ["wheel>=1", "x @ https://files.test/x.zip"]\n',
        }),
      ),
    )
    expect(contents.dependencies.filter(({ kind }) => kind === 'build')).toEqual([
      { name: 'wheel', specifier: '>=1', kind: 'build' },
      { name: 'x', specifier: '@ https://files.test/x.zip', kind: 'build', foreign: 'url' },
    ])
  })
})
