// Project pages loaded through a real upstream client and store.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { RepositorySettings } from '../../../src/ecosystems/ecosystem.ts'
import { checkSignature } from '../../../src/ecosystems/openpgp.ts'
import { pypiEcosystem } from '../../../src/ecosystems/pypi/ecosystem.ts'
import { createDocumentFetch, readDocument } from '../../../src/gate/document-fetch.ts'
import type { ArtifactClaim } from '../../../src/model/claim.ts'
import type { IndexSet } from '../../../src/model/index-set.ts'
import { openBlobStore } from '../../../src/storage/all.ts'
import type { BlobStore } from '../../../src/storage/blob-store.ts'
import { createUpstreamClient } from '../../../src/upstream/client.ts'
import { type PypiUpstream, startPypiUpstream } from '../../support/pypi-upstream.ts'
import { createSigstore } from '../../support/sigstore.ts'
import { SETTINGS } from './pages.ts'

const closing: (() => Promise<unknown>)[] = []
let blobs: BlobStore
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sallyport-pypi-'))
  blobs = await openBlobStore(pathToFileURL(folder).href)
})

afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

afterAll(async () => {
  await blobs.close()
  await rm(folder, { recursive: true })
})

async function upstream(...options: Parameters<typeof startPypiUpstream>): Promise<PypiUpstream> {
  const started = await startPypiUpstream(...options)
  closing.push(() => started.close())
  return started
}

interface Index {
  load(key: string, document?: string, former?: IndexSet): Promise<IndexSet | undefined>
  claims(set: IndexSet): Promise<ArtifactClaim[]>
  render(set: IndexSet, document: string): Promise<string | undefined>
  examine: (claim: ArtifactClaim, sha256: string) => Promise<readonly unknown[]>
}

function indexOf(upstreams: readonly PypiUpstream[], given: Partial<RepositorySettings> = {}): Index {
  const client = createUpstreamClient({
    upstreams: upstreams.map(({ url }) => ({ base: url })),
    allowedHosts: [],
    retries: 0,
  })
  closing.push(() => client.close())
  const settings = { ...SETTINGS, upstreams: upstreams.map(({ url }) => url), ...given }
  const fetch = createDocumentFetch({ upstream: client, blobs, maxBytes: 64 * 1024 * 1024 })
  const context = {
    settings,
    open: (document: Parameters<typeof readDocument>[1]) => readDocument(blobs, document),
    has: async () => true,
    checkSignature,
  }
  return {
    load: (key, document, former) =>
      pypiEcosystem.loadIndex(key, {
        ...context,
        fetch,
        now: new Date(),
        ...(document === undefined ? {} : { document }),
        ...(former === undefined ? {} : { former }),
      }),
    async claims(set) {
      const found: ArtifactClaim[] = []
      for await (const claim of await pypiEcosystem.readClaims(set, context)) found.push(claim)
      return found
    },
    async render(set, document) {
      const { documents } = await pypiEcosystem.renderIndex(set, {
        ...context,
        document,
        show: () => ({ show: true }),
        sign: undefined as never,
        now: new Date(),
        generation: 0,
      })
      return documents[0] === undefined ? undefined : Buffer.from(documents[0].body).toString('utf8')
    },
    examine: (claim, sha256) =>
      Promise.resolve(
        pypiEcosystem.examineClaim?.(claim, undefined, {
          ...context,
          fetch,
          digests: { sha256 },
          location: '',
        }) ?? [],
      ),
  }
}

async function loaded(set: Promise<IndexSet | undefined>): Promise<IndexSet> {
  const found = await set
  if (found === undefined) throw new Error('the upstream has no such index')
  return found
}

describe('loading a project page', () => {
  it('asks for JSON first, and remembers the hosts that it names', async () => {
    const up = await upstream()
    await up.publish({ name: 'pkg', version: '1.0' })
    const set = await loaded(indexOf([up]).load('pkg'))
    expect(up.index.seen[0]?.headers.accept).toMatch(/^application\/vnd\.pypi\.simple\.v1\+json,/)
    expect(set.documents[0]?.contentType).toBe('application/vnd.pypi.simple.v1+json')
    expect(set.facts['hosts']).toEqual([new URL(up.index.url).host, new URL(up.files.url).host])
  })

  it('makes the same claims of the HTML page, but for what HTML cannot say', async () => {
    const ups = [await upstream({ forms: 'json' }), await upstream({ forms: 'html' })]
    const [json, html] = await Promise.all(
      ups.map(async (up) => {
        await up.publish({ name: 'pkg', version: '1.0', requiresPython: '>=3.8,<4', yanked: 'a "reason"' })
        const index = indexOf([up])
        const set = await loaded(index.load('pkg'))
        expect(set.facts['hosts']).toContain(new URL(up.files.url).host)
        return index.claims(set)
      }),
    )
    const comparable = (claims: ArtifactClaim[] | undefined) =>
      claims?.map(({ url, sizeBytes, publishedAt, ...claim }) => ({ ...claim, url: new URL(url).pathname }))
    expect(comparable(html)).toEqual(comparable(json))
    expect(json).toHaveLength(3)
  })

  it('falls back to HTML when the upstream refuses to negotiate', async () => {
    const up = await upstream({ forms: 'html' })
    await up.publish({ name: 'pkg', version: '1.0' })
    up.index.spoil(/^\/simple\//, (response, answer, request) => {
      if (request.headers.accept?.includes('json')) response.writeHead(406).end()
      else response.writeHead(200, { 'content-type': 'text/html' }).end(answer?.body)
    })
    const index = indexOf([up])
    expect(await index.claims(await loaded(index.load('pkg')))).toHaveLength(3)
  })

  it('asks again conditionally', async () => {
    const up = await upstream()
    await up.publish({ name: 'pkg', version: '1.0' })
    const index = indexOf([up])
    const first = await loaded(index.load('pkg'))
    const second = await loaded(index.load('pkg', undefined, first))
    expect(up.index.seen[1]?.headers['if-none-match']).toBe(first.documents[0]?.etag)
    expect(second).toEqual(first)
  })

  it('is undefined when no upstream has the project', async () => {
    expect(await indexOf([await upstream()]).load('pkg')).toBeUndefined()
  })
})

describe('several upstreams', () => {
  it('lets the first that has the project answer for it alone', async () => {
    const [own, open] = [await upstream(), await upstream()]
    await own.publish({ name: 'pkg', version: '1.0' })
    await open.publish({ name: 'pkg', version: '99.0' })
    await open.publish({ name: 'other', version: '1.0' })
    const index = indexOf([own, open])
    const set = await loaded(index.load('pkg'))
    expect((await index.claims(set)).map((claim) => claim.version)).toEqual(['1.0', '1.0', '1.0'])
    expect(set.facts['upstream']).toBe(own.url)
    expect((await loaded(index.load('other'))).facts['upstream']).toBe(open.url)
  })

  it('fails when the first fails: another must not answer in its place', async () => {
    const [own, open] = [await upstream(), await upstream()]
    await open.publish({ name: 'pkg', version: '99.0' })
    own.index.spoil(/./, (response) => response.writeHead(500).end())
    await expect(indexOf([own, open]).load('pkg')).rejects.toMatchObject({
      code: expect.stringMatching(/^UPSTREAM_/),
    })
    expect(open.index.seen).toHaveLength(0)
  })

  it('asks no public upstream for a reserved name, in any spelling', async () => {
    const [own, open] = [await upstream(), await upstream()]
    await open.publish({ name: 'acme-core', version: '99.0' })
    const index = indexOf([own, open], { reserved: ['Acme_*'], options: { privateUpstreams: [own.url] } })
    expect(await index.load('acme-core')).toBeUndefined()
    expect(own.index.seen).toHaveLength(1)
    expect(open.index.seen).toHaveLength(0)
  })

  it('lists no reserved names of a public upstream', async () => {
    const [own, open] = [await upstream(), await upstream()]
    await own.publish({ name: 'acme-core', version: '1.0' })
    await open.publish({ name: 'acme-evil', version: '1.0' })
    await open.publish({ name: 'flask', version: '1.0' })
    const index = indexOf([own, open], { reserved: ['acme-*'], options: { privateUpstreams: [own.url] } })
    const html = await index.render(await loaded(index.load('/')), 'projects')
    expect(html?.match(/>[a-z-]+<\/a>/g)).toEqual(['>acme-core</a>', '>flask</a>'])
  })
})

describe('the list of all projects', () => {
  it('is refused with a reason when it is large or switched off', async () => {
    const up = await upstream()
    await up.publish({ name: 'pkg', version: '1.0' })
    await expect(indexOf([up], { options: { projectListMaxBytes: 10 } }).load('/')).rejects.toMatchObject({
      code: 'NOT_SERVED',
      message: expect.stringContaining('larger than 10 bytes'),
    })
    await expect(indexOf([up], { options: { projectList: 'refuse' } }).load('/')).rejects.toMatchObject({
      code: 'NOT_SERVED',
    })
  })
})

describe('documents beside the page', () => {
  const legacy = (version: string, filename: string, sha256: string) =>
    Buffer.from(
      JSON.stringify({
        info: { name: 'pkg', version, summary: 'a package', requires_dist: ['other'] },
        releases: {
          [version]: [{ filename, digests: { md5: 'x', sha256 }, md5_digest: 'x', url: 'https://x.test/' }],
        },
        urls: [
          {
            filename,
            digests: { md5: 'x', sha256 },
            md5_digest: 'x',
            url: 'https://x.test/',
            packagetype: 'sdist',
          },
        ],
        last_serial: 7,
      }),
    )

  it('are fetched only when somebody asks, kept while the page is the same, and filtered like it', async () => {
    const up = await upstream()
    const [file] = await up.publish({ name: 'pkg', version: '1.0', as: ['sdist'] })
    if (file === undefined) throw new Error('nothing was published')
    up.put('/pypi/pkg/json', {
      body: legacy('1.0', file.filename, file.sha256),
      contentType: 'application/json',
    })
    const index = indexOf([up])
    const page = await loaded(index.load('pkg', 'page'))
    expect(pypiEcosystem.holds?.(page, 'page')).toBe(true)
    expect(pypiEcosystem.holds?.(page, 'json')).toBe(false)
    const both = await loaded(index.load('pkg', 'json', page))
    expect(pypiEcosystem.holds?.(both, 'json')).toBe(true)
    const again = await loaded(index.load('pkg', 'page', both))
    expect(again.documents.map(({ name }) => name)).toEqual(['page', 'json'])
    expect(up.index.requestsOf('/pypi/pkg/json')).toHaveLength(1)
    expect(JSON.parse((await index.render(both, 'json')) ?? '')).toEqual({
      info: {
        name: 'pkg',
        version: '1.0',
        summary: 'a package',
        requires_dist: ['other'],
        yanked: false,
        yanked_reason: null,
      },
      last_serial: 7,
      releases: {
        '1.0': [
          {
            filename: file.filename,
            url: `http://gateway.test/pypi/files/pkg/${file.filename}`,
            digests: { sha256: file.sha256 },
            yanked: false,
            yanked_reason: null,
          },
        ],
      },
      urls: [expect.objectContaining({ filename: file.filename, digests: { sha256: file.sha256 } })],
    })
    await up.publish({ name: 'pkg', version: '2.0', as: ['sdist'] })
    const later = await loaded(index.load('pkg', 'page', again))
    expect(later.documents.map(({ name }) => name)).toEqual(['page'])
  })

  it('say so when the upstream has none', async () => {
    const up = await upstream()
    await up.publish({ name: 'pkg', version: '1.0' })
    const index = indexOf([up])
    const set = await loaded(index.load('pkg', 'json'))
    expect(pypiEcosystem.holds?.(set, 'json')).toBe(true)
    expect(await index.render(set, 'json')).toBeUndefined()
  })

  it('leave out what is about other bytes than the page promises', async () => {
    const up = await upstream()
    await up.publish({ name: 'pkg', version: '1.0', as: ['sdist'] })
    up.put('/pypi/pkg/json', {
      body: legacy('1.0', 'pkg-1.0.tar.gz', 'f'.repeat(64)),
      contentType: 'application/json',
    })
    const index = indexOf([up])
    expect(await index.render(await loaded(index.load('pkg', 'json')), 'json')).toBeUndefined()
  })

  it('pass provenance on under our address, and keep it when the page changes', async () => {
    const up = await upstream()
    const provenance = `${up.index.url}/integrity/pkg/1.0/pkg-1.0.tar.gz/provenance`
    await up.publish({ name: 'pkg', version: '1.0', as: ['sdist'], entry: { provenance } })
    up.put('/integrity/pkg/1.0/pkg-1.0.tar.gz/provenance', {
      body: Buffer.from('{"version":1,"attestation_bundles":[]}'),
      contentType: 'application/json',
    })
    const index = indexOf([up])
    const set = await loaded(index.load('pkg', 'provenance/pkg-1.0.tar.gz'))
    expect(await index.render(set, 'provenance/pkg-1.0.tar.gz')).toBe(
      '{"version":1,"attestation_bundles":[]}',
    )
    await up.publish({ name: 'pkg', version: '2.0', as: ['sdist'] })
    const later = await loaded(index.load('pkg', 'page', set))
    expect(later.documents.map(({ name }) => name)).toEqual(['page', 'provenance/pkg-1.0.tar.gz'])
  })
})

describe('examining what the index says of a file', () => {
  it('says that nobody attested it, or nobody any more', async () => {
    const up = await upstream()
    await up.publish({ name: 'pkg', version: '1.0', as: ['sdist'] })
    await up.publish({
      name: 'pkg',
      version: '2.0',
      as: ['sdist'],
      uploadTime: '2021-01-01T00:00:00Z',
      entry: { provenance: `${up.index.url}/integrity/x` },
    })
    await up.publish({ name: 'pkg', version: '3.0', as: ['sdist'], uploadTime: '2022-01-01T00:00:00Z' })
    const index = indexOf([up])
    const [first, , third] = await index.claims(await loaded(index.load('pkg')))
    if (first === undefined || third === undefined) throw new Error('claims are missing')
    expect(await index.examine(first, '')).toMatchObject([{ rule: 'pypi-unattested', severity: 'info' }])
    expect(await index.examine(third, '')).toMatchObject([
      { rule: 'pypi-attestation-lost', severity: 'medium' },
    ])
  })

  it('records the publisher that attested it, under the configured trusted root', async () => {
    const up = await upstream()
    const sigstore = await createSigstore()
    const trustedRoot = join(folder, 'trusted_root.json')
    await (await import('node:fs/promises')).writeFile(trustedRoot, sigstore.trustedRoot)
    const path = '/integrity/pkg/1.0/pkg-1.0.tar.gz/provenance'
    const [file] = await up.publish({
      name: 'pkg',
      version: '1.0',
      as: ['sdist'],
      entry: { provenance: `${up.index.url}${path}` },
    })
    if (file === undefined) throw new Error('nothing was published')
    const index = indexOf([up], { options: { trustedRoot } })
    const [claim] = await index.claims(await loaded(index.load('pkg')))
    if (claim === undefined) throw new Error('no claim')
    expect(await index.examine(claim, file.sha256)).toMatchObject([{ rule: 'pypi-attestation-missing' }])
    const attested = await sigstore.attest({
      filename: file.filename,
      sha256: file.sha256,
      subjectAlternativeName: 'https://github.com/acme/pkg/.github/workflows/release.yml@refs/heads/main',
      issuer: 'https://token.actions.githubusercontent.com',
      publisher: { kind: 'GitHub', repository: 'acme/pkg', workflow: 'release.yml' },
    })
    up.put(path, { body: Buffer.from(JSON.stringify(attested)), contentType: 'application/json' })
    expect(await index.examine(claim, file.sha256)).toMatchObject([{ rule: 'pypi-attested' }])
    up.index.spoil(/integrity/, (response) => response.writeHead(500).end())
    await expect(index.examine(claim, file.sha256)).rejects.toMatchObject({
      code: expect.stringMatching(/^UPSTREAM_/),
    })
  })
})
