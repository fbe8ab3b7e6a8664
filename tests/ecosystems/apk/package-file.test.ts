// The apk reader on packages as repositories serve them, and on every shape that apk and others read differently.
import { createHash, verify } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { apkPackageReader } from '../../../src/ecosystems/apk/package-file.ts'
import { readApkSignatures } from '../../../src/ecosystems/apk/package-signature.ts'
import { type ApkParts, apkMember, buildApk, buildApkMembers, sha256 } from '../../support/build-apk.ts'
import { mutate } from '../../support/mutate.ts'
import { packTar } from '../../support/pack-tar.ts'
import { readBytes, rulesOf } from '../../support/read-package.ts'

const FIXTURES = join(import.meta.dirname, '../../../fixtures/apk')
const fixture = (path: string) => readFileSync(join(FIXTURES, path))
const read = (bytes: Uint8Array) => readBytes(apkPackageReader, 'demo-1.0-r0.apk', bytes)
const rulesFor = async (parts: ApkParts) => rulesOf(await read(await buildApk(parts)))

describe('real packages', () => {
  it('reads one built by abuild, with its scripts', async () => {
    const contents = await read(fixture('alpine-3.16/x86_64/alpine-baselayout-3.2.0-r23.apk'))
    expect(rulesOf(contents)).toEqual([])
    expect(contents.declared).toMatchObject({
      name: 'alpine-baselayout',
      version: '3.2.0-r23',
      architecture: 'aarch64',
      licence: 'GPL-2.0-only',
      maintainers: ['Natanael Copa <ncopa@alpinelinux.org>'],
      manifest: {
        depend: ['alpine-baselayout-data=3.2.0-r23', '/bin/sh', 'so:libc.musl-aarch64.so.1'],
        signatures: [{ algorithm: 'RSA', keyName: 'alpine-devel@lists.alpinelinux.org-616ae350.rsa.pub' }],
      },
    })
    expect(contents.hooks.map((hook) => hook.name)).toEqual([
      '.pre-install',
      '.post-install',
      '.pre-upgrade',
      '.post-upgrade',
    ])
    expect(contents.dependencies[0]).toEqual({
      name: 'alpine-baselayout-data',
      specifier: '=3.2.0-r23',
      kind: 'runtime',
    })
    expect(contents.entries.find((entry) => entry.path === 'tmp')).toMatchObject({
      type: 'directory',
      mode: 0o1777,
    })
  })

  it.each([
    ['wolfi/hello-wolfi-2.12.1-r0.apk', 'hello-wolfi', '2.12.1-r0'],
    ['melange/x86_64/custom-ca-certs-1-1.0.0-r0.apk', 'custom-ca-certs-1', '1.0.0-r0'],
    ['melange/x86_64/replayout-1.0.0-r0.apk', 'replayout', '1.0.0-r0'],
  ])('reads %s, built by melange', async (path, name, version) => {
    const contents = await read(fixture(path))
    expect(rulesOf(contents)).toEqual([])
    expect(contents.declared).toMatchObject({ name, version })
  })

  it('gives signature and signed bytes that the key of the vendor verifies', async () => {
    const location = join(FIXTURES, 'melange/x86_64/replayout-1.0.0-r0.apk')
    const { signatures, signed } = await readApkSignatures(location)
    const key = fixture('melange/melange.rsa.pub')
    expect(signatures).toMatchObject([{ algorithm: 'RSA256', keyName: 'melange.rsa.pub' }])
    const signature = signatures[0]?.signature ?? new Uint8Array()
    expect(verify('RSA-SHA256', signed, key, signature)).toBe(true)
    expect(verify('RSA-SHA256', signed.subarray(1), key, signature)).toBe(false)
    // The same bytes make the identity that the index of the repository gives.
    const identity = `Q1${createHash('sha1').update(signed).digest('base64')}`
    expect((await read(readFileSync(location))).declared.manifest).toMatchObject({ identity })
  })
})

describe('members of an apk', () => {
  it('are three without a finding', async () => {
    const contents = await read(await buildApk())
    expect(rulesOf(contents)).toEqual([])
    expect(contents.entries.map((entry) => `${entry.member} ${entry.path}`)).toEqual([
      'signature .SIGN.RSA.demo.rsa.pub',
      'control .PKGINFO',
      'data usr',
      'data usr/hello',
    ])
  })

  it('may lack the signature, which is told', async () => {
    const { control, data } = await buildApkMembers()
    expect(rulesOf(await read(Buffer.concat([control, data])))).toEqual(['medium apk-unsigned'])
  })

  it('tell of a member after the data', async () => {
    const { signature, control, data } = await buildApkMembers()
    const extra = await apkMember([{ name: 'usr/evil', data: 'x' }], { end: true })
    const contents = await read(Buffer.concat([signature, control, data, extra]))
    expect(rulesOf(contents)).toContain('critical apk-extra-member')
    expect(contents.entries.map((entry) => entry.path)).toContain('usr/evil')
  })

  it('tell of a signature that comes late', async () => {
    const { signature, control, data } = await buildApkMembers()
    expect(rulesOf(await read(Buffer.concat([control, signature, data])))).toContain(
      'critical apk-member-order',
    )
  })

  it.each([1, 512])('tell of %d bytes after the last member', async (count) => {
    const bytes = Buffer.concat([await buildApk(), Buffer.alloc(count)])
    expect(rulesOf(await read(bytes))).toEqual(['critical apk-trailing-data'])
  })

  it('tell of bytes between members, which end the reading', async () => {
    const { signature, control, data } = await buildApkMembers()
    const result = read(Buffer.concat([signature, control, Buffer.from('x'), data]))
    await expect(result).rejects.toMatchObject({ code: 'PACKAGE_INVALID', facts: { rule: 'apk-members' } })
  })

  it('tell of a control member that ends the tar', async () => {
    const { signature, data } = await buildApkMembers()
    const pkginfo = `pkgname = demo\npkgver = 1-r0\narch = noarch\ndatahash = ${sha256(data)}\n`
    const control = await apkMember([{ name: '.PKGINFO', data: pkginfo }], { end: true })
    expect(rulesOf(await read(Buffer.concat([signature, control, data])))).toEqual(['critical apk-early-end'])
  })

  it('tell of optional fields in a gzip header', async () => {
    const { signature, control, data } = await buildApkMembers()
    const named = Buffer.from(signature)
    named[3] = 16
    const bytes = [named.subarray(0, 10), Buffer.from('a comment\0'), signature.subarray(10), control, data]
    expect(rulesOf(await read(Buffer.concat(bytes)))).toEqual(['medium apk-gzip-field'])
  })

  it.each([
    ['no gzip at all', Buffer.from('hello')],
    ['an empty file', Buffer.alloc(0)],
    ['a control member alone', gzipSync(Buffer.from('x'))],
  ])('refuse %s', async (_name, bytes) => {
    await expect(read(bytes)).rejects.toMatchObject({ code: 'PACKAGE_INVALID' })
  })

  it('refuse a package of version 3', async () => {
    const result = read(Buffer.from('ADBd0000'))
    await expect(result).rejects.toMatchObject({ code: 'PACKAGE_INVALID', facts: { rule: 'apk-members' } })
  })
})

describe('hashes of an apk', () => {
  it.each<[string, ApkParts]>([
    ['critical apk-datahash', { datahash: 'a'.repeat(64) }],
    ['critical apk-no-datahash', { datahash: null }],
    ['medium apk-no-checksum', { checksums: false }],
  ])('%s', async (rule, parts) => {
    expect(await rulesFor(parts)).toEqual([rule])
  })

  it('may stand once only, even when both are right', async () => {
    const { data } = await buildApkMembers()
    const lines = ['pkgname = demo', 'pkgver = 1-r0', 'arch = noarch', `datahash = ${sha256(data)}`]
    expect(await rulesFor({ pkginfo: lines })).toEqual(['critical apk-repeated-datahash'])
  })

  it.each([
    { name: 'usr/hello', data: 'hi' },
    { name: 'usr/link', type: 'symlink' as const, linkname: 'hello' },
  ])('of a file must be right', async (file) => {
    const pax = { 'APK-TOOLS.checksum.SHA1': 'b'.repeat(40) }
    expect(await rulesFor({ files: [{ name: 'usr/' }, { ...file, pax }] })).toEqual([
      'critical apk-file-checksum',
    ])
  })
})

describe('entries of an apk', () => {
  const usr = { name: 'usr/' }
  it.each<[string, ApkParts]>([
    ['high apk-dotfile-in-data', { files: [{ name: '.hidden', data: 'x' }] }],
    ['high apk-dotfile-in-data', { files: [usr, { name: './usr/x', data: 'x' }] }],
    ['critical apk-script-in-data', { files: [{ name: '.post-install', data: 'x' }] }],
    ['critical apk-old-script', { control: [{ name: '.INSTALL', data: 'x' }] }],
    ['critical apk-old-script', { files: [{ name: '.INSTALL', data: 'x' }] }],
    ['critical apk-control-name', { control: [{ name: 'usr/evil', data: 'x' }] }],
    ['critical apk-control-name', { control: [{ name: '.SIGN.RSA.x', data: 'x' }] }],
    [
      'critical apk-control-name',
      { control: [{ name: '.post-install', type: 'symlink', linkname: '/bin/x' }] },
    ],
    ['medium apk-no-directory-entry', { files: [{ name: 'usr/hello', data: 'x' }] }],
  ])('%s', async (rule, parts) => {
    expect(await rulesFor(parts)).toEqual([rule])
  })

  it('have one .PKGINFO', async () => {
    const inControl = await rulesFor({ control: [{ name: '.PKGINFO', data: 'pkgname = other\n' }] })
    const inData = await rulesFor({ files: [{ name: '.PKGINFO', data: 'pkgname = other\n' }] })
    expect(inControl).toContain('critical apk-second-pkginfo')
    expect(inData).toContain('critical apk-second-pkginfo')
  })

  it('show the scripts and the commit hooks that run', async () => {
    const contents = await read(
      await buildApk({
        control: [
          { name: '.post-install', data: '#!/bin/sh\nhello --init\n' },
          { name: '.trigger', data: '#!/usr/bin/lua\nprint(1)\n' },
        ],
        files: [
          { name: 'etc/' },
          { name: 'etc/apk/' },
          { name: 'etc/apk/commit_hooks.d/' },
          { name: 'etc/apk/commit_hooks.d/demo', data: '#!/bin/sh\ncurl http://demo.test/\n', mode: 0o755 },
          { name: 'usr/' },
          { name: 'usr/bin/' },
          { name: 'usr/bin/hello', data: '#!/bin/sh\n', mode: 0o755 },
        ],
      }),
    )
    expect(contents.hooks).toMatchObject([
      { name: '.post-install', interpreter: 'shell', reaches: ['.post-install', 'usr/bin/hello'] },
      { name: '.trigger', interpreter: 'lua', reaches: ['.trigger'] },
      { name: 'etc/apk/commit_hooks.d/demo', interpreter: 'shell' },
    ])
  })
})

describe('.PKGINFO', () => {
  const base = ['pkgname = demo', 'pkgver = 1-r0', 'arch = noarch']
  it('tells of a key that stands twice', async () => {
    expect(await rulesFor({ pkginfo: [...base, 'pkgver = 2-r0'] })).toEqual(['critical apk-pkginfo-repeated'])
  })

  it.each([
    ['apk-pkginfo-missing', base.slice(1)],
    ['apk-pkginfo-missing', base.slice(0, 2)],
    ['apk-pkginfo-syntax', [...base, 'nonsense']],
    ['apk-pkginfo-syntax', [...base, 'url = a\rb']],
  ])('is refused with %s', async (rule, pkginfo) => {
    const result = buildApk({ pkginfo }).then(read)
    await expect(result).rejects.toMatchObject({ code: 'PACKAGE_INVALID', facts: { rule } })
  })

  it('must be there', async () => {
    const { signature, data } = await buildApkMembers()
    const control = gzipSync(await packTar([{ name: '.post-install', data: 'x' }], { end: false }))
    const result = read(Buffer.concat([signature, control, data]))
    await expect(result).rejects.toMatchObject({
      code: 'PACKAGE_INVALID',
      facts: { rule: 'apk-pkginfo-missing' },
    })
  })
})

it('reads no approval out of a truncated apk, wherever it is cut', async () => {
  const bytes = await buildApk()
  for (let length = 0; length < bytes.length; length += 5) {
    await expect(read(bytes.subarray(0, length)), `cut at ${length}`).rejects.toMatchObject({
      code: 'PACKAGE_INVALID',
    })
  }
})

it('answers any mutation of an apk with contents or with a refusal', async () => {
  await mutate(await buildApk(), read)
})
