// The contract of an ecosystem: one package protocol, as four files side by side.
import type { ArtifactClaim, Digests, PurlType } from '../model/claim.ts'
import type { Finding } from '../model/finding.ts'
import type { IndexDocument, IndexSet, RenderedDocument } from '../model/index-set.ts'
import type { GatewayRequest } from '../model/request.ts'
import type { Signer } from '../model/signer.ts'
import type { Shown, Verdict } from '../model/verdict.ts'
import type { SignatureCheck, VerifiedText } from './openpgp.ts'
import type { Pieces } from './pieces.ts'

/** One configured repository as its ecosystem sees it. Plain data: it crosses threads. */
export interface RepositorySettings {
  readonly name: string
  readonly type: PurlType
  /** Upstream bases in order of priority, absolute, without trailing slash. */
  readonly upstreams: readonly string[]
  /** Base of our own URLs, absolute, without trailing slash: `http://localhost:8080/npm`. */
  readonly publicUrl: string
  /** `lazy` shows what is not examined yet, `strict` only what is approved. */
  readonly indexMode: 'lazy' | 'strict'
  /** Names or globs that must never come from a public upstream. */
  readonly reserved: readonly string[]
  /** Ecosystem's own settings: suites, components, architectures, keyrings, ... already validated. */
  readonly options: Readonly<Record<string, unknown>>
}

export interface FetchExpectation {
  readonly sha256?: string
  readonly sizeBytes?: number
  readonly maxBytes?: number
  /** Former copy: asked conditionally, and returned as it is on 304. */
  readonly former?: IndexDocument
  readonly accept?: string
}

/**
 * Fetches into the blob store. A name that begins with `shared/` is one document for the whole repository (registry keys): it is
 * fetched again only after an hour, whatever index set asks. Undefined when the upstream says 404 or 410. Throws GatewayError UPSTREAM_*. */
export type FetchDocument = (
  name: string,
  url: string,
  expect?: FetchExpectation,
) => Promise<IndexDocument | undefined>

/** Reads a document of a set back from the blob store, digest checked. */
export type OpenDocument = (document: IndexDocument) => Promise<Uint8Array>

export interface LoadContext {
  readonly settings: RepositorySettings
  /** The document that is asked now; absent when only the claims are wanted. See `holds`. */
  readonly document?: string
  readonly fetch: FetchDocument
  readonly open: OpenDocument
  /** Checks an OpenPGP signature off the event loop: a large Release with several signatures takes tens of milliseconds. */
  readonly checkSignature: (check: SignatureCheck) => Promise<VerifiedText>
  /** Whether a document's bytes are in the store, without reading them. */
  readonly has: (document: IndexDocument) => Promise<boolean>
  /** The set as last accepted; lets an ecosystem ask conditionally and refuse a rollback. */
  readonly former?: IndexSet
  readonly now: Date
}

export interface ReadContext {
  readonly settings: RepositorySettings
  readonly open: OpenDocument
  /** The same bytes in pieces, for documents too large to be held. Absent: `open` is what there is. */
  readonly stream?: (document: IndexDocument) => AsyncIterable<Uint8Array>
  /**
   * Keeps what was made of a document between jobs, bounded by bytes, so that an unchanged document of fifty megabytes is read
   * once. Absent: nothing is kept.
   */
  readonly remember?: Remember
  /** Absent: pieces are held in memory for one reading. */
  readonly pieces?: Pieces
}

/** The key must name the very bytes (their digest) and what was made of them. */
export type Remember = <T extends object>(
  key: string,
  make: () => Promise<{ readonly value: T; readonly sizeBytes: number }>,
) => Promise<T>

export interface RenderContext extends ReadContext {
  /** The document that is asked now. A package-scope ecosystem may render only this one, in all its media types. */
  readonly document: string
  readonly show: (claim: ArtifactClaim) => Shown
  /** What feeds know of a version of the package whose index this is; absent when no feed does. */
  readonly advisories?: (version: string) => readonly AdvisoryHit[]
  readonly sign: Signer
  readonly now: Date
  /** Grows by at least one with every generation of this repository (rpm revision, apk description). */
  readonly generation: number
}

export interface Rendered {
  readonly documents: readonly RenderedDocument[]
  /** Set when nothing may be shown at all and the format has no other word for it (npm: 403 on the packument). */
  readonly refused?: Verdict
  /** Claims that were left out and why; the door puts them into `npm-notice` and explain. */
  readonly withheld: readonly { readonly claim: ArtifactClaim; readonly verdict: Verdict }[]
}

/** One document of a generation, its bytes already in the blob store. */
export interface GenerationDocument {
  /** Request path within the repository: `dists/bookworm/InRelease`. Always answered from the current generation. */
  readonly path: string
  /** Immutable paths of the same bytes (by-hash, checksum-prefixed): answered as long as a generation that has them is kept. */
  readonly aliases?: readonly string[]
  readonly contentType: string
  readonly sha256: string
  readonly sizeBytes: number
}

export interface GenerationContext extends Omit<RenderContext, 'document'> {
  /** Keeps a body in the blob store. */
  readonly put: (body: AsyncIterable<Uint8Array>) => Promise<{ sha256: string; sizeBytes: number }>
  /** False for paths that `show` need not be asked about: it has shown them before, and nothing has happened to them since. */
  readonly mayHide?: (path: string) => boolean
}

export type RenewContext = Pick<GenerationContext, 'settings' | 'open' | 'put' | 'sign' | 'now'>

export interface RenderedGeneration {
  readonly documents: readonly GenerationDocument[]
  readonly withheld: readonly { readonly claim: ArtifactClaim; readonly verdict: Verdict }[]
  /** ISO 8601: when the signed documents stop being valid; the door signs anew well before. */
  readonly validUntil?: string
}

/** One half of a document with a detached signature. */
export interface DetachedSignature {
  /** Path of the signed document. */
  readonly of: string
  readonly isSignature: boolean
}

/** One package as a generation lists it. */
export interface ListedPackage {
  readonly name: string
  readonly version: string
  readonly architecture: string
}

/** A question beside index and artifact: neither claims nor bytes leave by it. */
export interface SideContext {
  readonly settings: RepositorySettings
  readonly method: string
  /** Raw query with leading `?`, or empty. */
  readonly query: string
  readonly body: Uint8Array
  /** Passes a read-only request to the upstream without any of the client's credentials. Undefined on 404 or 410. */
  readonly pass: (
    path: string,
    init?: {
      method?: 'GET' | 'POST'
      body?: Uint8Array
      contentType?: string
      contentEncoding?: string
      maxBytes?: number
    },
  ) => Promise<{ contentType: string; body: Uint8Array } | undefined>
  /** Versions of these packages that may not be installed, for filtering search and the like. */
  readonly withheldNames: (names: readonly string[]) => Promise<ReadonlySet<string>>
  /** Known advisories of these versions by name; undefined when no feed knows of them, and the upstream should be asked. */
  readonly advisories: (
    versions: Readonly<Record<string, readonly string[]>>,
  ) => Promise<readonly AdvisoryHit[] | undefined>
}

export interface AdvisoryHit {
  readonly name: string
  readonly id: string
  readonly url: string
  readonly title: string
  readonly severity: 'info' | 'low' | 'moderate' | 'high' | 'critical'
  readonly vulnerableVersions: string
  /** Those of the asked versions that it names. */
  readonly affected: readonly string[]
  /** First versions without it, after those. */
  readonly fixed: readonly string[]
  readonly aliases: readonly string[]
  readonly source: string
  readonly score?: number
  readonly vector?: string
}

export interface SideAnswer {
  readonly status: number
  readonly contentType: string
  readonly body: string | Uint8Array
  readonly headers?: Readonly<Record<string, string>>
}

export interface Ecosystem {
  readonly type: PurlType
  /** Whether an index set is one package's or the whole repository's. */
  readonly indexScope: 'package' | 'repository'
  /**
   * `path` is relative to the repository, raw as the client sent it (percent-encoding untouched), without query.
   * Throws NOT_SERVED for every path it does not know, BAD_REQUEST for a hostile spelling and METHOD_NOT_ALLOWED.
   */
  parseRequest(method: string, path: string, settings: RepositorySettings): GatewayRequest
  /** Media types in which a document exists, best first; the first is also the answer to `*` `/*` and to no match. */
  mediaTypes(document: string): readonly string[]
  /** Other spellings of a media type that a client may ask for, and the type they mean (PEP 691: `latest` for `v1`). */
  readonly mediaTypeAliases?: Readonly<Record<string, string>>
  /**
   * Optional: whether a set, as it was loaded, is enough to render this document. When not, the door loads the set again with
   * `LoadContext.document`, although it is fresh: documents that few clients ask for are not fetched for everybody.
   */
  holds?(index: IndexSet, document: string): boolean
  /** Fetched and verified. Undefined when the upstream does not have it. */
  loadIndex(key: string, context: LoadContext): Promise<IndexSet | undefined>
  /**
   * Runs off the event loop. What is iterated more than once makes its claims anew each time: a whole archive's are never held
   * together.
   */
  readClaims(
    index: IndexSet,
    context: ReadContext,
  ): AsyncIterable<ArtifactClaim> | Promise<Iterable<ArtifactClaim>>
  /** Runs off the event loop. */
  renderIndex(index: IndexSet, context: RenderContext): Promise<Rendered>
  /**
   * Repository scope only, instead of renderIndex: the whole signed set. Runs off the event loop, and reads its result back
   * (parses, verifies the signature) before it returns: what does not verify is never switched to. Throws SIGNING_FAILED.
   */
  renderGeneration?(index: IndexSet, context: GenerationContext): Promise<RenderedGeneration>
  /** Repository scope only: every index set that a repository can have, so that signed documents are renewed without requests. */
  indexKeys?(settings: RepositorySettings): readonly string[]
  /**
   * Optional: the signed documents of an older generation with dates of now, for formats whose documents expire. Returns only what
   * differs; the rest stays. Runs off the event loop. Throws SIGNING_FAILED.
   */
  renewGeneration?(
    documents: readonly GenerationDocument[],
    context: RenewContext,
  ): Promise<Pick<RenderedGeneration, 'documents' | 'validUntil'>>
  /** Optional: what the documents of a generation list; the same package may come more than once. */
  listGeneration?(
    documents: readonly GenerationDocument[],
    context: ReadContext,
  ): AsyncIterable<ListedPackage>
  /** Repository scope only: a signed document and its detached signature, which clients ask apart and need from one generation. */
  detachedSignature?(document: string): DetachedSignature | undefined
  answerSide(
    name: string,
    parameters: Readonly<Record<string, string>>,
    context: SideContext,
  ): Promise<SideAnswer>
  /**
   * Optional: what the index says about one artifact beyond digests, checked when its bytes are there: registry
   * signatures, attestations. Findings join the evidence; throws only for a failure, which holds the artifact.
   */
  examineClaim?(
    claim: ArtifactClaim,
    index: IndexSet | undefined,
    context: ReadContext & {
      readonly digests: Digests
      readonly fetch: FetchDocument
      /** Local file of the artifact's bytes. */
      readonly location: string
    },
  ): Promise<readonly Finding[]>
  /**
   * Optional: where the first upstream keeps an artifact by its protocol's own convention, so that its bytes may be under way while
   * its index is still being read. They count only when the claim names this very address.
   */
  conventionalUrl?(path: string, settings: RepositorySettings): string | undefined
  /** Optional: a refusal that other artifacts of the same index set bring on one that would be approved by itself. */
  readonly siblingRule?: SiblingRule
  compareVersions(a: string, b: string): number
  /** Whether the text is a version of this ecosystem, so that it has a place in the order. */
  isVersion(text: string): boolean
}

/** One artifact beside another in the same index set, with what is known of it. */
export interface Sibling {
  readonly claim: ArtifactClaim
  readonly shown: Shown
}

/** Pure. PyPI: an sdist whose wheels are refused, for installers fall back to it and run its build code. */
export interface SiblingRule {
  /** Cheap: whether the rule can say anything about this claim at all. */
  concerns(claim: ArtifactClaim): boolean
  /** `decided`: only siblings that have a verdict are asked for; a whole archive would be too many. */
  readonly among?: 'all' | 'decided'
  /** `siblings` may be the whole index set; unexamined ones are as the index shows them. */
  refuse(claim: ArtifactClaim, siblings: Iterable<Sibling>): Verdict | undefined
}
