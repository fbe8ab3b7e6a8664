// Dependencies that leave the registry, and files that run at import, as a package's manifest names them.
import { describe, expect, it } from 'vitest'
import { npmPackageReader } from '../../../src/ecosystems/npm/package-file.ts'
import { readBytes, rulesOf } from '../../support/read-package.ts'
import { buildPackage } from '../../support/tgz.ts'

const read = (bytes: Uint8Array) => readBytes(npmPackageReader, 'demo-1.0.0.tgz', bytes)
const MANIFEST = { name: 'demo', version: '1.0.0' }

describe('dependencies', () => {
  it('are listed by kind, and marked when they leave the registry', async () => {
    const { bytes } = await buildPackage(
      {
        ...MANIFEST,
        dependencies: {
          plain: '^1.0.0',
          alias: 'npm:other@2',
          tag: 'next',
          git: 'git+ssh://git@code.test/a.git',
          short: 'user/repository#v1',
          hosted: 'github:user/repository',
          url: 'https://files.test/a.tgz',
          file: 'file:../a',
          folder: './a',
        },
        optionalDependencies: { maybe: '1' },
        peerDependencies: { peer: '*' },
        devDependencies: { tool: 'http://files.test/tool.tgz' },
        bundleDependencies: ['plain'],
      },
      {
        'npm-shrinkwrap.json': JSON.stringify({
          packages: {
            '': {},
            'node_modules/plain': { resolved: 'https://registry.test/plain/-/plain-1.0.0.tgz' },
            'node_modules/@s/far': { resolved: 'https://elsewhere.test/far.tgz' },
          },
        }),
      },
    )
    const contents = await read(bytes)
    const shown = contents.dependencies.map(({ name, kind, foreign }) => [name, kind, foreign])
    expect(shown).toEqual([
      ['plain', 'runtime', undefined],
      ['alias', 'runtime', undefined],
      ['tag', 'runtime', undefined],
      ['git', 'runtime', 'git'],
      ['short', 'runtime', 'git'],
      ['hosted', 'runtime', 'git'],
      ['url', 'runtime', 'url'],
      ['file', 'runtime', 'file'],
      ['folder', 'runtime', 'file'],
      ['maybe', 'optional', undefined],
      ['peer', 'peer', undefined],
      ['tool', 'development', 'url'],
      ['plain', 'bundled', undefined],
      ['@s/far', 'runtime', 'url'],
    ])
    expect(rulesOf(contents)).toEqual(['medium npm-shrinkwrap'])
  })
})

describe('entry points', () => {
  it('come from main, module, exports, browser and bin, endings filled in', async () => {
    const files = [
      'a.js',
      'b/index.mjs',
      'c.cjs',
      'd.js',
      'bin/e',
      'f/x.js',
      'f/y.js',
      'f/y.d.ts',
      'g.js',
      'unused.js',
    ]
    const { bytes } = await buildPackage(
      {
        ...MANIFEST,
        main: 'a',
        module: './b',
        exports: {
          '.': { require: './c.cjs', types: './f/y.d.ts' },
          './f/*': './f/*.js',
          './none': './missing.js',
        },
        browser: { './a.js': './d.js' },
        bin: { demo: 'bin/e' },
        directories: { bin: './bin' },
      },
      Object.fromEntries(files.map((file) => [file, '1'])),
    )
    const contents = await read(bytes)
    expect(contents.entryPoints).toEqual([
      'a.js',
      'b/index.mjs',
      'd.js',
      'c.cjs',
      'f/x.js',
      'f/y.js',
      'bin/e',
    ])
  })

  it('are index.js when main leads nowhere', async () => {
    const { bytes } = await buildPackage({ ...MANIFEST, main: 'dist/none.js' }, { 'index.js': '1' })
    expect((await read(bytes)).entryPoints).toEqual(['index.js'])
  })
})
