// The contract of a content scanner: runs in the isolated examiner, sees PackageContents only.
import type { Finding, Layer } from '../model/finding.ts'
import type { MalwareRecord } from '../model/malware.ts'
import type { PackageContents, PackageEntry } from '../model/package-contents.ts'
import type { CodeFile } from './content/code-files.ts'

/** Data a scanner needs that is not in the artifact; loaded once per examiner and sent by the gateway, never fetched. */
export interface ScannerData {
  /** Rule packs of rules/ and of the operator, already checked. */
  readonly rules: readonly unknown[]
  /** Most downloaded names of the registries, by rank. */
  readonly popularNames?: Readonly<Partial<Record<'npm' | 'pypi', readonly string[]>>>
  /** What the malware feeds say of this artifact; matched by the gateway. */
  readonly malware?: readonly MalwareRecord[]
  /** Summary of the last approved version of the same package, for the change scanner. */
  readonly previous?: {
    readonly version: string
    readonly summary: import('../model/evidence.ts').PackageSummary
  }
}

/** Reads a file that is too large to be retained, in order, as it is unpacked. Chunks must not be kept. */
export interface LargeFileObserver {
  chunk(bytes: Uint8Array): void
  end(): Finding[]
}

/** What one scanner does on a walk through the files of a package. */
export interface FileWalk {
  /** Every file once, in the order of the package, then hook scripts that are no files. */
  file(file: CodeFile): void
  /** After the last file. */
  end(): Finding[]
}

export interface Scanner {
  readonly id: string
  /** Raise it and what it produced is scanned again. */
  readonly version: number
  readonly layer: Layer
  /** `true`, or the reason of the skip: recorded as a skip, never as a pass. */
  applies(contents: PackageContents, data: ScannerData): true | string
  scan(contents: PackageContents, data: ScannerData, signal: AbortSignal): Promise<Finding[]> | Finding[]
  /** Optional, beside `scan`: the same in one walk through the files with all other scanners that do so, each file opened once. */
  walk?(contents: PackageContents, data: ScannerData): FileWalk
  /** Optional: look into files over the retention limit while they stream by. */
  observe?(
    entry: Pick<PackageEntry, 'path' | 'sizeBytes' | 'mode' | 'member'>,
    data: ScannerData,
  ): LargeFileObserver | undefined
}
