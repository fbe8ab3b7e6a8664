// What npm runs at install, and every file of the package that it reaches.
import { describe, expect, it } from 'vitest'
import { npmPackageReader } from '../../../src/ecosystems/npm/package-file.ts'
import type { InstallHook } from '../../../src/model/package-contents.ts'
import { readBytes } from '../../support/read-package.ts'
import { buildPackage, type FileMap } from '../../support/tgz.ts'

async function hooksOf(manifest: object, files: FileMap = {}): Promise<readonly InstallHook[]> {
  const { bytes } = await buildPackage({ name: 'demo', version: '1.0.0', ...manifest }, files)
  return (await readBytes(npmPackageReader, 'demo-1.0.0.tgz', bytes)).hooks
}

async function reached(script: string, files: FileMap, more: object = {}): Promise<readonly string[]> {
  const [hook] = await hooksOf({ scripts: { postinstall: script, ...more } }, files)
  return [...(hook?.reaches ?? [])].sort()
}

describe('lifecycle scripts', () => {
  it('are those that npm runs for a dependency, in its order', async () => {
    const scripts = {
      prepare: 'a',
      postinstall: 'b',
      test: 'c',
      install: 'd',
      preinstall: 'e',
      prepublish: 'f',
    }
    const hooks = await hooksOf({ scripts })
    expect(hooks.map(({ name, script, interpreter }) => [name, script, interpreter])).toEqual([
      ['preinstall', 'e', 'shell'],
      ['install', 'd', 'shell'],
      ['postinstall', 'b', 'shell'],
    ])
  })

  it('are not what is no text', async () => {
    expect(await hooksOf({ scripts: { install: ['x'], postinstall: '  ' } })).toEqual([])
    expect(await hooksOf({ scripts: 'install' })).toEqual([])
  })
})

describe('a script reaches', () => {
  const FILES: FileMap = {
    'setup.js': 'const a = require("./lib/a")\nimport("./lib/b.mjs")\n',
    'lib/a.js': 'module.exports = require("../data").x; require("left"); // require("./unused-but-named")\n',
    'lib/b.mjs': 'import c from "./c.js"\nexport { d } from "./d.js"\n',
    'lib/c.js':
      'fork(path.join(__dirname, "child.js")); new Worker(new URL("./worker.js", import.meta.url))\n',
    'lib/d.js': 'spawn("node", ["scripts/run.js"])\nspawn(process.execPath, [__dirname + "/e"])\n',
    'lib/child.js': '',
    'lib/worker.js': '',
    'lib/e.js': '',
    'scripts/run.js': 'exec("sh scripts/last.sh")',
    'scripts/last.sh': '#!/bin/sh\nnode ./scripts/deep.js\n',
    'scripts/deep.js': '',
    'data/index.js': '',
    'node_modules/left/package.json': '{"main":"m"}',
    'node_modules/left/m.js': '',
    'lib/unrelated.js': '',
    'index.js': '',
  }

  it('the file it names and what that requires, imports, forks and spawns', async () => {
    expect(await reached('node setup.js', FILES)).toEqual([
      'data/index.js',
      'lib/a.js',
      'lib/b.mjs',
      'lib/c.js',
      'lib/child.js',
      'lib/d.js',
      'lib/e.js',
      'lib/worker.js',
      'node_modules/left/m.js',
      'scripts/deep.js',
      'scripts/last.sh',
      'scripts/run.js',
      'setup.js',
    ])
  })

  it.each([
    ['node .', ['index.js']],
    ['node ./scripts/deep', ['scripts/deep.js']],
    ['sh scripts/last.sh', ['scripts/deep.js', 'scripts/last.sh']],
    ['cd scripts && node deep.js', ['scripts/deep.js']],
    ['node -e "require(\'./scripts/deep\')"', ['scripts/deep.js']],
    ['node -r ./scripts/deep.js index.js || exit 0', ['index.js', 'scripts/deep.js']],
    ['node scripts\\deep.js', ['scripts/deep.js']],
    ['npm run build', ['scripts/deep.js']],
    ['npm-run-all lint build', ['scripts/deep.js']],
    ['echo thanks', []],
    ['node missing.js', []],
  ])('through %s', async (script, files) => {
    expect(await reached(script, FILES, { prebuild: 'node scripts/deep.js', build: 'echo' })).toEqual(files)
  })

  it('each file once when they require each other', async () => {
    const files = { 'a.js': 'require("./b")', 'b.js': 'require("./a")' }
    expect(await reached('node a', files)).toEqual(['a.js', 'b.js'])
  })
})

describe('a binding.gyp', () => {
  const GYP = `{ "targets": [{ "include_dirs": ["<!(node -p \\"require('./where')\\")"],
    "sources": ["<!@(node list.js)"], "actions": [{ "action": ["sh", "make.sh"] }] }] }`
  const FILES = { 'binding.gyp': GYP, 'where.js': '', 'list.js': '', 'make.sh': '' }

  it('is built although no script says so, and its commands run', async () => {
    const hooks = await hooksOf({}, FILES)
    expect(hooks.map(({ name, script }) => [name, script])).toEqual([
      ['install', 'node-gyp rebuild'],
      ['binding.gyp command', `node -p "require('./where')"\nnode list.js\nsh make.sh`],
    ])
    expect([...(hooks[1]?.reaches ?? [])].sort()).toEqual(['binding.gyp', 'list.js', 'make.sh', 'where.js'])
  })

  it('is not built with gypfile: false, or with a script that does something else', async () => {
    expect(await hooksOf({ gypfile: false }, FILES)).toEqual([])
    expect((await hooksOf({ scripts: { preinstall: 'echo' } }, FILES)).map(({ name }) => name)).toEqual([
      'preinstall',
    ])
  })

  it('runs its commands when a script builds it', async () => {
    const hooks = await hooksOf({ scripts: { install: 'prebuild-install || node-gyp rebuild' } }, FILES)
    expect(hooks.map(({ name }) => name)).toEqual(['install', 'binding.gyp command'])
  })
})

describe('a bundled package', () => {
  it('runs its own scripts, from its own folder', async () => {
    const hooks = await hooksOf(
      { bundleDependencies: ['@s/in'] },
      {
        'node_modules/@s/in/package.json': '{"name":"@s/in","scripts":{"install":"node x.js"}}',
        'node_modules/@s/in/x.js': '',
        'x.js': '',
      },
    )
    expect(hooks).toEqual([
      {
        name: 'install (node_modules/@s/in)',
        interpreter: 'shell',
        script: 'node x.js',
        reaches: ['node_modules/@s/in/x.js'],
      },
    ])
  })
})
