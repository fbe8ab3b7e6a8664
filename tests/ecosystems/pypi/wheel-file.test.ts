// The wheel reader on wheels as builders write them, and on those that installers unpack in different ways.
import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { pypiPackageReader } from '../../../src/ecosystems/pypi/package-file.ts'
import type { PackageContents } from '../../../src/model/package-contents.ts'
import { patternBytes } from '../../support/bytes.ts'
import { mutate } from '../../support/mutate.ts'
import { buildWheel } from '../../support/pypi-packages.ts'
import { type RawZipEntry, type RawZipOptions, rawZip } from '../../support/raw-zip.ts'
import { readBytes, rulesOf } from '../../support/read-package.ts'

const NAME = 'demo-1.0-py3-none-any.whl'
const INFO = 'demo-1.0.dist-info'
const METADATA = 'Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n'
const WHEEL = 'Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n'

type Files = Readonly<Record<string, string | Uint8Array>>

const read = (bytes: Uint8Array, name = NAME, limits = {}) =>
  readBytes(pypiPackageReader, name, bytes, limits)

interface Wheel {
  readonly files?: Files
  /** Instead of the right one. */
  readonly record?: string | undefined
  readonly metadata?: string
  readonly wheel?: string
  readonly more?: readonly RawZipEntry[]
  readonly zip?: RawZipOptions
}

/** A wheel whose RECORD is right unless told otherwise; `more` entries are not in it. */
function wheelOf({
  files = {},
  metadata = METADATA,
  wheel = WHEEL,
  more = [],
  zip = {},
  ...rest
}: Wheel): Buffer {
  const all: Files = {
    'demo/__init__.py': '',
    ...files,
    [`${INFO}/METADATA`]: metadata,
    [`${INFO}/WHEEL`]: wheel,
  }
  const right = [...Object.entries(all).map(([path, data]) => row(path, data)), `${INFO}/RECORD,,`, ''].join(
    '\n',
  )
  const record = 'record' in rest ? rest.record : right
  const entries = Object.entries(all).map(([name, data]) => ({ name, data }))
  const last = record === undefined ? [] : [{ name: `${INFO}/RECORD`, data: record }]
  return rawZip([...entries, ...more, ...last], zip)
}

function row(path: string, data: string | Uint8Array): string {
  return `${path},sha256=${createHash('sha256').update(data).digest('base64url')},${Buffer.byteLength(data)}`
}

const rulesIn = async (wheel: Wheel) => rulesOf(await read(wheelOf(wheel)))

describe('a wheel as builders write it', () => {
  it('is read with everything that it declares', async () => {
    const { bytes, filename } = buildWheel(
      {
        name: 'Demo.Project',
        version: '1.0',
        metadata: [
          'Author-email: A. Author <a@author.test>',
          'Maintainer: M',
          'Home-page: https://demo.test/',
          'Project-URL: Repository, https://code.test/demo',
          'Requires-Dist: other>=1',
          'Requires-Dist: far @ https://files.test/far.zip',
          'Requires-Dist: source @ git+https://code.test/source ; python_version > "3"',
          'Requires-Dist: extra (>=2); extra == "more"',
        ],
        files: { 'demo_project/core.py': 'x = 1\n' },
      },
      'py3-none-manylinux_2_28_x86_64',
    )
    const contents = await read(bytes, filename)
    expect(rulesOf(contents)).toEqual([])
    expect(contents).toMatchObject({
      type: 'pypi',
      format: 'wheel',
      hooks: [],
      entryPoints: ['demo_project/__init__.py'],
    })
    expect(contents.declared).toMatchObject({
      name: 'Demo.Project',
      version: '1.0',
      licence: 'MIT',
      description: 'test package Demo.Project',
      architecture: 'manylinux_2_28_x86_64',
      maintainers: ['A. Author <a@author.test>', 'M'],
      repositoryUrl: 'https://code.test/demo',
      homepage: 'https://demo.test/',
      manifest: { 'Root-Is-Purelib': 'true', Name: 'Demo.Project' },
    })
    expect(contents.dependencies).toEqual([
      { name: 'other', specifier: '>=1', kind: 'runtime' },
      { name: 'far', specifier: '@ https://files.test/far.zip', kind: 'runtime', foreign: 'url' },
      {
        name: 'source',
        specifier: '@ git+https://code.test/source ; python_version > "3"',
        kind: 'runtime',
        foreign: 'git',
      },
      { name: 'extra', specifier: '(>=2); extra == "more"', kind: 'optional' },
    ])
    const core = contents.entries.find(({ path }) => path === 'demo_project/core.py')
    expect(core).toMatchObject({ type: 'file', sizeBytes: 6, member: 'wheel' })
  })

  it('may quote names in RECORD, sign it, list folders, and hash by sha512', async () => {
    const odd = 'demo/a, "b".txt'
    const sha512 = createHash('sha512').update('x').digest('base64url')
    const rows = [
      row('demo/__init__.py', ''),
      row(odd, 'x').replace(odd, '"demo/a, ""b"".txt"'),
      `demo/c.txt,sha512=${sha512},1`,
      'demo/,,',
      row(`${INFO}/METADATA`, METADATA),
      row(`${INFO}/WHEEL`, WHEEL),
      `${INFO}/RECORD,,`,
    ]
    const files = { [odd]: 'x', 'demo/c.txt': 'x' }
    const more = [{ name: `${INFO}/RECORD.jws`, data: 'signature' }]
    expect(await rulesIn({ files, record: rows.join('\r\n'), more })).toEqual([])
  })

  it('with a large file is read in pieces and checked the same', async () => {
    const data = patternBytes(300_000)
    const contents = await read(wheelOf({ files: { 'demo/lib.so': data } }), NAME, {
      retainFileBytes: 50_000,
    })
    expect(rulesOf(contents)).toEqual([])
    const library = contents.entries.find(({ path }) => path === 'demo/lib.so')
    expect(library?.content).toBeUndefined()
    expect(library?.sha256).toBe(createHash('sha256').update(data).digest('hex'))
  })
})

const two = { 'demo/a.py': 'a', 'demo/b.py': 'b' }
const listed = (rows: readonly string[]) =>
  [
    ...rows,
    row('demo/__init__.py', ''),
    row(`${INFO}/METADATA`, METADATA),
    row(`${INFO}/WHEEL`, WHEEL),
    `${INFO}/RECORD,,`,
  ].join('\n')

const HOSTILE: readonly (readonly [string, Wheel, string])[] = [
  [
    'a file that RECORD does not list',
    { more: [{ name: 'demo/x.py', data: '' }] },
    'critical wheel-not-in-record',
  ],
  [
    'a file that only RECORD has',
    { record: listed([row('demo/x.py', '')]) },
    'critical wheel-record-phantom',
  ],
  [
    'a wrong digest',
    { files: two, record: listed([row('demo/a.py', 'a'), row('demo/b.py', 'c')]) },
    'critical wheel-record-digest',
  ],
  [
    'a wrong size',
    { files: { 'demo/a.py': 'a' }, record: listed([row('demo/a.py', 'a').replace(/1$/, '2')]) },
    'critical wheel-record-digest',
  ],
  [
    'no digest',
    { files: { 'demo/a.py': 'a' }, record: listed(['demo/a.py,,']) },
    'high wheel-record-no-digest',
  ],
  [
    'a weak digest',
    { files: { 'demo/a.py': 'a' }, record: listed(['demo/a.py,md5=x,1']) },
    'high wheel-record-unchecked',
  ],
  [
    'two digests',
    { files: { 'demo/a.py': 'a' }, record: listed([row('demo/a.py', 'b'), row('demo/a.py', 'a')]) },
    'critical wheel-record-contradicts',
  ],
  ['no RECORD', { record: undefined }, 'critical wheel-record-missing'],
  ['an unknown format version', { wheel: 'Wheel-Version: 2.0\n' }, 'high wheel-version'],
  ['two names', { metadata: `${METADATA}Name: other\n` }, 'critical python-metadata-repeated-field'],
  [
    'a second .dist-info',
    { files: { 'pip-1.0.dist-info/METADATA': METADATA } },
    'critical wheel-several-infos',
  ],
  ['another .data folder', { files: { 'other-1.0.data/scripts/x': '' } }, 'critical wheel-foreign-data'],
  ['an unknown part of .data', { files: { 'demo-1.0.data/stdlib/os.py': '' } }, 'high wheel-unknown-scheme'],
  [
    'data among the modules of others',
    { files: { 'demo-1.0.data/data/lib/python3.12/site-packages/x.pth': 'import os' } },
    'high wheel-data-into-site',
  ],
  [
    'a module twice by way of .data',
    { files: { 'demo-1.0.data/purelib/demo/__init__.py': 'x' } },
    'critical archive-duplicate-entry',
  ],
  [
    'a line that runs at every start',
    { files: { 'demo.pth': '# x\nimport demo\n' } },
    'medium python-startup-line',
  ],
  ['a folder on the import path', { files: { 'demo.pth': '../somewhere\n' } }, 'low python-path-file'],
  ['a module that runs at every start', { files: { 'sitecustomize.py': 'x' } }, 'high python-startup-module'],
  [
    'an entry that streams otherwise',
    { more: [{ name: 'z', data: '', local: { name: 'y' } }] },
    'critical archive-zip-local-differs',
  ],
  [
    'the same name twice',
    { more: [{ name: 'demo/__init__.py', data: 'x' }] },
    'critical archive-duplicate-entry',
  ],
  ['a path that climbs', { files: { '../x.py': '' } }, 'critical archive-traversal'],
  ['something in front', { zip: { prefix: Buffer.from('MZ') } }, 'critical archive-prefix-data'],
]

describe('what installers see differently', () => {
  it.each(HOSTILE)('%s', async (_what, wheel, rule) => {
    expect(await rulesIn(wheel)).toContain(rule)
  })

  it('a wheel under another name or version', async () => {
    for (const name of ['other-1.0-py3-none-any.whl', 'demo-1.1-py3-none-any.whl']) {
      expect(rulesOf(await read(wheelOf({}), name))).toEqual(['high wheel-info-name'])
    }
    expect(rulesOf(await read(wheelOf({}), 'Demo-1.0.0-py3-none-any.whl'))).toEqual([])
  })
})

describe('what runs at import', () => {
  it('are top modules, commands, plug-ins, .pth files and what .data spreads', async () => {
    const files: Files = {
      'demo/cli.py': '',
      'demo/deep/__init__.py': '',
      'space/part/__init__.py': '',
      'single.py': '',
      'native.cpython-312-x86_64-linux-gnu.so': '',
      'demo.pth': 'x\n',
      'demo-1.0.data/scripts/run': '#!python\n',
      'demo-1.0.data/purelib/late.py': '',
      'plug/in.py': '',
      [`${INFO}/entry_points.txt`]: '[console_scripts]\ndemo = demo.cli:main\n\n[pytest11]\np=plug.in\n',
    }
    const { entryPoints } = await read(wheelOf({ files }))
    expect([...entryPoints].sort()).toEqual([
      'demo-1.0.data/scripts/run',
      'demo.pth',
      'demo/__init__.py',
      'demo/cli.py',
      'late.py',
      'native.cpython-312-x86_64-linux-gnu.so',
      'plug/in.py',
      'single.py',
      'space/part/__init__.py',
    ])
  })
})

describe('what cannot be installed', () => {
  it('is a wheel without .dist-info or METADATA', async () => {
    const rule = { code: 'PACKAGE_INVALID', facts: { rule: 'wheel-metadata-missing' } }
    await expect(read(rawZip([{ name: 'demo.py', data: '' }]))).rejects.toMatchObject(rule)
    await expect(read(rawZip([{ name: `${INFO}/WHEEL`, data: WHEEL }]))).rejects.toMatchObject(rule)
  })

  it('is a wheel that is cut off, wherever that is', async () => {
    const bytes = wheelOf({ files: two })
    for (let end = 0; end < bytes.length; end += 97) {
      await expect(read(bytes.subarray(0, end)), `cut at ${end}`).rejects.toMatchObject({
        code: 'PACKAGE_INVALID',
      })
    }
  })

  it('never makes the reader fail in another way', async () => {
    await mutate(wheelOf({ files: two }), (mutant): Promise<PackageContents> => read(mutant))
  })
})
