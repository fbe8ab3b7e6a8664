// The APT ecosystem over a real upstream client, blob store and signing keys: load, claims, generation.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { aptEcosystem } from '../../src/ecosystems/apt/ecosystem.ts'
import type { RenderedGeneration, RepositorySettings } from '../../src/ecosystems/ecosystem.ts'
import { checkSignature } from '../../src/ecosystems/openpgp.ts'
import { createDocumentFetch, readDocument } from '../../src/gate/document-fetch.ts'
import type { ArtifactClaim } from '../../src/model/claim.ts'
import type { IndexDocument, IndexSet } from '../../src/model/index-set.ts'
import type { Signer } from '../../src/model/signer.ts'
import type { Shown } from '../../src/model/verdict.ts'
import { ensureKeys } from '../../src/signing/key-directory.ts'
import { openSigner } from '../../src/signing/open-signer.ts'
import { openBlobStore } from '../../src/storage/all.ts'
import { createUpstreamClient } from '../../src/upstream/client.ts'
import type { AptUpstream } from './apt-upstream.ts'

export interface AptArchive {
  readonly settings: RepositorySettings
  signer(): Promise<Signer>
  load(former?: IndexSet, now?: Date): Promise<IndexSet>
  claims(set: IndexSet): Promise<ArtifactClaim[]>
  /** Withholds the claims that the function names a reason for. */
  render(set: IndexSet, withheld?: (claim: ArtifactClaim) => string | undefined): Promise<RenderedGeneration>
  /** Bytes of a rendered document or alias. */
  bytes(generation: RenderedGeneration, path: string): Promise<Buffer>
  close(): Promise<void>
}

export async function openAptArchive(
  upstream: AptUpstream,
  options: Readonly<Record<string, unknown>> = {},
  upstreams: readonly string[] = [upstream.url],
): Promise<AptArchive> {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-apt-'))
  const blobs = await openBlobStore(pathToFileURL(join(folder, 'blobs')).href)
  // Made when they are first needed: a pair of RSA keys takes a second and more.
  let opened: Promise<Signer> | undefined
  const signer = () => {
    opened ??= ensureKeys(join(folder, 'keys'), 'Test gateway <gateway@gateway.test>').then(() =>
      openSigner(join(folder, 'keys')),
    )
    return opened
  }
  const client = createUpstreamClient({
    upstreams: upstreams.map((base) => ({ base })),
    allowedHosts: [],
    retries: 0,
  })
  const settings: RepositorySettings = {
    name: 'debian',
    type: 'deb',
    upstreams,
    publicUrl: 'http://localhost:8080/debian',
    indexMode: 'lazy',
    reserved: [],
    options: { suites: [upstream.suite], keyrings: [upstream.keyring], ...options },
  }
  const open = (document: IndexDocument) => readDocument(blobs, document)
  const put = (body: AsyncIterable<Uint8Array>) => blobs.put(body, { maxBytes: 1e9 })
  const fetch = createDocumentFetch({ upstream: client, blobs, maxBytes: 1e8 })
  return {
    settings,
    signer,
    async load(former, now = new Date()) {
      const context = {
        settings,
        fetch,
        open,
        has: async () => true,
        checkSignature,
        now,
        ...(former === undefined ? {} : { former }),
      }
      const set = await aptEcosystem.loadIndex('archive', context)
      if (set === undefined) throw new Error('the archive has no index')
      return set
    },
    async claims(set) {
      const claims: ArtifactClaim[] = []
      for await (const claim of await aptEcosystem.readClaims(set, { settings, open })) claims.push(claim)
      return claims
    },
    async render(set, withheld = () => undefined) {
      const show = (claim: ArtifactClaim): Shown => {
        const text = withheld(claim)
        if (text === undefined) return { show: true }
        const verdict = {
          outcome: 'blocked',
          reasons: [{ rule: 'test', text }],
          warnings: [],
          policy: 'test',
        }
        return { show: false, verdict } as Shown
      }
      if (aptEcosystem.renderGeneration === undefined) throw new Error('APT has no generations')
      const context = { settings, open, put, show, sign: await signer(), now: new Date(), generation: 1 }
      return aptEcosystem.renderGeneration(set, context)
    },
    async bytes({ documents }, path) {
      const found = documents.find((one) => one.path === path || one.aliases?.includes(path) === true)
      const body = found === undefined ? undefined : await blobs.open(found.sha256)
      if (body === undefined) throw new Error(`the generation has no ${path}`)
      const chunks: Uint8Array[] = []
      for await (const chunk of body.stream()) chunks.push(chunk)
      return Buffer.concat(chunks)
    },
    async close() {
      await client.close()
      await blobs.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
