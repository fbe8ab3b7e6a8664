// The rpm reader on packages of many years and tools, and on every way in which headers and payload can disagree.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { rpmPackageReader } from '../../../src/ecosystems/yum/package-file.ts'
import { readRpmSignatures } from '../../../src/ecosystems/yum/package-signature.ts'
import type { PackageContents } from '../../../src/model/package-contents.ts'
import { newcEntry, strippedEntry, TRAILER } from '../../support/build-cpio.ts'
import { buildRpm, cpioFile, hash, type RpmParts, type RpmTestFile } from '../../support/build-rpm.ts'
import { mutate } from '../../support/mutate.ts'
import { readBytes, rulesOf } from '../../support/read-package.ts'

const FIXTURES = join(import.meta.dirname, '../../../fixtures/rpm')
const hasRpmbuild = spawnSync('rpmbuild', ['--version']).status === 0
const folder = mkdtempSync(join(tmpdir(), 'rpm-'))
afterAll(() => rmSync(folder, { recursive: true }))

const read = (bytes: Uint8Array) => readBytes(rpmPackageReader, 'demo-1.0-1.el9.x86_64.rpm', bytes)
const readFixture = (name: string) => read(readFileSync(join(FIXTURES, name)))
const rulesFor = async (parts: RpmParts) => rulesOf(await read(buildRpm(parts)))
const textOf = (contents: PackageContents, path: string) =>
  Buffer.from(contents.entries.find((entry) => entry.path === path)?.content ?? []).toString()

describe('real packages', () => {
  it.each([
    ['ufdio', 'no'],
    ['gzdio', 'gzip'],
    ['bzdio', 'bzip2'],
    ['lzdio', 'lzma'],
    ['xzdio', 'xz'],
    ['zstdio', 'zstd'],
  ])('reads the payload of %s (%s compression)', async (kind) => {
    const name = readdirSync(FIXTURES).find((file) => file.includes(`.${kind}.`)) ?? ''
    const contents = await readFixture(name)
    expect(rulesOf(contents)).toEqual([])
    expect(contents.declared).toMatchObject({
      name: 'payload-test',
      architecture: 'x86_64',
      licence: 'Public Domain',
    })
    expect(textOf(contents, 'usr/share/payload-test.txt')).not.toBe('')
  })

  it('reads a package of 2009 with an epoch', async () => {
    const contents = await readFixture('centos-release-5-0.0.el5.centos.2.x86_64.rpm')
    expect(rulesOf(contents)).toEqual([])
    expect(contents.declared).toMatchObject({ name: 'centos-release', version: '10:5-0.0.el5.centos.2' })
  })

  it('reads a package of 2015 with links and signatures', async () => {
    const name = 'centos-release-7-2.1511.el7.centos.2.10.x86_64.rpm'
    const contents = await readFixture(name)
    expect(rulesOf(contents)).toEqual([])
    expect(contents.entries.find((entry) => entry.path === 'etc/redhat-release')).toMatchObject({
      type: 'symlink',
      linkTarget: 'centos-release',
      owner: 'root',
    })
    expect(contents.declared.manifest).toMatchObject({
      signatures: [{ covers: 'header', tag: 268 }, { tag: 1002 }],
    })
  })

  it('gives every signature packet with the bytes it was made over', async () => {
    const location = join(FIXTURES, 'epel-release-7-5.noarch.rpm')
    const { signatures, signedHeader } = await readRpmSignatures(location)
    expect(signatures.map((signature) => signature.covers)).toEqual(['header', 'package'])
    const bytes = readFileSync(location)
    const [first, second] = signatures
    expect(bytes.subarray(first?.start, first?.end)).toEqual(Buffer.from(signedHeader))
    expect(second).toMatchObject({ start: first?.start, end: bytes.length })
    // Old-format signature packet: tag 2 with a length of two bytes.
    expect(first?.packet[0]).toBe(0x89)
  })

  it('says who may have what', async () => {
    const contents = await readFixture('epel-release-7-5.noarch.rpm')
    expect(contents.dependencies).toContainEqual({
      name: 'redhat-release',
      specifier: '>= 7',
      kind: 'runtime',
    })
    expect(contents.dependencies.some((dependency) => dependency.name.startsWith('rpmlib('))).toBe(false)
  })
})

describe.skipIf(!hasRpmbuild)('a package built by rpmbuild', () => {
  const spec = `
Name: demo
Version: 1.0~rc1
Release: 1
Epoch: 2
Summary: A demo
License: MIT
URL: http://demo.test/
BuildArch: noarch
Requires: bash >= 4
%description
A demo
%install
mkdir -p %{buildroot}/usr/bin %{buildroot}/usr/share/demo %{buildroot}/var/log
printf '#!/bin/sh\\nexit 0\\n' > %{buildroot}/usr/bin/demo-setup
printf hello > %{buildroot}/usr/share/demo/a
ln %{buildroot}/usr/share/demo/a %{buildroot}/usr/share/demo/b
ln -s a %{buildroot}/usr/share/demo/link
touch %{buildroot}/var/log/demo.log
%pre
echo pre
%post
demo-setup
%preun -p /sbin/ldconfig
%postun -p <lua>
print("postun")
%pretrans -p <lua>
print("pretrans")
%posttrans
echo posttrans
%verifyscript
echo verify
%triggerin -- httpd, nginx
echo triggered
%triggerpostun -- httpd
echo gone
%filetriggerin -- /usr/lib
echo files
%transfiletriggerin -p <lua> -- /usr/share
print("transfiles")
%files
%attr(4755, root, root) /usr/bin/demo-setup
%caps(cap_net_raw=ep) /usr/share/demo/a
/usr/share/demo/b
/usr/share/demo/link
%ghost /var/log/demo.log
`
  const built = () => {
    const specFile = join(folder, 'demo.spec')
    writeFileSync(specFile, spec)
    mkdirSync(join(folder, 'top'), { recursive: true })
    const defines = ['--define', `_topdir ${join(folder, 'top')}`, '--define', '_binary_payload w3.zstdio']
    const run = spawnSync('rpmbuild', ['-bb', ...defines, specFile], { encoding: 'utf8' })
    if (run.status !== 0) throw new Error(run.stderr)
    return readFileSync(join(folder, 'top/RPMS/noarch/demo-1.0~rc1-1.noarch.rpm'))
  }

  it('shows all that runs', async () => {
    const contents = await read(built())
    expect(rulesOf(contents)).toEqual([])
    expect(contents.declared).toMatchObject({ version: '2:1.0~rc1-1', homepage: 'http://demo.test/' })
    expect(contents.hooks.map((hook) => [hook.name, hook.interpreter, hook.script])).toEqual([
      ['%pre', 'shell', 'echo pre'],
      ['%post', 'shell', 'demo-setup'],
      ['%preun', '/sbin/ldconfig', '/sbin/ldconfig'],
      ['%postun', 'lua', 'print("postun")'],
      ['%verifyscript', 'shell', 'echo verify'],
      ['%pretrans', 'lua', 'print("pretrans")'],
      ['%posttrans', 'shell', 'echo posttrans'],
      ['%triggerin -- httpd, nginx', 'shell', 'echo triggered'],
      ['%triggerpostun -- httpd', 'shell', 'echo gone'],
      ['%filetriggerin -- /usr/lib', 'shell', 'echo files'],
      ['%transfiletriggerin -- /usr/share', 'lua', 'print("transfiles")'],
    ])
    expect(contents.hooks[1]?.reaches).toEqual(['usr/bin/demo-setup'])
    expect(contents.dependencies).toContainEqual({ name: 'bash', specifier: '>= 4', kind: 'runtime' })
  })

  it('has its files with modes, capabilities and hard links, without ghosts', async () => {
    const { entries } = await read(built())
    const files = Object.fromEntries(entries.map((entry) => [entry.path, entry]))
    expect(Object.keys(files).sort()).toEqual([
      'usr/bin/demo-setup',
      'usr/share/demo/a',
      'usr/share/demo/b',
      'usr/share/demo/link',
    ])
    expect(files['usr/bin/demo-setup']).toMatchObject({ mode: 0o4755, owner: 'root', group: 'root' })
    expect(files['usr/share/demo/a']).toMatchObject({ type: 'hardlink', linkTarget: 'usr/share/demo/b' })
    expect(files['usr/share/demo/a']?.capabilities).toMatch(/cap_net_raw/)
    expect(files['usr/share/demo/b']?.sha256).toBe(hash('sha256', 'hello'))
    expect(files['usr/share/demo/link']).toMatchObject({ type: 'symlink', linkTarget: 'a' })
  })
})

describe('headers of an rpm', () => {
  it('are taken as a builder writes them', async () => {
    expect(await rulesFor({})).toEqual([])
  })

  const script = { tag: 1024, type: 'string', value: 'rm -rf /' } as const
  it.each<[string, RpmParts]>([
    ['critical rpm-dribble-tag', { main: { dribbles: [script] } }],
    ['critical rpm-region-size', { main: { dribbles: [script] } }],
    [
      'critical rpm-dribble-tag',
      { signature: { dribbles: [{ tag: 1005, type: 'bin', value: Buffer.of(1) }] } },
    ],
    ['critical rpm-no-region', { main: { region: undefined as never } }],
    ['critical rpm-duplicate-tag', { main: { tamper: (index) => retag(index, 1014, 1004) } }],
    ['critical rpm-overlap', { main: { tamper: (index) => move(index, 1014, -1) } }],
    [
      'critical rpm-header-padding',
      { padding: 1, signatureTags: [{ tag: 269, type: 'string', value: 'x' }] },
    ],
    ['high rpm-unknown-feature', { tags: [{ tag: 1049, type: 'strings', value: ['rpmlib(Telepathy)'] }] }],
    ['critical rpm-header-digest', { finish: (rpm, at) => flip(rpm, rpm.indexOf('A demo', at.main)) }],
    ['critical rpm-size', { finish: (rpm) => Buffer.concat([rpm, Buffer.from('x')]) }],
    ['critical rpm-package-md5', { signatureTags: [{ tag: 1004, type: 'bin', value: Buffer.alloc(16) }] }],
    ['critical rpm-payload-digest', { tags: [{ tag: 5092, type: 'strings', value: ['a'.repeat(64)] }] }],
    ['critical rpm-payload-digest', { tags: [{ tag: 5093, type: 'int32', value: [99] }] }],
    ['critical rpm-payload-digest', { tags: [{ tag: 5097, type: 'strings', value: ['a'.repeat(64)] }] }],
    ['low rpm-payload-unbound', { without: [5092] }],
  ])('%s', async (rule, parts) => {
    expect(await rulesFor(parts)).toContain(rule)
  })

  it.each<[string, RpmParts]>([
    ['rpm-lead-magic', { finish: (rpm) => flip(rpm, 0) }],
    ['rpm-header-magic', { finish: (rpm, at) => flip(rpm, at.main) }],
    ['rpm-nevra', { without: [1000] }],
    ['rpm-nevra', { without: [1022] }],
    ['rpm-tag-type', { tags: [{ tag: 1000, type: 'int32', value: [1] }] }],
    ['rpm-payload-format', { tags: [{ tag: 1124, type: 'string', value: 'drpm' }] }],
    ['rpm-payload-compression', { payloadBytes: () => Buffer.from('neither this nor that') }],
    ['rpm-file-table', { tags: [{ tag: 1030, type: 'int16', value: [0o100644] }] }],
    ['rpm-file-table', { tags: [{ tag: 1116, type: 'int32', value: [0, 99] }] }],
    ['rpm-file-table', { tags: [{ tag: 1027, type: 'strings', value: ['/etc/passwd'] }] }],
    ['rpm-file-table', { without: [1028] }],
  ])('refuse with %s', async (rule, parts) => {
    await expect(read(buildRpm(parts))).rejects.toMatchObject({ code: 'PACKAGE_INVALID', facts: { rule } })
  })
})

function retag(index: { tag: number }[], from: number, to: number): void {
  for (const entry of index) if (entry.tag === from) entry.tag = to
}

function move(index: { tag: number; offset: number }[], tag: number, by: number): void {
  for (const entry of index) if (entry.tag === tag) entry.offset += by
}

function flip(bytes: Buffer, at: number): Buffer {
  bytes.writeUInt8(bytes.readUInt8(at) ^ 0x01, at)
  return bytes
}

describe('hooks of an rpm', () => {
  it('reach an interpreter that is a file of the package', async () => {
    const tags = [
      { tag: 1024, type: 'string', value: 'whatever' },
      { tag: 1086, type: 'strings', value: ['/usr/bin/demo'] },
    ] as const
    const contents = await read(
      buildRpm({ files: [{ path: '/usr/bin/demo', data: 'x', mode: 0o100755 }], tags }),
    )
    expect(contents.hooks).toEqual([
      { name: '%post', interpreter: '/usr/bin/demo', script: 'whatever', reaches: ['usr/bin/demo'] },
    ])
  })
})

it('refuses more files than the limit before it makes anything of them', async () => {
  const files = Array.from({ length: 30 }, (_, at) => ({ path: `/usr/${at}` }))
  const result = readBytes(rpmPackageReader, 'demo.rpm', buildRpm({ files }), { maxEntries: 20 })
  await expect(result).rejects.toMatchObject({ code: 'TOO_LARGE', facts: { rule: 'archive-limit-entries' } })
})

describe('compression of an rpm', () => {
  it('must be what the header says', async () => {
    expect(await rulesFor({ payloadBytes: (cpio) => zstdCompressSync(cpio) })).toEqual([
      'critical rpm-payload-compressor',
    ])
    expect(await rulesFor({ payloadBytes: (cpio) => cpio })).toEqual(['critical rpm-payload-compressor'])
  })

  it('may go without a tag when it is gzip or none', async () => {
    expect(await rulesFor({ without: [1125] })).toEqual([])
    expect(await rulesFor({ without: [1125], payloadBytes: (cpio) => cpio })).toEqual([])
    expect(await rulesFor({ without: [1125], payloadBytes: (cpio) => zstdCompressSync(cpio) })).toEqual([
      'critical rpm-payload-compressor',
    ])
  })

  it('has one member', async () => {
    const two = (cpio: Buffer) =>
      Buffer.concat([gzipSync(cpio.subarray(0, 100)), gzipSync(cpio.subarray(100))])
    const junk = (cpio: Buffer) => Buffer.concat([gzipSync(cpio), Buffer.from('junk')])
    expect(await rulesFor({ payloadBytes: two })).toEqual(['critical archive-multiple-members'])
    expect(await rulesFor({ payloadBytes: junk })).toEqual(['critical archive-trailing-data'])
  })

  it('ends with the cpio', async () => {
    const hidden = (cpio: Buffer) =>
      gzipSync(Buffer.concat([cpio, newcEntry({ name: './etc/evil', data: 'x' })]))
    const facts = { rule: 'cpio-trailing-data' }
    await expect(read(buildRpm({ payloadBytes: hidden }))).rejects.toMatchObject({
      code: 'PACKAGE_INVALID',
      facts,
    })
  })
})

describe('files of an rpm', () => {
  const file: RpmTestFile = { path: '/usr/a', data: 'hello' }
  const link: RpmTestFile = { path: '/usr/l', mode: 0o120777, linkTarget: 'a' }
  const cpio = cpioFile(file)

  it.each<[string, RpmParts]>([
    ['critical rpm-file-digest', { files: [file], payload: [{ ...cpio, data: 'hellO' }] }],
    ['critical rpm-size-mismatch', { files: [file], payload: [{ ...cpio, data: 'hello!' }] }],
    [
      'critical rpm-file-not-in-header',
      { files: [file], payload: [cpio, { name: './etc/evil', data: 'x' }] },
    ],
    ['high rpm-file-missing', { files: [file, link], payload: [cpio] }],
    ['critical rpm-duplicate-payload-entry', { files: [file], payload: [cpio, cpio] }],
    ['critical rpm-duplicate-path', { files: [file, file], payload: [cpio] }],
    ['high rpm-mode-mismatch', { files: [file], payload: [{ ...cpio, mode: 0o104755 }] }],
    ['critical rpm-mode-mismatch', { files: [file], payload: [{ ...cpio, mode: 0o120777 }] }],
    ['critical rpm-link-target', { files: [link], payload: [{ ...cpioFile(link), data: '/etc/shadow' }] }],
    ['medium rpm-file-digest-missing', { files: [{ ...file, digest: '' }] }],
    ['medium rpm-file-digest-missing', { files: [file], tags: [{ tag: 5011, type: 'int32', value: [99] }] }],
    ['high archive-special-file', { files: [{ path: '/dev/x', mode: 0o020666 }] }],
    ['critical archive-traversal', { files: [{ path: '/usr/../../etc/x', data: 'x' }] }],
  ])('%s', async (rule, parts) => {
    expect(await rulesFor(parts)).toContain(rule)
  })

  it('are checked with MD5 in old packages', async () => {
    const old: RpmParts = { files: [{ ...file, digest: hash('md5', 'hello') }], without: [5011] }
    expect(await rulesFor(old)).toEqual([])
    expect(await rulesFor({ ...old, payload: [{ ...cpio, data: 'hellO' }] })).toEqual([
      'critical rpm-file-digest',
    ])
  })

  it('that the header does not list are shown all the same', async () => {
    const contents = await read(
      buildRpm({ files: [file], payload: [cpio, { name: './etc/evil', data: 'x' }] }),
    )
    expect(textOf(contents, 'etc/evil')).toBe('x')
  })

  it('may be ghosts, which are not in the payload', async () => {
    const ghost: RpmTestFile = { path: '/var/log/a', size: 5, flags: 64, digest: '' }
    expect(await rulesFor({ files: [file, ghost], payload: [cpio] })).toEqual([])
  })

  it('are matched however the payload spells them', async () => {
    expect(await rulesFor({ files: [file], payload: [{ ...cpio, name: '/usr/a' }] })).toEqual([])
    expect(await rulesFor({ files: [file], payload: [{ ...cpio, name: 'usr/a' }] })).toEqual([])
  })
})

describe('hard links of an rpm', () => {
  const a: RpmTestFile = { path: '/usr/a', data: 'hello', inode: 7 }
  const b: RpmTestFile = { path: '/usr/b', data: 'hello', inode: 7 }
  const empty = { ...cpioFile(a), data: '', links: 2 }
  const full = { ...cpioFile(b), links: 2 }

  it('have the data of the last', async () => {
    const contents = await read(buildRpm({ files: [a, b], payload: [empty, full] }))
    expect(rulesOf(contents)).toEqual([])
    expect(contents.entries.find((entry) => entry.path === 'usr/a')).toMatchObject({
      type: 'hardlink',
      linkTarget: 'usr/b',
    })
  })

  it('must bring their data, once', async () => {
    const none = await rulesFor({ files: [a, b], payload: [empty, { ...full, data: '' }] })
    const twice = await rulesFor({ files: [a, b], payload: [{ ...empty, data: 'hello' }, full] })
    expect(none).toContain('critical rpm-hardlink-missing')
    expect(twice).toContain('critical rpm-hardlink-data')
  })
})

describe('the stripped payload of an rpm', () => {
  const files: RpmTestFile[] = [
    { path: '/usr', mode: 0o40755 },
    { path: '/usr/a', data: 'hello', inode: 7 },
    { path: '/usr/b', data: 'hello', inode: 7 },
    { path: '/usr/l', mode: 0o120777, linkTarget: 'a' },
  ]
  const payload = (entries: readonly Buffer[]) => () =>
    gzipSync(Buffer.concat([...entries, newcEntry(TRAILER)]))
  const entries = [strippedEntry(0), strippedEntry(1), strippedEntry(2, 'hello'), strippedEntry(3, 'a')]

  it('is read with names and sizes of the header', async () => {
    const contents = await read(buildRpm({ files, payloadBytes: payload(entries) }))
    expect(rulesOf(contents)).toEqual([])
    expect(textOf(contents, 'usr/b')).toBe('hello')
    expect(contents.entries.find((entry) => entry.path === 'usr/a')).toMatchObject({
      type: 'hardlink',
      linkTarget: 'usr/b',
    })
  })

  it('is held against the digests', async () => {
    const changed = entries.with(2, strippedEntry(2, 'hellO'))
    expect(await rulesFor({ files, payloadBytes: payload(changed) })).toEqual(['critical rpm-file-digest'])
  })

  it('has no file that the header lacks', async () => {
    const facts = { rule: 'cpio-file-number' }
    const bytes = buildRpm({ files, payloadBytes: payload([...entries, strippedEntry(9)]) })
    await expect(read(bytes)).rejects.toMatchObject({ code: 'PACKAGE_INVALID', facts })
  })
})

it('reads no approval out of a truncated rpm, wherever it is cut', async () => {
  const bytes = buildRpm()
  for (let length = 0; length < bytes.length; length += 11) {
    await expect(read(bytes.subarray(0, length)), `cut at ${length}`).rejects.toMatchObject({
      code: 'PACKAGE_INVALID',
    })
  }
})

it('answers any mutation of an rpm with a refusal or a finding, except where nothing is', async () => {
  let mainStart = 0
  const bytes = buildRpm({
    without: [1125],
    // Not compressed: a checksum would catch nearly every mutation before it got anywhere.
    payloadBytes: (cpio) => cpio,
    finish: (rpm, at) => {
      mainStart = at.main
      return rpm
    },
  })
  await mutate(bytes, read, (contents, mutant) => {
    // Lead and signature header are covered by nothing; from the main header on every bit is.
    const isSame = mutant.subarray(mainStart).equals(bytes.subarray(mainStart))
    if (!isSame) expect(rulesOf(contents)).not.toEqual([])
  })
})
