// Repositories behind a metalink or a mirror list, over real requests.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { sha256 } from '../../support/yum-metadata.ts'
import { openYumDesk, type YumDesk } from './yum-desk.ts'

let desk: YumDesk
let settings: { upstreams: string[]; options: Record<string, unknown> }

beforeAll(async () => {
  desk = await openYumDesk()
  settings = desk.settings as unknown as typeof settings
}, 120_000)
afterAll(() => desk.close())

beforeEach(async () => {
  await desk.publish()
})

function behind(kind: 'metalink' | 'mirrorlist', text: string): void {
  settings.options['mirrors'] = kind
  settings.upstreams = [`${desk.upstream.url}/list`]
  desk.files.set('/list', text)
}

const repomd = () => String(desk.files.get('/repodata/repomd.xml'))

function metalink(bases: readonly string[], digests: readonly string[]): string {
  const hash = (digest: string) =>
    `<verification><hash type="md5">x</hash><hash type="sha256">${digest}</hash></verification>`
  const [own = '', ...former] = digests
  const alternates = former.map((one) => `<mm0:alternate>${hash(one)}</mm0:alternate>`).join('')
  const urls = bases.map(
    (base, at) => `<url protocol="http" preference="${100 - at}">${base}/repodata/repomd.xml</url>`,
  )
  return `<?xml version="1.0" encoding="utf-8"?>
<metalink version="3.0" xmlns="http://www.metalinker.org/" xmlns:mm0="http://mirror.test/">
<files><file name="repomd.xml">${hash(own)}<mm0:alternates>${alternates}</mm0:alternates>
<resources maxconnections="1"><url protocol="rsync">rsync://mirror.test/repodata/repomd.xml</url>${urls.join('')}</resources>
</file></files></metalink>`
}

describe('mirrors', () => {
  it('are asked in the order of the metalink until one answers', async () => {
    const bases = ['http://mirror.test/el', desk.upstream.url]
    behind('metalink', metalink(bases, [sha256(repomd())]))
    const set = await desk.load()
    expect(set.facts['upstream']).toBe(desk.upstream.url)
    const [claim] = await desk.claims(set)
    expect(claim?.url).toBe(`${desk.upstream.url}/Packages/tool-1.0-1.noarch.rpm`)
  })

  it('may have an alternate of the newest repomd.xml, and none that the metalink does not know', async () => {
    behind('metalink', metalink([desk.upstream.url], ['0'.repeat(64), sha256(repomd())]))
    expect((await desk.load()).facts['upstream']).toBe(desk.upstream.url)
    behind('metalink', metalink([desk.upstream.url], ['0'.repeat(64)]))
    await expect(desk.load()).rejects.toThrow(/none that the metalink knows/)
  })

  it('come from a mirror list as well, comments and other protocols left aside', async () => {
    behind('mirrorlist', `# mirrors\nftp://mirror.test/el\nhttp://mirror.test/el/\n${desk.upstream.url}/\n`)
    expect((await desk.load()).facts['upstream']).toBe(desk.upstream.url)
  })

  it.each([
    ['no list', 'mirrorlist', '# nothing\n', /names no mirror/],
    ['a metalink about something else', 'metalink', '<metalink><files/></metalink>', /about no repomd/],
    ['a metalink with a DOCTYPE', 'metalink', '<!DOCTYPE x><metalink/>', /DOCTYPE/],
    [
      'a metalink without SHA-256',
      'metalink',
      '<metalink><files><file name="repomd.xml"/></files></metalink>',
      /no sha256/,
    ],
  ] as const)('refuses %s', async (_, kind, text, why) => {
    behind(kind, text)
    await expect(desk.load()).rejects.toThrow(why)
  })
})
