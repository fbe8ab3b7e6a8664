// An ecosystem's index code at work without a gateway around it: real upstream, real blob store, real keys.
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Ecosystem, RenderedGeneration, RepositorySettings } from '../../src/ecosystems/ecosystem.ts'
import { checkSignature } from '../../src/ecosystems/openpgp.ts'
import { createDocumentFetch, readDocument } from '../../src/gate/document-fetch.ts'
import type { ArtifactClaim, PurlType } from '../../src/model/claim.ts'
import type { IndexDocument, IndexSet } from '../../src/model/index-set.ts'
import type { Signer } from '../../src/model/signer.ts'
import { ensureKeys } from '../../src/signing/key-directory.ts'
import { openSigner } from '../../src/signing/open-signer.ts'
import { openFilesystemBlobStore } from '../../src/storage/filesystem-blob-store.ts'
import { openPieceFiles } from '../../src/storage/piece-files.ts'
import { createUpstreamClient } from '../../src/upstream/client.ts'
import { type Loopback, startLoopback } from './loopback-upstream.ts'

export interface Rendering extends RenderedGeneration {
  /** Bytes of a document by its path, or by the end of it. Throws when there is none. */
  body(path: string | RegExp): Promise<Buffer>
}

export interface IndexDesk {
  /** What the upstream answers, by path with leading slash. */
  readonly files: Map<string, Uint8Array | string>
  readonly upstream: Loopback
  readonly signer: Signer
  readonly settings: RepositorySettings
  /** Has `blobs` and `pieces` in it. */
  readonly directory: string
  /** Bytes of a stored document. */
  readonly open: (document: IndexDocument) => Promise<Uint8Array>
  load(former?: IndexSet): Promise<IndexSet>
  claims(set: IndexSet): Promise<ArtifactClaim[]>
  render(set: IndexSet, hide?: (claim: ArtifactClaim) => boolean, generation?: number): Promise<Rendering>
  close(): Promise<void>
}

export async function openIndexDesk(
  ecosystem: Ecosystem,
  key: string,
  options: Readonly<Record<string, unknown>>,
): Promise<IndexDesk> {
  const files = new Map<string, Uint8Array | string>()
  const upstream = await startLoopback((path) => {
    const body = files.get(decodeURIComponent(path))
    return body === undefined
      ? undefined
      : { body: Buffer.from(body), contentType: 'application/octet-stream' }
  })
  const directory = await mkdtemp(join(tmpdir(), 'sallyport-desk-'))
  const blobs = await openFilesystemBlobStore(join(directory, 'blobs'))
  await ensureKeys(join(directory, 'keys'), 'Gateway under test')
  const signer = await openSigner(join(directory, 'keys'))
  const client = createUpstreamClient({ upstreams: [{ base: upstream.url }] })
  const fetch = createDocumentFetch({ upstream: client, blobs, maxBytes: 256 * 1024 * 1024 })
  const open = (document: IndexDocument) => readDocument(blobs, document)
  const pieces = openPieceFiles(join(directory, 'pieces'))
  const settings: RepositorySettings = {
    name: 'repository',
    type: ecosystem.type as PurlType,
    upstreams: [upstream.url],
    publicUrl: 'http://gateway.test/repository',
    indexMode: 'lazy',
    reserved: [],
    options,
  }
  return {
    files,
    upstream,
    signer,
    settings,
    directory,
    open,
    async load(former) {
      const now = new Date()
      const context = {
        settings,
        fetch,
        open,
        has: async () => true,
        checkSignature,
        now,
        ...(former === undefined ? {} : { former }),
      }
      const set = await ecosystem.loadIndex(key, context)
      if (set === undefined) throw new Error('the upstream has no index')
      return set
    },
    async claims(set) {
      const found: ArtifactClaim[] = []
      for await (const claim of await ecosystem.readClaims(set, { settings, open, pieces })) found.push(claim)
      return found
    },
    async render(set, hide = () => false, generation = 1) {
      if (ecosystem.renderGeneration === undefined) throw new Error('no generations')
      const rendered = await ecosystem.renderGeneration(set, {
        settings,
        open,
        pieces,
        generation,
        now: new Date('2026-01-02T03:04:05Z'),
        sign: signer,
        put: (body) => blobs.put(body, { maxBytes: 256 * 1024 * 1024, durable: false }),
        show: (claim) => (hide(claim) ? { show: false, verdict: BLOCKED } : { show: true }),
      })
      return {
        ...rendered,
        async body(path) {
          const found = rendered.documents.find((one) =>
            typeof path === 'string' ? one.path === path : path.test(one.path),
          )
          if (found === undefined) throw new Error(`no document ${path}`)
          return Buffer.from(await open({ name: found.path, url: found.path, ...found }))
        },
      }
    },
    async close() {
      await client.close()
      await upstream.close()
      await blobs.close()
    },
  }
}

const BLOCKED = {
  outcome: 'blocked' as const,
  reasons: [{ rule: 'test', text: 'blocked by the test' }],
  warnings: [],
  policy: 'test',
}
