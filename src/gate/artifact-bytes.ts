// Bytes of a claimed artifact: from the store when they are here, else from the upstream, unserved, hashed, held against the claim.
import type { Ecosystem, RepositorySettings } from '../ecosystems/ecosystem.ts'
import type { ArtifactClaim } from '../model/claim.ts'
import { GatewayError } from '../model/errors.ts'
import type { BlobStore, StoredBlob } from '../storage/blob-store.ts'
import type { ClaimState, Ledger } from '../storage/ledger.ts'
import { downloadTo } from '../upstream/download.ts'
import type { UpstreamClient } from '../upstream/upstream.ts'
import { checkAgainstClaim, isBoundByExamination } from './claim-check.ts'

export interface ArtifactBytes {
  readonly blob: StoredBlob
  /** Local file that an examiner may read. */
  readonly location: string
}

/** A download that began before its claim was known. Resolves to undefined when it failed: it is then done again in order. */
export interface EarlyDownload {
  readonly url: string
  readonly blob: Promise<StoredBlob | undefined>
  /** Ends what is still under way; nothing of it stays. */
  abandon(): void
}

export interface ArtifactSource {
  /** Throws CLAIM_MISMATCH (nothing is then linked to the claim), UPSTREAM_*, TOO_LARGE, STORE_FAILED. */
  bytesOf(state: ClaimState, settings: RepositorySettings, early?: EarlyDownload): Promise<ArtifactBytes>
  /** Begins to fetch what an ecosystem can place without its index, while that is still being read. */
  begin(path: string, ecosystem: Ecosystem, settings: RepositorySettings): EarlyDownload | undefined
}

export function createArtifactSource(parts: {
  readonly ledger: Ledger
  readonly blobs: BlobStore
  readonly upstream: UpstreamClient
  readonly maxArtifactBytes: number
}): ArtifactSource {
  async function bytesOf(
    state: ClaimState,
    settings: RepositorySettings,
    early?: EarlyDownload,
  ): Promise<ArtifactBytes> {
    const { claim } = state
    const blob =
      (await storedAgain(state)) ?? (await arrived(claim, early)) ?? (await download(claim, settings))
    checkAgainstClaim(claim, blob)
    if (!isBoundByExamination(claim)) await parts.ledger.linkArtifact(claim, blob.sha256, blob.sizeBytes)
    const body = await parts.blobs.open(blob.sha256)
    if (body?.location === undefined)
      throw new GatewayError('STORE_FAILED', 'the stored bytes cannot be read back', { sha256: blob.sha256 })
    return { blob, location: body.location }
  }

  /** Hashes bytes that are here already once more: what was recorded of them is not trusted when they are examined anew. */
  async function storedAgain({ sha256 }: ClaimState): Promise<StoredBlob | undefined> {
    const body = sha256 === undefined ? undefined : await parts.blobs.open(sha256)
    return body === undefined
      ? undefined
      : parts.blobs.put(body.stream(), { maxBytes: parts.maxArtifactBytes })
  }

  /** Only bytes from the very address that the claim names count for it. */
  async function arrived(
    claim: ArtifactClaim,
    early: EarlyDownload | undefined,
  ): Promise<StoredBlob | undefined> {
    return early?.url === claim.url ? early.blob : undefined
  }

  async function download(claim: ArtifactClaim, settings: RepositorySettings): Promise<StoredBlob> {
    const learnedFrom = await upstreamOf(claim, settings)
    return downloadTo(parts.blobs, parts.upstream, {
      url: claim.url,
      maxBytes: parts.maxArtifactBytes,
      ...(learnedFrom === undefined ? {} : { learnedFrom }),
    })
  }

  /** The upstream whose index made the claim (`facts.upstream` of its set): what another one may reach is not this one's affair. */
  async function upstreamOf(
    claim: ArtifactClaim,
    { name, upstreams }: RepositorySettings,
  ): Promise<string | undefined> {
    if (upstreams.length < 2) return upstreams[0]
    const stored = await parts.ledger.indexSet(name, claim.indexKey)
    return upstreams.find((base) => base === stored?.set.facts['upstream']) ?? upstreams[0]
  }

  return {
    bytesOf,
    begin(path, ecosystem, settings) {
      const url = ecosystem.conventionalUrl?.(path, settings)
      if (url === undefined) return undefined
      const ended = new AbortController()
      const asked = { url, maxBytes: parts.maxArtifactBytes, signal: ended.signal }
      const blob = downloadTo(parts.blobs, parts.upstream, asked).catch(() => undefined)
      return { url, blob, abandon: () => ended.abort() }
    },
  }
}
