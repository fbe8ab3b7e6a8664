// The deb reader on packages that dpkg-deb built, and on every shape that dpkg, apt and others read differently.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { debPackageReader } from '../../../src/ecosystems/apt/package-file.ts'
import type { PackageContents } from '../../../src/model/package-contents.ts'
import { type ArFile, buildAr } from '../../support/build-ar.ts'
import { BINARY, buildDeb, buildDebMembers, CONTROL, type DebParts, md5 } from '../../support/build-deb.ts'
import { mutate } from '../../support/mutate.ts'
import { packTar } from '../../support/pack-tar.ts'
import { readBytes, rulesOf } from '../../support/read-package.ts'

const hasDpkg = spawnSync('dpkg-deb', ['--version']).status === 0
const folder = mkdtempSync(join(tmpdir(), 'deb-'))
afterAll(() => rmSync(folder, { recursive: true }))

const read = (bytes: Uint8Array, limits = {}) =>
  readBytes(debPackageReader, 'demo_1.0-1_amd64.deb', bytes, limits)
const readParts = async (parts: DebParts): Promise<PackageContents> => read(await buildDeb(parts))
const POSTINST = '#!/bin/sh\nset -e\n/usr/lib/demo/setup --quiet\n'

describe('a package built by dpkg-deb', () => {
  it.skipIf(!hasDpkg).each(['gzip', 'xz', 'zstd', 'none'])(
    'is read whole with %s compression',
    async (compression) => {
      const contents = await read(dpkgDeb(compression))
      expect(rulesOf(contents)).toEqual([])
      expect(contents.declared).toMatchObject({
        name: 'demo',
        version: '1:1.0-1',
        architecture: 'amd64',
        homepage: 'http://demo.test/',
        licence: 'MIT',
        maintainers: ['Demo <demo@demo.test>'],
        manifest: { Package: 'demo', Description: 'a demo\n of a package' },
      })
      expect(contents.dependencies).toEqual([
        { name: 'libc6', specifier: '>= 2.36', kind: 'runtime' },
        { name: 'debconf', specifier: '', kind: 'runtime' },
        { name: 'cdebconf', specifier: '', kind: 'runtime' },
      ])
      const setup = contents.entries.find((entry) => entry.path === 'usr/lib/demo/setup')
      expect(setup).toMatchObject({
        archivePath: './usr/lib/demo/setup',
        type: 'file',
        mode: 0o755,
        member: 'data',
      })
      expect(Buffer.from(setup?.content ?? []).toString()).toBe(
        '#!/bin/sh\nexec python3 /usr/share/demo/run.py\n',
      )
      expect(contents.entries.find((entry) => entry.path === 'usr/bin/demo')).toMatchObject({
        type: 'symlink',
        linkTarget: '../lib/demo/setup',
      })
    },
  )

  it.skipIf(!hasDpkg)('shows its hooks with interpreter and reached files', async () => {
    const { hooks } = await read(dpkgDeb('gzip'))
    expect(hooks.map((hook) => [hook.name, hook.interpreter])).toEqual([
      ['config', '/usr/bin/perl'],
      ['postinst', 'shell'],
      ['prerm', 'python'],
      ['triggers', 'dpkg-trigger'],
    ])
    expect(hooks[1]).toMatchObject({
      script: POSTINST,
      reaches: ['DEBIAN/postinst', 'usr/lib/demo/setup', 'usr/share/demo/run.py'],
    })
    expect(hooks[2]?.reaches).toEqual(['DEBIAN/prerm', 'usr/lib/demo/setup', 'usr/share/demo/run.py'])
  })
})

/** A package with hooks, a link, md5sums and a machine-readable copyright file, by the real tool. */
function dpkgDeb(compression: string): Buffer {
  const root = mkdtempSync(join(folder, 'root-'))
  const put = (path: string, text: string, mode = 0o644) => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text, { mode })
  }
  const setup = '#!/bin/sh\nexec python3 /usr/share/demo/run.py\n'
  put('DEBIAN/control', CONTROL)
  put('DEBIAN/config', '#!/usr/bin/perl -w\nexit 0;\n', 0o755)
  put('DEBIAN/postinst', POSTINST, 0o755)
  put('DEBIAN/prerm', '#!/usr/bin/env python3\nimport os\nos.system("/usr/bin/demo")\n', 0o755)
  put('DEBIAN/triggers', 'interest-noawait /usr/share/demo\n')
  put('DEBIAN/md5sums', `${md5(setup)}  usr/lib/demo/setup\n${md5('print(1)\n')}  usr/share/demo/run.py\n`)
  put('usr/lib/demo/setup', setup, 0o755)
  put('usr/share/demo/run.py', 'print(1)\n')
  put('etc/demo.conf', 'a=1\n')
  put('DEBIAN/conffiles', '/etc/demo.conf\n')
  const copyright = 'Format: a link\n\nFiles: *\nLicense: MIT\n'
  put('usr/share/doc/demo/copyright', copyright)
  writeFileSync(join(root, 'DEBIAN/md5sums'), `${md5(copyright)}  usr/share/doc/demo/copyright\n`, {
    flag: 'a',
  })
  mkdirSync(join(root, 'usr/bin'))
  symlinkSync('../lib/demo/setup', join(root, 'usr/bin/demo'))
  const target = `${root}.deb`
  const run = spawnSync('dpkg-deb', ['--root-owner-group', `-Z${compression}`, '-b', root, target], {
    encoding: 'utf8',
  })
  if (run.status !== 0) throw new Error(run.stderr)
  return readFileSync(target)
}

describe('members of a deb', () => {
  const withMembers = async (change: (members: [ArFile, ArFile, ArFile]) => readonly ArFile[]) =>
    rulesOf(await read(buildAr(change(await buildDebMembers()))))
  const other = { name: 'control.tar.gz', data: '' }

  it('are in order without a finding', async () => {
    expect(await withMembers((members) => members)).toEqual([])
  })

  it.each<[string, string, (members: [ArFile, ArFile, ArFile]) => readonly ArFile[]]>([
    ['a second data member', 'critical deb-second-data-member', (m) => [...m, m[2]]],
    ['a second control member', 'critical deb-second-control-member', (m) => [m[0], m[1], m[1], m[2]]],
    ['a second version member', 'critical deb-second-version-member', (m) => [...m, BINARY]],
    [
      'an unknown member before data',
      'critical deb-unknown-member',
      (m) => [m[0], { name: 'extra', data: 'x' }, m[1], m[2]],
    ],
    [
      'an unknown member after data',
      'critical deb-unknown-member',
      (m) => [...m, { name: 'extra', data: 'xx' }],
    ],
    ['a member dpkg ignores', 'medium deb-ignored-member', (m) => [...m, { name: '_gpgorigin', data: 'xx' }]],
    ['data before control', 'critical deb-member-order', (m) => [m[0], m[2], m[1]]],
    ['a late version member', 'critical deb-member-order', (m) => [m[1], m[2], m[0]]],
    ['another version', 'critical deb-format-version', (m) => [{ ...BINARY, data: '2.1\n' }, m[1], m[2]]],
    [
      'a version with more lines',
      'critical deb-format-version',
      (m) => [{ ...BINARY, data: '2.0\nx\n' }, m[1], m[2]],
    ],
    ['a GNU slash', 'critical deb-member-name', (m) => [m[0], m[1], { ...m[2], name: 'data.tar.gz/' }]],
    [
      'a GNU name table',
      'critical deb-member-name',
      (m) => [m[0], { name: '//', data: 'long/\n' }, m[1], m[2]],
    ],
    ['a size with a sign', 'critical deb-member-number', (m) => [{ ...BINARY, size: '+4' }, m[1], m[2]]],
  ])('%s: %s', async (_name, rule, change) => {
    expect(await withMembers(change)).toContain(rule)
  })

  it('reports bytes after the last member', async () => {
    expect(rulesOf(await read(Buffer.concat([await buildDeb(), Buffer.from('junk')])))).toContain(
      'critical deb-trailing-data',
    )
  })

  it('reports padding that is not a newline', async () => {
    const bytes = await buildAr([
      BINARY,
      ...(await buildDebMembers()).slice(1).map((m) => ({ ...odd(m), padding: 'X' })),
    ])
    expect(rulesOf(await read(bytes))).toContain('critical deb-member-padding')
  })

  it('shows the files of both data members', async () => {
    const hidden = gzipSync(await packTar([{ name: './usr/hidden', data: 'x' }]))
    const bytes = buildAr([...(await buildDebMembers()), { name: 'data.tar.gz', data: hidden }])
    expect((await read(bytes)).entries.map((entry) => entry.path)).toContain('usr/hidden')
  })

  it.each([
    ['deb-members', [BINARY, other]],
    ['deb-members', [other]],
    ['deb-compression', [BINARY, { name: 'control.tar.lz4', data: 'x' }]],
    ['deb-compression', [BINARY, { name: 'control.tar.bz2', data: 'x' }]],
    [
      'archive-damaged',
      [BINARY, { name: 'control.tar.gz', data: 'no gzip at all' }, { name: 'data.tar.gz', data: 'x' }],
    ],
  ])('refuses with %s', async (rule, members) => {
    await expect(read(buildAr(members))).rejects.toMatchObject({ code: 'PACKAGE_INVALID', facts: { rule } })
  })
})

/** Gzip members may be of any size: makes this one odd by a file name in its header. */
function odd(member: ArFile): ArFile {
  const bytes = Buffer.from(member.data)
  if (bytes.length % 2 === 1) return member
  const flagged = Buffer.from(bytes)
  flagged[3] = 8
  return {
    ...member,
    data: Buffer.concat([flagged.subarray(0, 10), Buffer.from('\0'), flagged.subarray(10)]),
  }
}

describe('compressed members of a deb', () => {
  const withData = async (name: string, data: Buffer) => {
    const [version, control] = await buildDebMembers()
    return read(buildAr([version, control, { name, data }]))
  }
  const tar = () => packTar([{ name: './usr/hello', data: 'hi' }])

  it('report a second zstd frame, which dpkg does not read', async () => {
    const bytes = await tar()
    const frames = Buffer.concat([
      zstdCompressSync(bytes.subarray(0, 512)),
      zstdCompressSync(bytes.subarray(512)),
    ])
    expect(rulesOf(await withData('data.tar.zst', frames))).toContain('critical archive-multiple-members')
  })

  it('report a skippable zstd frame', async () => {
    const skip = Buffer.from('502a4d18040000007878787a', 'hex')
    const data = Buffer.concat([skip, zstdCompressSync(await tar())])
    expect(rulesOf(await withData('data.tar.zst', data))).toContain('critical archive-skippable-frame')
  })

  it('report bytes after the compressed data', async () => {
    const data = Buffer.concat([gzipSync(await tar()), Buffer.from('junk')])
    expect(rulesOf(await withData('data.tar.gz', data))).toContain('critical archive-trailing-data')
  })

  it('report a second gzip member', async () => {
    const data = Buffer.concat([gzipSync(await tar()), gzipSync(await tar())])
    expect(rulesOf(await withData('data.tar.gz', data))).toContain('critical archive-multiple-members')
  })

  it('stop at a bomb', async () => {
    const bomb = gzipSync(await packTar([{ name: './zeros', data: Buffer.alloc(8 * 1024 * 1024) }]))
    const [version, control] = await buildDebMembers()
    const bytes = buildAr([version, control, { name: 'data.tar.gz', data: bomb }])
    await expect(read(bytes, { ratioGraceBytes: 1024 * 1024 })).rejects.toMatchObject({ code: 'TOO_LARGE' })
  })
})

describe('the data member of a deb', () => {
  it.each([
    [
      'critical archive-duplicate-entry',
      [
        { name: './usr/a', data: '1' },
        { name: 'usr/a', data: '2' },
      ],
    ],
    ['critical archive-traversal', [{ name: './../etc/passwd', data: 'x' }]],
    ['critical archive-absolute-path', [{ name: '/etc/passwd', data: 'x' }]],
    ['critical archive-link-outside', [{ name: './a', type: 'link' as const, linkname: '/etc/shadow' }]],
    [
      'critical archive-through-link',
      [
        { name: './a', type: 'symlink' as const, linkname: '/etc' },
        { name: './a/passwd', data: 'x' },
      ],
    ],
  ])('%s', async (rule, files) => {
    expect(rulesOf(await readParts({ files }))).toEqual([rule])
  })

  it('keeps modes, owners and links for the scanners', async () => {
    const contents = await readParts({
      files: [
        { name: './usr/bin/x', data: 'x', mode: 0o4755, uname: 'root' },
        { name: './usr/bin/y', type: 'link', linkname: './usr/bin/x' },
        { name: './dev/null', type: 'character-device' },
      ],
    })
    expect(contents.entries.filter((entry) => entry.member === 'data')).toMatchObject([
      { path: 'usr/bin/x', mode: 0o4755, owner: 'root', uid: 0 },
      { path: 'usr/bin/y', type: 'hardlink', linkTarget: './usr/bin/x' },
      { path: 'dev/null', type: 'character-device' },
    ])
  })
})

describe('the control member of a deb', () => {
  it.each([
    ['critical deb-control-repeated-field', `${CONTROL}package: other\n`],
    ['critical deb-control-second-stanza', `${CONTROL}\nPackage: other\n`],
    ['critical deb-control-missing-field', CONTROL.replace('Version: 1:1.0-1\n', '')],
  ])('reports %s', async (rule, control) => {
    expect(rulesOf(await readParts({ control }))).toEqual([rule])
  })

  it.each([
    ['a carriage return', CONTROL.replace('\n', '\r\n')],
    ['NUL', `${CONTROL}X: a\0b\n`],
    ['a line that is no field', `${CONTROL}nonsense\n`],
    ['a continuation of nothing', ` x\n${CONTROL}`],
  ])('refuses %s', async (_name, control) => {
    const facts = { rule: 'deb-control-syntax' }
    await expect(readParts({ control })).rejects.toMatchObject({ code: 'PACKAGE_INVALID', facts })
  })

  it('refuses a package without a control file', async () => {
    const [version, , data] = await buildDebMembers()
    const control = {
      name: 'control.tar.gz',
      data: gzipSync(await packTar([{ name: './md5sums', data: '' }])),
    }
    const facts = { rule: 'deb-control-missing' }
    await expect(read(buildAr([version, control, data]))).rejects.toMatchObject({
      code: 'PACKAGE_INVALID',
      facts,
    })
  })

  it('reports a second control file that says something else', async () => {
    const rules = rulesOf(
      await readParts({ scripts: [{ name: 'control', data: CONTROL.replace('demo', 'other') }] }),
    )
    expect(rules).toEqual(['critical archive-duplicate-entry'])
  })

  it.each([
    { name: './postinst', type: 'symlink' as const, linkname: '/etc/passwd' },
    { name: './sub/postinst', data: 'x' },
  ])('reports an entry that is no plain file', async (entry) => {
    expect(rulesOf(await readParts({ scripts: [entry] }))).toEqual(['high deb-control-entry'])
  })

  it('reports a hook that is a program', async () => {
    const contents = await readParts({ scripts: [{ name: './preinst', data: Buffer.from('\x7fELF\0\0') }] })
    expect(rulesOf(contents)).toEqual(['medium deb-binary-hook'])
    expect(contents.hooks).toEqual([
      { name: 'preinst', interpreter: 'binary', script: '', reaches: ['DEBIAN/preinst'] },
    ])
  })
})

describe('md5sums of a deb', () => {
  const withSums = async (md5sums: string, more: DebParts['scripts'] = []) =>
    readParts({ scripts: [{ name: './md5sums', data: md5sums }, ...more] })

  it.each([
    ['is right', `${md5('hi')}  usr/hello\n`, []],
    ['has another digest', `${md5('ho')}  usr/hello\n`, ['high deb-md5sums-mismatch']],
    [
      'lists what is not there',
      `${md5('hi')}  usr/hello\n${md5('x')}  usr/x\n`,
      ['high deb-md5sums-missing-file'],
    ],
    ['lists a folder', `${md5('hi')}  usr/hello\n${md5('')}  usr\n`, ['high deb-md5sums-missing-file']],
    ['leaves a file out', `\n`, ['low deb-md5sums-unlisted']],
    [
      'has a line of another kind',
      `${md5('hi')}  usr/hello\nsha1 usr/hello\n`,
      ['medium deb-md5sums-syntax'],
    ],
  ])('%s', async (_name, md5sums, rules) => {
    expect(rulesOf(await withSums(md5sums))).toEqual(rules)
  })

  it('does not miss configuration files', async () => {
    expect(rulesOf(await withSums('\n', [{ name: './conffiles', data: '/usr/hello\n' }]))).toEqual([])
  })

  it('gives a hard link the digest of its target', async () => {
    const contents = await readParts({
      scripts: [{ name: './md5sums', data: `${md5('hi')}  usr/a\n${md5('hi')}  usr/b\n` }],
      files: [
        { name: './usr/a', data: 'hi' },
        { name: './usr/b', type: 'link', linkname: './usr/a' },
      ],
    })
    expect(rulesOf(contents)).toEqual([])
  })
})

it('reads no approval out of a truncated deb, wherever it is cut', async () => {
  const bytes = await buildDeb({ scripts: [{ name: './postinst', data: POSTINST }] })
  for (let length = 0; length < bytes.length; length += 7) {
    const result = await read(bytes.subarray(0, length)).catch((error: unknown) => error)
    expect(result, `cut at ${length}`).toMatchObject({ code: 'PACKAGE_INVALID' })
  }
})

it('answers any mutation of a deb with contents or with a refusal', async () => {
  // Not compressed: a checksum would catch nearly every mutation before it got anywhere.
  const control = await packTar([
    { name: './control', data: CONTROL },
    { name: './postinst', data: POSTINST },
    { name: './md5sums', data: `${md5('hi')}  usr/hello\n` },
  ])
  const data = await packTar([{ name: './usr/hello', data: 'hi' }])
  await mutate(buildAr([BINARY, { name: 'control.tar', data: control }, { name: 'data.tar', data }]), read)
})
