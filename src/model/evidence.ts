// All findings on an artifact, with the scanners that ran, their versions and the data revisions they used.
import type { JsonObject, PurlType } from './claim.ts'
import type { Finding, Layer } from './finding.ts'

/** A skip has a reason and is never a pass; an error is never clean. */
export type ScannerStatus = 'ran' | 'skipped' | 'failed'

export interface ScannerRun {
  readonly scanner: string
  readonly version: number
  readonly layer: Layer
  readonly status: ScannerStatus
  /** Why it was skipped or how it failed. */
  readonly reason?: string
  readonly milliseconds: number
  /** A failed scanner that is required holds the artifact; an optional one is recorded as not run. */
  readonly required: boolean
}

/** What the reader learnt of the package: the summary of PackageContents that leaves the examiner. */
export interface PackageSummary {
  readonly name?: string
  readonly version?: string
  readonly licence?: string
  readonly maintainers: readonly string[]
  readonly repositoryUrl?: string
  readonly hooks: readonly string[]
  readonly nativeCode: readonly string[]
  readonly fileCount: number
  readonly unpackedBytes: number
  /** Dependencies that leave the registry: URL, git and file specifiers. */
  readonly foreignDependencies: readonly string[]
  /** Capabilities seen in code, e.g. `network`, `process`, `native`, `environment`: the input of the change scanner. */
  readonly capabilities: readonly string[]
}

export interface Evidence {
  readonly sha256: string
  readonly type: PurlType
  /** Hash over the versions of all scanners and rules that took part; another value means scan again. */
  readonly examinationKey: string
  readonly examinedAt: string
  readonly findings: readonly Finding[]
  readonly runs: readonly ScannerRun[]
  readonly summary: PackageSummary
  /** CycloneDX document, when one was made. */
  readonly sbom?: JsonObject
}
