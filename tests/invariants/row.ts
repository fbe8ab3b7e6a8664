// What one ecosystem brings to the invariant tables.
import type { Loopback } from '../support/loopback-upstream.ts'

/** One upstream with one honest and one malicious artifact, and the repository that is mounted on it. */
export interface Cell {
  readonly upstream: Loopback
  /** An entry of `repositories` in the configuration. */
  readonly repository: Readonly<Record<string, unknown>>
  /** Path at the gateway of a document that lists the artifact. */
  readonly index: string
  /** Path at the gateway of the honest artifact. */
  readonly artifact: string
  /** What the honest artifact is, byte for byte. */
  readonly bytes: Buffer
  /** Path at the gateway of an artifact that every shipped policy blocks. */
  readonly malicious: string
  /** Upstream paths of the index documents, and of the honest artifact. */
  readonly upstreamIndex: RegExp
  readonly upstreamArtifact: RegExp
  /** Makes the upstream's index differ from what it was, so that a refresh has something to read. */
  changeIndex(): Promise<void>
}

export interface BadRequest {
  readonly what: string
  readonly method?: string
  readonly path: string
  readonly status: number
}

export interface DoorRow {
  readonly type: string
  /** `name` is the repository's name, and its mount. */
  makeCell(name: string): Promise<Cell>
  /** Paths and methods that this protocol does not have; `mount` begins and ends with a slash. */
  badRequests(mount: string): readonly BadRequest[]
  /**
   * Whether an index document offers a file; that it names the file, unless the protocol has a word for "not this one". `read` asks the
   * gateway for another document that this one names, relative to the repository.
   */
  lists?(
    document: string,
    fileName: string,
    read: (path: string) => Promise<Buffer>,
  ): boolean | Promise<boolean>
}
