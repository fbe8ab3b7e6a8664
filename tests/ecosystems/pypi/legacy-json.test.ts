// The legacy JSON documents, filtered like the project page.
import { describe, expect, it } from 'vitest'
import { pypiEcosystem } from '../../../src/ecosystems/pypi/ecosystem.ts'
import type { ArtifactClaim } from '../../../src/model/claim.ts'
import type { Shown } from '../../../src/model/verdict.ts'
import { entry, hashOf, JSON_TYPE, type Page, pageOf, refused, refusing } from './pages.ts'

const NAMES = ['pkg-1.0.tar.gz', 'pkg-2.0.tar.gz', 'pkg-3.0rc1.tar.gz']

function legacyFile(filename: string, sha256 = hashOf(filename)): Record<string, unknown> {
  return {
    filename,
    digests: { md5: 'm', blake2b_256: 'b', sha256 },
    md5_digest: 'm',
    packagetype: 'sdist',
    url: `https://files.upstream.test/${filename}`,
    yanked: false,
    yanked_reason: null,
  }
}

function page(document: string, legacy: unknown): Page {
  const simple = { meta: { 'api-version': '1.1' }, name: 'pkg', files: NAMES.map((name) => entry(name)) }
  return pageOf('pkg', JSON.stringify(simple), JSON_TYPE, { [document]: JSON.stringify(legacy) })
}

const PROJECT = page('json', {
  info: { name: 'pkg', version: '2.0', summary: 's', requires_dist: ['x'], requires_python: '>=3' },
  releases: Object.fromEntries(
    ['1.0', '2.0', '3.0rc1', '0.1'].map((v) => [v, [legacyFile(`pkg-${v}.tar.gz`)]]),
  ),
  urls: [legacyFile('pkg-2.0.tar.gz')],
  vulnerabilities: [],
  unknown: 'x',
})
const RELEASE = page('json/2.0', {
  info: { name: 'pkg', version: '2.0' },
  urls: [legacyFile('pkg-2.0.tar.gz')],
})

async function render(from: Page, document: string, show?: (claim: ArtifactClaim) => Shown) {
  const rendered = await pypiEcosystem.renderIndex(from.set, from.context(show, document))
  const body = rendered.documents[0]?.body
  return {
    ...rendered,
    json: body === undefined ? undefined : JSON.parse(Buffer.from(body).toString('utf8')),
  }
}

describe('legacy JSON of a project', () => {
  it('has only files of the page, with our addresses and strong digests', async () => {
    const { json } = await render(PROJECT, 'json')
    expect(Object.keys(json.releases)).toEqual(['1.0', '2.0', '3.0rc1'])
    expect(json.urls).toEqual([
      {
        filename: 'pkg-2.0.tar.gz',
        packagetype: 'sdist',
        url: 'http://gateway.test/pypi/files/pkg/pkg-2.0.tar.gz',
        digests: { sha256: hashOf('pkg-2.0.tar.gz') },
        yanked: false,
        yanked_reason: null,
      },
    ])
    expect(json.info).toMatchObject({ version: '2.0', requires_dist: ['x'] })
    expect(json).not.toHaveProperty('unknown')
  })

  it('moves to the newest release that may be chosen, and says nothing of another release about it', async () => {
    const { json } = await render(
      PROJECT,
      'json',
      refusing((path) => path.includes('2.0')),
    )
    expect(json.info).toEqual({
      name: 'pkg',
      version: '1.0',
      summary: 's',
      requires_dist: null,
      requires_python: null,
      yanked: false,
      yanked_reason: null,
    })
    expect(json.urls[0].filename).toBe('pkg-1.0.tar.gz')
    expect(json.releases['2.0'][0]).toMatchObject({
      yanked: true,
      yanked_reason: 'Blocked by policy: not on the list',
    })
  })

  it('takes a pre-release only when nothing else is left', async () => {
    const malware = refused('known-malware', 'it steals')
    const { json } = await render(
      PROJECT,
      'json',
      refusing((path) => !path.includes('rc1'), malware),
    )
    expect(json.info.version).toBe('3.0rc1')
    expect(Object.keys(json.releases)).toEqual(['3.0rc1'])
  })

  it('is refused with the verdict when nothing of the project is shown', async () => {
    const { json, refused: verdict } = await render(
      PROJECT,
      'json',
      refusing(() => true, refused('known-malware', 'it steals')),
    )
    expect(json).toBeUndefined()
    expect(verdict?.reasons[0]?.rule).toBe('known-malware')
  })
})

describe('legacy JSON of a release', () => {
  it('marks a refused release as yanked', async () => {
    const { json } = await render(
      RELEASE,
      'json/2.0',
      refusing((path) => path.includes('2.0')),
    )
    expect(json.info).toMatchObject({
      version: '2.0',
      yanked: true,
      yanked_reason: 'Blocked by policy: not on the list',
    })
  })

  it('is refused with the verdict of malware', async () => {
    const show = refusing((path) => path.includes('2.0'), refused('known-malware', 'it steals'))
    const { json, refused: verdict } = await render(RELEASE, 'json/2.0', show)
    expect(json).toBeUndefined()
    expect(verdict?.outcome).toBe('blocked')
  })

  it('throws when the upstream sends something else', async () => {
    const html = pageOf('pkg', JSON.stringify({ name: 'pkg', files: [] }), JSON_TYPE, {
      'json/2.0': '<html>',
    })
    await expect(render(html, 'json/2.0')).rejects.toMatchObject({ code: 'UPSTREAM_INVALID' })
  })
})
