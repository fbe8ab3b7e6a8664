// What travels between the doors and an index worker: plain data both ways.
import type { GenerationDocument, RepositorySettings } from '../ecosystems/ecosystem.ts'
import type { SignatureCheck, VerifiedText } from '../ecosystems/openpgp.ts'
import type { IndexSet, RenderedDocument } from '../model/index-set.ts'
import type { Verdict } from '../model/verdict.ts'
import type { ClaimChanges } from '../storage/ledger.ts'
import type { JudgeData } from './policy-judge.ts'

export interface IndexJob {
  readonly settings: RepositorySettings
  readonly set: IndexSet
  /** Write the set's claims into the ledger. */
  readonly ingest: boolean
  /** Render this document after that; or, for a repository that is one set, the whole generation. */
  readonly document?: string
  readonly wholeGeneration?: boolean
  /** Sign the documents of an older generation anew, with dates of now. */
  readonly renew?: readonly GenerationDocument[]
  /** Jobs with the same word prefer the same thread, which remembers what it read. */
  readonly affinity?: string
  readonly judge: JudgeData
  /** ISO 8601. */
  readonly now: string
  readonly generation: number
}

/** Asked beside jobs: a signature on the way in. */
export interface CheckJob {
  readonly check: SignatureCheck
  readonly affinity?: never
}

/** A rendered document with its validators, ready to leave. */
export interface PreparedDocument extends RenderedDocument {
  /** Strong, quoted: hash of the identity bytes. */
  readonly etag: string
  /** Strong, quoted, of the gzip representation. */
  readonly gzipEtag?: string
}

export interface Withheld {
  readonly path: string
  readonly name: string
  readonly version: string
  readonly verdict: Verdict
}

export interface PreparedIndex {
  readonly documents: readonly PreparedDocument[]
  readonly refused?: Verdict
  readonly withheld: readonly Withheld[]
  /** Milliseconds since the epoch at which time alone may change the answer (a cooldown ends); Infinity when never. */
  readonly validUntil: number
}

export interface IndexResult {
  readonly changes?: ClaimChanges
  readonly rendered?: PreparedIndex
  readonly generation?: PreparedGeneration
  readonly checked?: VerifiedText
}

export interface PreparedGeneration {
  readonly documents: readonly GenerationDocument[]
  /** How many claims are left out. They are tens of thousands in a strict archive, and stay in the worker. */
  readonly withheldCount: number
  /** Digest over the paths that are left out. */
  readonly withheldKey: string
  /** Some of the paths that a strict index could not show yet. */
  readonly unexamined: readonly string[]
  /** Milliseconds since the epoch at which the signatures stop being good; Infinity when never. */
  readonly validUntil: number
  /** Milliseconds since the epoch at which time alone may change what is shown; Infinity when never. */
  readonly reconsiderAt: number
}

/** What a worker needs to open its own connections. */
export interface IndexWorkerData {
  readonly ledgerUrl: string
  readonly blobsUrl: string
  /** Where pieces of lists lie, see `Pieces`. Absent: none are kept. */
  readonly piecesDirectory?: string
  /** Directory of signing keys; absent when no repository signs. */
  readonly keysDirectory?: string
  /** Of an operator's own protected key. */
  readonly passphrase?: string
}

export interface IndexReply {
  readonly id: number
  readonly result?: IndexResult
  readonly error?: {
    readonly code: string
    readonly message: string
    readonly facts: Record<string, unknown>
  }
}
