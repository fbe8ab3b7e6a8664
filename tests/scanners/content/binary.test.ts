// The binary layer on real machine code of this machine, and on headers written here byte by byte.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { PurlType } from '../../../src/model/claim.ts'
import type { PackageContents, PackageEntry } from '../../../src/model/package-contents.ts'
import { binary } from '../../../src/scanners/content/binary.ts'
import { parseElf } from '../../../src/scanners/content/elf.ts'
import { executableOf } from '../../../src/scanners/content/executable.ts'
import { parseMacho } from '../../../src/scanners/content/macho.ts'
import { parsePe } from '../../../src/scanners/content/pe.ts'
import { type ContentsOptions, packageContents } from '../../support/package-contents.ts'

const NODE = readFileSync(process.execPath).subarray(0, 256 * 1024)

async function rulesOf(contents: PackageContents): Promise<string[]> {
  const findings = await binary.scan(contents, { rules: [] }, new AbortController().signal)
  return findings.map((finding) => `${finding.severity} ${finding.rule}`)
}

function withEntry(
  type: PurlType,
  change: Partial<PackageEntry>,
  options: ContentsOptions = {},
): PackageContents {
  const contents = packageContents({ 'usr/share/x': 'text' }, { type, ...options })
  const [entry] = contents.entries
  if (entry === undefined) throw new Error('no entry')
  return { ...contents, entries: [{ ...entry, ...change }] }
}

/** A 64-bit little-endian ELF header with program headers of these types and flags, and nothing behind. */
function elf(type: number, machine: number, segments: readonly [number, number][] = []): Buffer {
  const bytes = Buffer.alloc(64 + segments.length * 56)
  bytes.write('\x7fELF\x02\x01\x01', 0, 'latin1')
  bytes.writeUInt16LE(type, 16)
  bytes.writeUInt16LE(machine, 18)
  bytes.writeBigUInt64LE(64n, 32)
  bytes.writeUInt16LE(56, 54)
  bytes.writeUInt16LE(segments.length, 56)
  segments.forEach(([kind, flags], index) => {
    bytes.writeUInt32LE(kind, 64 + index * 56)
    bytes.writeUInt32LE(flags, 68 + index * 56)
  })
  return bytes
}

/** With a dynamic section that holds one RUNPATH. */
function elfWithRunpath(runpath: string): Buffer {
  const header = elf(3, 62, [
    [1, 5],
    [2, 4],
  ])
  const dynamic = Buffer.alloc(48)
  const strings = Buffer.from(`\0${runpath}\0`)
  const at = header.length
  dynamic.writeBigInt64LE(5n, 0) // DT_STRTAB
  dynamic.writeBigUInt64LE(BigInt(at + dynamic.length), 8)
  dynamic.writeBigInt64LE(29n, 16) // DT_RUNPATH
  dynamic.writeBigUInt64LE(1n, 24)
  header.writeBigUInt64LE(BigInt(at + dynamic.length + strings.length), 64 + 32) // PT_LOAD covers the file from 0
  header.writeBigUInt64LE(BigInt(at), 64 + 56 + 8)
  header.writeBigUInt64LE(BigInt(dynamic.length), 64 + 56 + 32)
  return Buffer.concat([header, dynamic, strings])
}

function pe(section: string): Buffer {
  const bytes = Buffer.alloc(64 + 24 + 40)
  bytes.write('MZ', 0)
  bytes.writeUInt32LE(64, 0x3c)
  bytes.write('PE\0\0', 64, 'latin1')
  bytes.writeUInt16LE(0x8664, 68)
  bytes.writeUInt16LE(1, 70)
  bytes.write(section, 64 + 24, 'latin1')
  return bytes
}

describe('recognisers', () => {
  it('reads the node program of this machine', () => {
    const file = parseElf(NODE)
    expect(file).toMatchObject({
      bits: 64,
      isDynamic: true,
      relro: true,
      executableStack: false,
      writableCode: false,
    })
    expect(['x86_64', 'aarch64']).toContain(file?.machine)
  })

  it('reads at every truncation point without failing', () => {
    const whole = elfWithRunpath('$ORIGIN/../lib')
    for (let end = 0; end <= whole.length; end += 1) parseElf(whole.subarray(0, end))
    for (let end = 0; end <= 128; end += 1) {
      parsePe(pe('UPX0').subarray(0, end))
      parseMacho(Buffer.from('cffaedfe07000001'.padEnd(64, '0'), 'hex').subarray(0, end))
    }
    expect(parseElf(whole)?.searchPaths).toEqual(['$ORIGIN/../lib'])
  })

  it('survives header fields that point anywhere', () => {
    const bytes = elf(3, 62, [
      [1, 7],
      [2, 6],
    ])
    for (let at = 16; at < bytes.length; at += 1) {
      const broken = Buffer.from(bytes)
      broken.fill(0xff, at, Math.min(at + 8, broken.length))
      expect(() => parseElf(broken)).not.toThrow()
    }
  })

  it.each([
    ['MZ and text', Buffer.from('MZ is not a program'.padEnd(200))],
    ['a Java class', Buffer.from(`cafebabe00000041${'00'.repeat(60)}`, 'hex')],
    ['text', Buffer.from('x'.repeat(200))],
  ])('takes %s for what it is', (_what, content) => {
    expect(executableOf({ ...entryBase, content })).toBeUndefined()
  })
})

const entryBase: PackageEntry = {
  path: 'x',
  archivePath: 'x',
  type: 'file',
  sizeBytes: 1,
  mode: 0o644,
  member: 'data',
}

describe('modes', () => {
  it.each<[string, Partial<PackageEntry>, string[]]>([
    ['a shell with setuid', { path: 'usr/bin/bash', mode: 0o104755 }, ['critical binary-setuid-dangerous']],
    ['setuid outside of bin', { path: 'usr/share/x/y', mode: 0o104755 }, ['high binary-setuid-odd-place']],
    ['a known setuid program', { path: 'usr/bin/sudo', mode: 0o104755 }, ['info binary-setuid-expected']],
    ['its name in an odd place', { path: 'opt/sudo', mode: 0o104755 }, ['high binary-setuid-odd-place']],
    ['another setuid program', { path: 'usr/bin/helper', mode: 0o104755 }, ['medium binary-setuid']],
    ['a setgid interpreter', { path: 'usr/bin/perl', mode: 0o102755 }, ['high binary-setgid-dangerous']],
    ['a setgid game', { path: 'usr/games/x', mode: 0o102755 }, ['low binary-setgid']],
    ['a world-writable file', { path: 'etc/x', mode: 0o100666 }, ['high binary-world-writable']],
    [
      'a world-writable directory',
      { path: 'var/x', type: 'directory', mode: 0o40777 },
      ['medium binary-world-writable-directory'],
    ],
    ['one with the sticky bit', { path: 'var/x', type: 'directory', mode: 0o41777 }, []],
    ['a symbolic link', { path: 'usr/x', type: 'symlink', mode: 0o120777 }, []],
    [
      'a block device',
      { path: 'x/sda', type: 'block-device', mode: 0o60660 },
      ['critical binary-device-node'],
    ],
    [
      'a root-like capability',
      { path: 'usr/bin/x', capabilities: 'cap_sys_admin=ep' },
      ['high binary-capabilities'],
    ],
    [
      'the capability of ping',
      { path: 'usr/bin/ping', capabilities: 'cap_net_raw=ep' },
      ['info binary-capabilities'],
    ],
  ])('of a deb: %s', async (_what, change, expected) => {
    expect(await rulesOf(withEntry('deb', change))).toEqual(expected)
  })

  it('of an npm package: clients drop them', async () => {
    expect(await rulesOf(withEntry('npm', { mode: 0o104777 }))).toEqual(['low binary-setuid-ignored'])
    expect(await rulesOf(withEntry('npm', { mode: 0o100666 }))).toEqual([])
  })

  it('of control scripts: nothing', async () => {
    expect(await rulesOf(withEntry('deb', { member: 'control', mode: 0o104777 }))).toEqual([])
  })
})

describe('places', () => {
  it.each([
    ['etc/ld.so.preload', 'demo', 'critical place-preload'],
    ['root/.ssh/authorized_keys', 'demo', 'critical place-authorized-keys'],
    ['etc/sudoers.d/demo', 'demo', 'high place-sudoers'],
    ['etc/sudoers', 'sudo', 'info place-sudoers'],
    ['etc/apt/sources.list.d/x.list', 'demo', 'high place-apt-source'],
    ['etc/apt/trusted.gpg.d/x.gpg', 'debian-archive-keyring', 'info place-apt-source'],
    ['etc/yum.repos.d/x.repo', 'demo', 'high place-yum-source'],
    ['etc/yum.repos.d/epel.repo', 'epel-release', 'info place-yum-source'],
    ['etc/apk/keys/x.rsa.pub', 'demo', 'high place-apk-source'],
    ['etc/cron.d/x', 'demo', 'low place-cron'],
    ['.hidden', 'demo', 'low place-hidden-top'],
  ])('%s in %s: %s', async (path, name, expected) => {
    expect(await rulesOf(withEntry('deb', { path }, { name }))).toContain(expected)
  })

  it('mean nothing inside an npm package', async () => {
    expect(await rulesOf(packageContents({ 'etc/cron.d/x': 'x', '.npmrc': 'x' }, { type: 'npm' }))).toEqual(
      [],
    )
  })
})

describe('machine code', () => {
  it.each([
    ['under an image name', { 'logo.png': NODE }, {}, 'high binary-disguised'],
    ['that nothing mentions', { 'lib/tool': NODE }, {}, 'low binary-undeclared-program'],
    ['packed', { 'bin/x.exe': pe('UPX0') }, {}, 'medium binary-packed'],
  ])('%s in an npm package', async (_what, files, options, expected) => {
    expect(await rulesOf(packageContents(files, { type: 'npm', ...options }))).toContain(expected)
  })

  it.each<[string, Record<string, Uint8Array>, ContentsOptions]>([
    ['a native add-on', { 'build/x.node': elf(3, 62) }, {}],
    ['a command', { 'bin/x': elf(3, 62) }, { entryPoints: ['bin/x'] }],
    ['a package for one platform', { 'bin/x': elf(3, 62) }, { manifest: { os: ['linux'], cpu: ['x64'] } }],
  ])('%s is declared', async (_what, files, options) => {
    expect(await rulesOf(packageContents(files, { type: 'npm', ...options }))).toEqual([])
  })

  it('in a wheel that says it has none', async () => {
    const pure: ContentsOptions = { type: 'pypi', format: 'wheel', manifest: { 'Root-Is-Purelib': 'true' } }
    expect(await rulesOf(packageContents({ 'a/x.so': elf(3, 62) }, pure))).toEqual([
      'medium binary-in-pure-wheel',
    ])
    expect(await rulesOf(packageContents({ 'a/t64.exe': pe('.text') }, pure))).toEqual([
      'low binary-in-pure-wheel',
    ])
  })

  it.each([
    ['/tmp/lib', 'medium elf-search-path-writable'],
    ['.', 'medium elf-search-path-writable'],
    ['lib', 'low elf-search-path-relative'],
  ])('that looks for libraries in %s', async (runpath, expected) => {
    expect(await rulesOf(packageContents({ 'usr/bin/x': elfWithRunpath(runpath) }, { type: 'deb' }))).toEqual(
      [expected],
    )
  })

  it.each(['$ORIGIN/../lib', '/usr/lib/x', '${ORIGIN}'])('that looks in %s is ordinary', async (runpath) => {
    expect(await rulesOf(packageContents({ 'usr/bin/x': elfWithRunpath(runpath) }, { type: 'deb' }))).toEqual(
      [],
    )
  })

  it('with code that can change itself, or a stack that runs', async () => {
    const files = { 'usr/bin/a': elf(2, 62, [[1, 7]]), 'usr/lib/b.so': elf(3, 62, [[0x6474e551, 7]]) }
    expect(await rulesOf(packageContents(files, { type: 'deb' }))).toEqual([
      'medium elf-writable-code',
      'info elf-no-sections',
      'low elf-executable-stack',
    ])
  })
})
