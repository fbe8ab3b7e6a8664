// A YUM repository on the way in: everything an upstream can sign, or fail to sign, that must not be believed.
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeVendorKey } from '../../support/vendor-key.ts'
import { pkgidOf, primaryOf, type YumRepositoryOptions, yumLists } from '../../support/yum-metadata.ts'
import { openYumDesk, PACKAGES, type YumDesk } from './yum-desk.ts'

let desk: YumDesk
beforeAll(async () => {
  desk = await openYumDesk()
}, 120_000)
afterAll(() => desk.close())

describe('a repository on the way in', () => {
  it('promises each package by its digest', async () => {
    await desk.publish()
    const claims = await desk.claims(await desk.load())
    expect(claims.map(({ path }) => path)).toEqual([
      'Packages/tool-1.0-1.noarch.rpm',
      'Packages/tool-2.0-1.noarch.rpm',
      'Packages/tool-libs-2.0-1.noarch.rpm',
      'Packages/other-1.0-1.noarch.rpm',
    ])
    expect(claims[0]).toMatchObject({
      name: 'tool',
      version: '1.0-1',
      digests: { sha256: pkgidOf({ name: 'tool' }) },
      sizeBytes: 8,
      url: `${desk.upstream.url}/Packages/tool-1.0-1.noarch.rpm`,
      facts: { architecture: 'noarch', source: 'tool-1.0-1.src.rpm' },
    })
  })

  it('reads lists packed with zstd, in chunks that end anywhere', async () => {
    await desk.publish({}, { pack: (_type, text) => zstdCompressSync(text) })
    expect(await desk.claims(await desk.load())).toHaveLength(4)
  })

  it('keeps the former set when repomd.xml did not change', async () => {
    await desk.publish()
    const former = await desk.load()
    expect(await desk.load(former)).toBe(former)
  })

  it.each<[string, YumRepositoryOptions & { unsigned?: boolean }, RegExp]>([
    ['an unsigned repomd.xml', { unsigned: true }, /not signed/],
    [
      'a hostile location',
      { edit: (text) => text.replace('repodata/primary', '../../etc/primary') },
      /leaves the repository/,
    ],
    [
      'an absolute location',
      { edit: (text) => text.replace('href="repodata/primary', 'href="http://evil.test/primary') },
      /leaves the repository/,
    ],
    [
      'xml:base',
      {
        edit: (text) =>
          text.replace(
            '<location href="repodata/primary',
            '<location xml:base="http://evil.test/" href="repodata/primary',
          ),
      },
      /xml:base/,
    ],
    [
      'a file without sha256',
      { edit: (text) => text.replace('checksum type="sha256"', 'checksum type="sha1"') },
      /no sha256/,
    ],
    [
      'a type that is there twice',
      { edit: (text) => text.replace('type="other"', 'type="primary"') },
      /twice/,
    ],
    [
      'a DOCTYPE',
      { edit: (text) => text.replace('<repomd', '<!DOCTYPE repomd [<!ENTITY a "aaaa">]><repomd') },
      /DOCTYPE/,
    ],
    ['XML that is cut off', { edit: (text) => text.replace('</repomd>', '') }, /well-formed/],
    [
      'XML that is nested without end',
      { edit: (text) => text.replace('</repomd>', `${'<a>'.repeat(100)}${'</a>'.repeat(100)}</repomd>`) },
      /nested too deep/,
    ],
    ['no primary', { edit: (text) => text.replace('type="primary"', 'type="prestodelta"') }, /no primary/],
    ['another root', { edit: (text) => text.replaceAll('repomd', 'metalink') }, /no repomd/],
    ['a wrong size', { edit: (text) => text.replace(/<size>\d+/, '<size>1') }, /size/],
    [
      'a wrong checksum',
      {
        edit: (text) =>
          text.replace(/<checksum type="sha256">.{64}/, `<checksum type="sha256">${'0'.repeat(64)}`),
      },
      /sha256/,
    ],
  ])('refuses %s', async (_what, options, why) => {
    await desk.publish({}, options)
    await expect(desk.load()).rejects.toMatchObject({
      code: 'UPSTREAM_INVALID',
      message: expect.stringMatching(why),
    })
  })

  it('refuses a signature by a key that is not pinned, and one over other bytes', async () => {
    await desk.publish({}, { key: await makeVendorKey('Stranger') })
    await expect(desk.load()).rejects.toThrow(/no good signature by a pinned key/)
    await desk.publish()
    desk.files.set('/repodata/repomd.xml', `${desk.files.get('/repodata/repomd.xml')} `)
    await expect(desk.load()).rejects.toMatchObject({ code: 'UPSTREAM_INVALID' })
  })

  it('refuses an older revision, and an older timestamp where the revision is no number', async () => {
    await desk.publish()
    const former = await desk.load()
    await desk.publish({}, { revision: 1600000000 })
    await expect(desk.load(former)).rejects.toThrow(/went back from revision/)
    const stamped = { revision: '9.3' }
    await desk.publish({}, stamped)
    const release = await desk.load()
    await desk.publish({}, { ...stamped, edit: (text) => text.replaceAll('>1700000000<', '>1600000000<') })
    await expect(desk.load(release)).rejects.toThrow(/newest timestamp/)
    await desk.publish({}, { revision: '9.10' })
    expect(await desk.load(release)).toMatchObject({ facts: { revision: 0 } })
  })

  const primary = yumLists(PACKAGES).primary
  it.each<[string, string, RegExp]>([
    ['a DOCTYPE', primary.replace('<metadata', '<!DOCTYPE m><metadata'), /<!DOCTYPE/],
    [
      'an entity bomb',
      primary.replace('<metadata', '<!DOCTYPE m [<!ENTITY a "&b;&b;">]><metadata'),
      /<!DOCTYPE/,
    ],
    ['a comment that hides a package', primary.replace('<package type', '<!-- <package type'), /<!--/],
    ['CDATA', primary.replace('<summary>', '<summary><![CDATA[</package>]]>'), /<!\[CDATA/],
    [
      'a count that is too high',
      primary.replace('packages="4"', 'packages="5"'),
      /says it has 5 packages and has 4/,
    ],
    ['a count that is too low', primary.replace('packages="4"', 'packages="3"'), /says it has 3/],
    ['no count', primary.replace(' packages="4"', ''), /does not begin with/],
    ['another root', primary.replaceAll('metadata', 'filelists'), /does not begin with/],
    [
      'a package that only a parser sees',
      primary.replace(
        '</metadata>',
        `${primaryOf({ name: 'x' }).replace('<package type', '<package\ntype').replace('</package>', '</package >')}</metadata>`,
      ),
      /does not end with/,
    ],
    [
      'one that another namespace hides',
      primary.replace(
        '</metadata>',
        '<p:package xmlns:p="http://linux.duke.edu/metadata/common"/></metadata>',
      ),
      /does not end with/,
    ],
    ['a package in a package', primary.replace('<summary>', '<package type="rpm"><summary>'), /not closed/],
    ['an end within a package', primary.slice(0, primary.lastIndexOf('</package>')), /ends within/],
    ['a location outside', primary.replace('href="Packages/', 'href="../../'), /leaves the repository/],
    ['an absolute location', primary.replace('href="Packages/', 'href="/etc/'), /leaves the repository/],
    ['another scheme', primary.replace('href="Packages/', 'href="file:///'), /leaves the repository/],
    [
      'an encoded slash outside',
      primary.replace('href="Packages/', 'href="&#46;&#46;/'),
      /leaves the repository/,
    ],
    [
      'another host by xml:base',
      primary.replace('<location ', '<location xml:base="http://evil.test/" '),
      /xml:base/,
    ],
    ['a SHA-1 pkgid', primary.replace('type="sha256" pkgid', 'type="sha1" pkgid'), /no sha256 pkgid/],
    ['a checksum that is no pkgid', primary.replace('pkgid="YES"', 'pkgid="NO"'), /no sha256 pkgid/],
    ['two names', primary.replace('<name>tool</name>', '<name>tool</name><name>evil</name>'), /<name> twice/],
    [
      'two locations',
      primary.replace('<location ', '<location href="a.rpm"/><location '),
      /<location> twice/,
    ],
    [
      'an attribute twice',
      primary.replace('<location href', '<location href="a.rpm" href'),
      /attribute href twice/,
    ],
    ['no size', primary.replace(/<size package="\d+"/, '<size package="-1"'), /cannot be read/],
    ['an unknown entity', primary.replace('<name>tool', '<name>&evil;'), /unknown entity/],
    ['a character beyond Unicode', primary.replace('<name>tool', '<name>&#x1fffff;'), /unknown entity/],
    [
      'two files under one path',
      primary.replace('Packages/tool-2.0-1', 'Packages/tool-1.0-1'),
      /two files under/,
    ],
  ])('refuses a primary with %s', async (_what, text, why) => {
    await desk.publish({ primary: text })
    const set = await desk.load()
    await expect(desk.claims(set)).rejects.toMatchObject({
      code: 'UPSTREAM_INVALID',
      message: expect.stringMatching(why),
    })
  })

  it.each<[string, (type: string, text: string) => Buffer, RegExp]>([
    ['unpacks to other bytes', (_, text) => gzipSync(text.replace('tool', 'fool')), /other bytes/],
    ['unpacks to more than promised', (_, text) => gzipSync(text + ' '.repeat(5_000_000)), /./],
    [
      'is a bomb',
      (_, text) => gzipSync(text.replace('</metadata>', `${' '.repeat(60_000_000)}</metadata>`)),
      /./,
    ],
    ['has a second member', (_, text) => Buffer.concat([gzipSync(text), gzipSync('')]), /more than one/],
    [
      'has bytes after its end',
      (_, text) => Buffer.concat([gzipSync(text), Buffer.from('tail')]),
      /bytes after/,
    ],
    ['is cut off', (_, text) => gzipSync(text).subarray(0, -9), /./],
  ])('refuses a primary that %s', async (_what, pack, why) => {
    await desk.publish({}, { pack: (type, text) => (type === 'primary' ? pack(type, text) : gzipSync(text)) })
    const set = await desk.load()
    await expect(desk.claims(set)).rejects.toMatchObject({ message: expect.stringMatching(why) })
  })
})
