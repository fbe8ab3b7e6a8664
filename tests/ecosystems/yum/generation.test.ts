// A YUM repository on the way out: cut lists, right counts and checksums, our signature.
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readArmoredKeys, verifyDetached } from '../../../src/ecosystems/openpgp.ts'
import { yumEcosystem } from '../../../src/ecosystems/yum/ecosystem.ts'
import { parseRepomd } from '../../../src/ecosystems/yum/repomd.ts'
import type { Rendering } from '../../support/index-desk.ts'
import { sha256, type YumLists, yumLists } from '../../support/yum-metadata.ts'
import { isEvil, openYumDesk, PACKAGES, type YumDesk } from './yum-desk.ts'

let desk: YumDesk
beforeAll(async () => {
  desk = await openYumDesk()
}, 120_000)
afterAll(() => desk.close())

const listOf = async (rendering: Rendering, type: string) =>
  gunzipSync(await rendering.body(new RegExp(`-${type}\\.xml\\.gz$`))).toString()

describe('a repository on the way out', () => {
  it('passes lists byte for byte when nothing is withheld', async () => {
    await desk.publish()
    const rendering = await desk.render(await desk.load())
    expect(await listOf(rendering, 'primary')).toBe(yumLists(PACKAGES).primary)
    expect(rendering.withheld).toEqual([])
  })

  it('tells which packages a generation lists, for `diff`', async () => {
    await desk.publish()
    const { documents } = await desk.render(await desk.load(), isEvil)
    const listed: string[] = []
    const context = { settings: desk.settings, open: desk.open }
    for await (const one of yumEcosystem.listGeneration?.(documents, context) ?? [])
      listed.push(`${one.name} ${one.version} ${one.architecture}`)
    expect(listed).toEqual(['tool 1.0-1 noarch', 'tool-libs 2.0-1 noarch', 'other 1.0-1 noarch'])
  })

  it('cuts a withheld package from all three lists, with right counts and checksums', async () => {
    await desk.publish()
    const rendering = await desk.render(await desk.load(), isEvil)
    const expected = yumLists(PACKAGES.filter((one) => !(one.name === 'tool' && one.version === '2.0')))
    for (const type of ['primary', 'filelists', 'other'] as const)
      expect(await listOf(rendering, type)).toBe(expected[type])
    const repomd = parseRepomd((await rendering.body('repodata/repomd.xml')).toString(), 'ours')
    for (const { href, sha256: digest, openSha256, openSizeBytes } of repomd.data) {
      const bytes = await rendering.body(href)
      expect(href).toContain(digest)
      expect(sha256(bytes)).toBe(digest)
      expect(openSha256).toBeUndefined()
      expect(gunzipSync(bytes).length).toBe(openSizeBytes)
    }
  })

  it('cuts a file that lies under two paths from both, when one of them may not be shown', async () => {
    const twin = { name: 'twin', bytes: 'same' }
    const packages = [...PACKAGES, twin, { ...twin, href: 'Packages/again.rpm' }]
    await desk.publish(yumLists(packages))
    const rendering = await desk.render(await desk.load(), ({ path }) => path === 'Packages/again.rpm')
    const expected = yumLists(PACKAGES)
    for (const type of ['primary', 'filelists', 'other'] as const)
      expect(await listOf(rendering, type)).toBe(expected[type])
  })

  it('signs repomd.xml with our key alone, under a revision that grows', async () => {
    await desk.publish()
    const set = await desk.load()
    const [first, second] = [await desk.render(set, isEvil, 1), await desk.render(set, isEvil, 2)]
    const repomd = await first.body('repodata/repomd.xml')
    const ours = await readArmoredKeys((await first.body('repodata/repomd.xml.key')).toString())
    await verifyDetached(repomd, await first.body('repodata/repomd.xml.asc'), ours, 'repomd.xml')
    const revision = (bytes: Buffer) => parseRepomd(bytes.toString(), 'ours').revision
    expect(revision(await second.body('repodata/repomd.xml'))).toBeGreaterThan(revision(repomd))
  })

  it('withholds all of a source when that is asked for', async () => {
    await desk.publish()
    const set = await desk.load()
    const settings = desk.settings.options as Record<string, unknown>
    settings['withholdSource'] = true
    try {
      const { withheld } = await desk.render(set, isEvil)
      expect(withheld.map(({ claim, verdict }) => [claim.name, verdict.reasons[0]?.rule])).toEqual([
        ['tool', 'test'],
        ['tool-libs', 'same-source-blocked'],
      ])
    } finally {
      delete settings['withholdSource']
    }
  })

  it('leaves out databases, zchunk and delta rpms, and passes modules', async () => {
    const lists = yumLists(PACKAGES)
    const more = { primary_db: 'x', primary_zck: 'x', prestodelta: 'x', modules: '---\ndocument: modulemd\n' }
    await desk.publish({ ...lists, ...more })
    const { documents } = await desk.render(await desk.load(), isEvil)
    const names = documents.map(({ path }) => path.replace(/^repodata\/(?:[0-9a-f]{64}-)?/, '')).sort()
    expect(names).toEqual([
      'filelists.xml.gz',
      'modules.xml.gz',
      'other.xml.gz',
      'primary.xml.gz',
      'repomd.xml',
      'repomd.xml.asc',
      'repomd.xml.key',
    ])
  })

  it('takes withheld packages out of updateinfo', async () => {
    const entry = (name: string) =>
      `<package name="${name}" version="2.0" release="1" epoch="0" arch="noarch"><filename>f</filename></package>`
    const updateinfo = `<updates><update><id>U-1</id><pkglist><collection>${entry('tool')}${entry('other')}</collection></pkglist></update></updates>\n`
    await desk.publish({ ...yumLists(PACKAGES), updateinfo })
    const rendering = await desk.render(await desk.load(), isEvil)
    expect(await listOf(rendering, 'updateinfo')).toBe(updateinfo.replace(entry('tool'), ''))
  })

  it.each<[string, Partial<YumLists>, RegExp]>([
    [
      'a package that primary does not have',
      { filelists: yumLists([...PACKAGES.slice(1), { name: 'ghost' }]).filelists },
      /primary does not have/,
    ],
    ['fewer packages than primary', { other: yumLists(PACKAGES.slice(1)).other }, /3 of the 4/],
    [
      'a count that lies',
      { filelists: yumLists(PACKAGES).filelists.replace('packages="4"', 'packages="9"') },
      /says it has 9/,
    ],
    [
      'a comment',
      { filelists: yumLists(PACKAGES).filelists.replace('</filelists>', '<!-- --></filelists>') },
      /<!--/,
    ],
  ])('is not made of a list with %s', async (_what, lists, why) => {
    await desk.publish(lists)
    const set = await desk.load()
    await expect(desk.render(set)).rejects.toMatchObject({
      code: 'UPSTREAM_INVALID',
      message: expect.stringMatching(why),
    })
  })
})
