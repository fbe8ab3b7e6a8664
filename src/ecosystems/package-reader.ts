// The contract of a package reader: bytes on disk in, PackageContents out. Runs in the isolated examiner.
import type { ArtifactClaim, Digests } from '../model/claim.ts'
import type { Finding } from '../model/finding.ts'
import type { ReadLimits } from '../model/limits.ts'
import type { PackageContents, PackageEntry, PackageFormat } from '../model/package-contents.ts'

export interface PackageFile {
  /** Where the bytes lie; opened read-only. */
  readonly location: string
  /** The name the client asks for: it decides between formats of one ecosystem (wheel or sdist). */
  readonly fileName: string
  readonly sizeBytes: number
  readonly digests: Digests
  readonly claim?: ArtifactClaim
}

/** Shown every file over the retention limit, chunk by chunk; findings it returns join the reader's own. */
export type ObserveLargeFile = (entry: Pick<PackageEntry, 'path' | 'sizeBytes' | 'mode' | 'member'>) => {
  chunk(bytes: Uint8Array): void
  end(): Finding[]
}

export interface ReadOptions {
  readonly limits: ReadLimits
  readonly observe: ObserveLargeFile
  readonly signal: AbortSignal
}

export interface PackageReader {
  readonly formats: readonly PackageFormat[]
  /** Whether a file of this name is one of ours. */
  accepts(fileName: string): boolean
  /**
   * Reads the whole artifact. Hazards that a client might see otherwise than we do become `readerFindings` (layer
   * integrity, severity high or critical). Throws PACKAGE_INVALID when no contents can be made at all, TOO_LARGE when
   * a limit breaks; the gate turns both into a blocked verdict with that reason.
   */
  readPackage(file: PackageFile, options: ReadOptions): Promise<PackageContents>
}
