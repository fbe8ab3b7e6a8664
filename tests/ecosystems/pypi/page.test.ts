// Project pages in HTML and JSON, rebuilt from what was understood of the upstream.
import { describe, expect, it } from 'vitest'
import { pypiEcosystem } from '../../../src/ecosystems/pypi/ecosystem.ts'
import { acceptPage } from '../../../src/ecosystems/pypi/project-page.ts'
import { parseSimpleHtml } from '../../../src/ecosystems/pypi/simple-html.ts'
import { claimsIn, entry, hashOf, JSON_TYPE, jsonPage, pageOf, renderJson, renderType } from './pages.ts'

const WHEEL = 'pkg-1.0-py3-none-any.whl'
const SDIST = 'pkg-1.0.tar.gz'

describe('the claims of a page', () => {
  it('has one for each file, and one for each sidecar', async () => {
    const claims = await claimsIn(
      jsonPage('pkg', [
        entry(WHEEL, { 'core-metadata': { sha256: hashOf('m') }, 'requires-python': '>=3.8' }),
        entry(SDIST, { yanked: 'broken' }),
      ]),
    )
    expect(claims).toMatchObject([
      {
        repository: 'pypi',
        type: 'pypi',
        name: 'pkg',
        version: '1.0',
        path: `files/pkg/${WHEEL}`,
        indexKey: 'pkg',
        url: `https://files.upstream.test/packages/${WHEEL}`,
        digests: { sha256: hashOf(WHEEL) },
        sizeBytes: 1234,
        publishedAt: '2024-05-06T07:08:09.123456Z',
        facts: { kind: 'wheel', requiresPython: '>=3.8', coreMetadata: hashOf('m') },
      },
      {
        path: `files/pkg/${WHEEL}.metadata`,
        url: `https://files.upstream.test/packages/${WHEEL}.metadata`,
        digests: { sha256: hashOf('m') },
        facts: { kind: 'metadata', companionOf: `files/pkg/${WHEEL}` },
      },
      { path: `files/pkg/${SDIST}`, facts: { kind: 'sdist', yanked: 'broken' } },
    ])
    expect(claims[1]).not.toHaveProperty('sizeBytes')
  })

  it('puts .metadata before the query of a signed address', async () => {
    const url = 'https://cdn.upstream.test/x.whl?signature=abc#frag'
    const claims = await claimsIn(
      jsonPage('pkg', [entry(WHEEL, { url, 'core-metadata': { sha256: hashOf('m') } })]),
    )
    expect(claims.map((claim) => claim.url)).toEqual([
      'https://cdn.upstream.test/x.whl?signature=abc',
      'https://cdn.upstream.test/x.whl.metadata?signature=abc',
    ])
  })

  it('keeps sha256 and stronger, and drops what only md5 or sha1 vouch for', async () => {
    const weak = { md5: 'd'.repeat(32), sha1: 'a'.repeat(40) }
    const page = jsonPage('pkg', [
      entry(WHEEL, { hashes: { ...weak, sha256: hashOf('w').toUpperCase(), sha512: 'b'.repeat(128) } }),
      entry(SDIST, { hashes: weak }),
      entry('pkg-2.0.tar.gz', { hashes: {} }),
      entry('pkg-3.0.tar.gz', { hashes: { sha256: 'short' } }),
    ])
    expect((await claimsIn(page)).map((claim) => claim.digests)).toEqual([
      { sha256: hashOf('w'), sha512: 'b'.repeat(128) },
    ])
    const { meta, files } = await renderJson(page)
    expect(meta['_omitted']).toEqual({ 'no-sha256': 3 })
    expect(files[0]?.['hashes']).toEqual({ sha256: hashOf('w'), sha512: 'b'.repeat(128) })
  })

  it.each([
    ['a name of another project', { filename: 'other-1.0.tar.gz' }, 'file-name'],
    ['a name with a path', { filename: '../pkg-1.0.tar.gz' }, 'file-name'],
    ['a name that is no text', { filename: 7 }, 'file-name'],
    ['a local file', { url: 'file:///etc/passwd' }, 'address'],
    ['a script', { url: 'javascript:alert(1)' }, 'address'],
    ['a login in the address', { url: 'https://me:secret@files.upstream.test/x' }, 'address'],
    ['no address', { url: null }, 'address'],
    ['a Python requirement over two lines', { 'requires-python': '>=3\n<4' }, 'field'],
  ])('leaves out %s', async (_what, fields, omission) => {
    const page = jsonPage('pkg', [{ ...entry(SDIST), ...fields } as never, entry(WHEEL)])
    expect((await claimsIn(page)).map((claim) => claim.path)).toEqual([`files/pkg/${WHEEL}`])
    expect((await renderJson(page)).meta['_omitted']).toEqual({ [omission]: 1 })
  })

  it('believes neither of two entries that promise other bytes under one name, and both when they agree', async () => {
    const differing = jsonPage('pkg', [entry(WHEEL), entry(WHEEL, { hashes: { sha256: hashOf('other') } })])
    expect(await claimsIn(differing)).toEqual([])
    const agreeing = jsonPage('pkg', [entry(WHEEL), entry(WHEEL)])
    expect(await claimsIn(agreeing)).toHaveLength(1)
  })

  it('does not advertise a sidecar whose bytes nobody promised', async () => {
    const page = jsonPage('pkg', [entry(WHEEL, { 'core-metadata': true })])
    expect(await claimsIn(page)).toHaveLength(1)
    expect((await renderJson(page)).files[0]).not.toHaveProperty('core-metadata')
  })

  it.each([
    ['another project', JSON.stringify({ name: 'other', files: [] })],
    ['a newer protocol', JSON.stringify({ meta: { 'api-version': '2.0' }, name: 'pkg', files: [] })],
    ['no files', JSON.stringify({ name: 'pkg' })],
    ['a list', '[]'],
    ['half a document', '{"name":"pkg","files":['],
  ])('throws on a JSON page about %s', async (_what, body) => {
    await expect(claimsIn(pageOf('pkg', body, JSON_TYPE))).rejects.toMatchObject({ code: 'UPSTREAM_INVALID' })
  })

  it('has none for a project that its index put into quarantine', async () => {
    const page = jsonPage('pkg', [entry(WHEEL)], {
      'project-status': { status: 'quarantined', reason: 'malware' },
    })
    expect(await claimsIn(page)).toEqual([])
    expect(await renderJson(page)).toMatchObject({
      files: [],
      versions: [],
      'project-status': { status: 'quarantined', reason: 'malware' },
    })
  })
})

describe('HTML pages', () => {
  const page = (body: string) =>
    pageOf('pkg', `<!DOCTYPE html><html><body>${body}</body></html>`, 'text/html')
  const link = (name: string, more = '', hash = hashOf(name)) =>
    `<a href="../../f/${name}#sha256=${hash}"${more}>${name}</a>`

  it('reads every attribute, entities decoded, addresses resolved', async () => {
    const claims = await claimsIn(
      page(
        link(WHEEL, ` data-requires-python="&gt;=3.8,&lt;4" data-core-metadata="sha256=${hashOf('m')}"`) +
          `<a href="https://other.test/x/${SDIST}#sha256=${hashOf('s')}" data-yanked>${SDIST}</a>`,
      ),
    )
    expect(claims).toMatchObject([
      {
        url: `https://upstream.test/f/${WHEEL}`,
        facts: { requiresPython: '>=3.8,<4', coreMetadata: hashOf('m') },
      },
      { path: `files/pkg/${WHEEL}.metadata` },
      { url: `https://other.test/x/${SDIST}`, facts: { yanked: '' } },
    ])
  })

  it('reads the older spelling of core metadata', async () => {
    expect(
      await claimsIn(page(link(WHEEL, ` data-dist-info-metadata="sha256=${hashOf('m')}"`))),
    ).toHaveLength(2)
  })

  it('resolves against the first base element', async () => {
    const [claim] = await claimsIn(
      pageOf(
        'pkg',
        `<base href="https://cdn.test/a/"><base href="https://evil.test/"><a href="${WHEEL}#sha256=${hashOf('w')}">`,
        'text/html',
      ),
    )
    expect(claim?.url).toBe(`https://cdn.test/a/${WHEEL}`)
  })

  it.each([
    ['a comment', `<!-- ${`<a href="${SDIST}#sha256=${hashOf('x')}">x</a>`} -->`],
    ['a script', `<script>'<a href="${SDIST}#sha256=${hashOf('x')}">x</a>'</script>`],
    ['an attribute', `<p title='<a href="${SDIST}#sha256=${hashOf('x')}">x</a>'>`],
    ['a title', `<title><a href="${SDIST}#sha256=${hashOf('x')}">x</a></title>`],
    ['a text area', `<textarea><a href="${SDIST}#sha256=${hashOf('x')}">x</a></textarea>`],
  ])('takes no link out of %s', async (_where, body) => {
    expect((await claimsIn(page(body + link(WHEEL)))).map((claim) => claim.path)).toEqual([
      `files/pkg/${WHEEL}`,
    ])
  })

  it('takes the first of two attributes of one name, as browsers do', async () => {
    const [claim] = await claimsIn(
      page(`<a href="${WHEEL}#sha256=${hashOf('1')}" href="${SDIST}#sha256=${hashOf('2')}">`),
    )
    expect(claim?.digests.sha256).toBe(hashOf('1'))
  })

  it('drops links without hash, with md5 only, and with names that do not decode', async () => {
    const body = `<a href="${SDIST}">${SDIST}</a><a href="pkg-2.0.tar.gz#md5=${'d'.repeat(32)}">x</a><a href="%zz/pkg%f.tar.gz#sha256=${hashOf('z')}">y</a><a>z</a>`
    const raw = await parseSimpleHtml(Buffer.from(body), 'https://upstream.test/simple/pkg/', 'pkg')
    expect(acceptPage(raw, 'pkg')).toMatchObject({ files: [], omitted: { 'no-sha256': 2, 'file-name': 2 } })
  })

  it.each([
    ['half a page', `<!DOCTYPE html><html><head></head><body>${link(WHEEL)}\n<a href="`],
    ['a page of a proxy that wants a login', '<html><body>please <a href="/login">log in</a></body></html>'],
    ['no page at all', 'not found'],
  ])('throws on %s', async (_what, body) => {
    await expect(claimsIn(pageOf('pkg', body, 'text/html'))).rejects.toMatchObject({
      code: 'UPSTREAM_INVALID',
    })
  })

  it('accepts a page without files that says what it is', async () => {
    expect(await claimsIn(page('<title>Links for pkg</title>'))).toEqual([])
    expect(await claimsIn(page('<meta name="pypi:repository-version" content="1.0">'))).toEqual([])
  })

  it('refuses a page that says it speaks version 2', async () => {
    const body = `<meta name="pypi:repository-version" content="2.0">${link(WHEEL)}`
    await expect(claimsIn(page(body))).rejects.toMatchObject({ code: 'UPSTREAM_INVALID' })
  })

  it('is told from JSON by its first character when the media type says nothing', async () => {
    const body = JSON.stringify({ meta: {}, name: 'pkg', files: [entry(WHEEL)] })
    expect(await claimsIn(pageOf('pkg', body, 'text/html'))).toHaveLength(1)
  })
})

describe('a rendered page', () => {
  const full = jsonPage(
    'pkg',
    [
      entry(WHEEL, {
        'core-metadata': { sha256: hashOf('m') },
        'requires-python': '>=3.8,<4',
        provenance: 'https://upstream.test/integrity/pkg/1.0/x/provenance',
      }),
      entry(SDIST, { yanked: 'broken "build" <here>' }),
      entry('pkg-2.0+l.1-py3-none-any.whl'),
    ],
    {
      versions: ['1.0', '2.0+l.1', '3.0'],
      'project-status': { status: 'archived', reason: 'no time' },
      'alternate-locations': ['https://other.test/simple/pkg/'],
      meta: { 'api-version': '1.4', tracks: ['https://tracked.test/simple/pkg/'] },
    },
  )

  it('says in JSON what the upstream said, with our addresses', async () => {
    expect(await renderJson(full)).toEqual({
      meta: { 'api-version': '1.4', tracks: ['https://tracked.test/simple/pkg/'] },
      name: 'pkg',
      'project-status': { status: 'archived', reason: 'no time' },
      'alternate-locations': ['https://other.test/simple/pkg/'],
      versions: ['1.0', '2.0+l.1'],
      files: [
        {
          filename: WHEEL,
          url: `http://gateway.test/pypi/files/pkg/${WHEEL}`,
          hashes: { sha256: hashOf(WHEEL) },
          'requires-python': '>=3.8,<4',
          size: 1234,
          'upload-time': '2024-05-06T07:08:09.123456Z',
          yanked: false,
          'core-metadata': { sha256: hashOf('m') },
          provenance: `http://gateway.test/pypi/integrity/pkg/1.0/${WHEEL}/provenance`,
        },
        expect.objectContaining({ filename: SDIST, yanked: 'broken "build" <here>' }),
        expect.objectContaining({ url: 'http://gateway.test/pypi/files/pkg/pkg-2.0%2Bl.1-py3-none-any.whl' }),
      ],
    })
  })

  it('says the same in HTML', async () => {
    const html = await renderType(full, 'text/html')
    const again = acceptPage(
      await parseSimpleHtml(Buffer.from(html), 'http://gateway.test/pypi/simple/pkg/', 'pkg'),
      'pkg',
    )
    const json = await renderJson(full)
    expect(again.files.map((file) => file.filename)).toEqual(json.files.map((file) => file.filename))
    expect(again.files.map((file) => file.url)).toEqual(json.files.map((file) => file['url']))
    expect(again).toMatchObject({
      status: { status: 'archived', reason: 'no time' },
      tracks: ['https://tracked.test/simple/pkg/'],
      alternateLocations: ['https://other.test/simple/pkg/'],
      files: [
        {
          requiresPython: '>=3.8,<4',
          coreMetadata: hashOf('m'),
          provenance: `http://gateway.test/pypi/integrity/pkg/1.0/${WHEEL}/provenance`,
        },
        { yanked: 'broken "build" <here>' },
        { version: '2.0+l.1' },
      ],
    })
    expect(html).toContain(`data-dist-info-metadata="sha256=${hashOf('m')}"`)
    expect(await renderType(full, 'application/vnd.pypi.simple.v1+html')).toBe(html)
  })

  it('lets no text out of its attribute', async () => {
    const hostile = `"><script>alert(1)</script><a href='x' data-y='\u00e9\u{1f600}&amp;`
    const page = jsonPage('pkg', [entry(WHEEL, { yanked: hostile, 'requires-python': `>=3"' onclick=` })])
    const html = await renderType(page, 'text/html')
    expect(html).toMatch(/^[\x20-\x7e\n]*$/)
    expect(html).not.toContain('<script')
    expect(html.match(/<a /g)).toHaveLength(1)
    const raw = await parseSimpleHtml(Buffer.from(html), 'http://gateway.test/', 'pkg')
    expect(raw.files[0]).toMatchObject({ yanked: hostile, requiresPython: `>=3"' onclick=` })
  })

  it('has the same bytes whenever it is made from the same', async () => {
    for (const type of pypiEcosystem.mediaTypes('page'))
      expect(await renderType(full, type)).toBe(await renderType(full, type))
  })

  it('promises no sizes for files whose size nobody said', async () => {
    const page = pageOf('pkg', `<a href="${WHEEL}#sha256=${hashOf('w')}">${WHEEL}</a>`, 'text/html')
    const { meta, files, versions } = await renderJson(page)
    expect(meta['api-version']).toBe('1.0')
    expect(files[0]).not.toHaveProperty('size')
    expect(versions).toEqual(['1.0'])
  })

  it('copes with a page of 50,000 files', async () => {
    const hash = hashOf('any')
    const links = Array.from(
      { length: 50_000 },
      (_, at) =>
        `<a href="/f/pkg-0.${at}-py3-none-any.whl#sha256=${hash}" data-core-metadata="sha256=${hash}">x</a>`,
    )
    const { files, versions } = await renderJson(pageOf('pkg', links.join('\n'), 'text/html'))
    expect(files).toHaveLength(50_000)
    expect(versions).toHaveLength(50_000)
  })
})
