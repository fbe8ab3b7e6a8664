// The contract of an examination: one artifact's bytes in, evidence out, from a pool of isolated processes.
import type { ArtifactClaim, Digests, PurlType } from '../model/claim.ts'
import type { Evidence } from '../model/evidence.ts'
import type { ReadLimits } from '../model/limits.ts'
import type { MalwareRecord } from '../model/malware.ts'
import type { ScannerData } from './scanner.ts'

/** Everything an examiner is told of one artifact. Plain JSON data: it crosses to another process. */
export interface ExamineJob {
  /** Local file, inside a directory that the pool may read. */
  readonly location: string
  /** The name the client asks for: it decides between formats of one ecosystem. */
  readonly fileName: string
  readonly sizeBytes: number
  /** Of the bytes, computed by the gateway; `sha256` is the artifact's identity and must be there. */
  readonly digests: Digests
  readonly type: PurlType
  /** The promise the artifact is held against; absent in `scan FILE`. */
  readonly claim?: ArtifactClaim
  /** The last approved version of the same package, for the change scanner. */
  readonly previous?: NonNullable<ScannerData['previous']>
  /** What the malware feeds say of this name, version or digest. */
  readonly malware?: readonly MalwareRecord[]
  /** Instead of DEFAULT_READ_LIMITS. */
  readonly limits?: ReadLimits
}

/** `client`: somebody waits. `background`: rescan, warm-up, strict index. */
export type ExaminePriority = 'client' | 'background'

/** A piece of a file that our reader unpacked, for tools outside the examiner. Pieces of one file follow each other. */
export interface CopyPiece {
  /** Counts files from 0; the only thing to name a copy by. */
  readonly file: number
  /** Path inside the package: text to show, never a place to write to. */
  readonly path: string
  readonly bytes: Uint8Array
  readonly last: boolean
}

/** Takes pieces in order; the examiner waits while the promise is open. A rejection ends the copying, not the examination. */
export type TakeCopy = (piece: CopyPiece) => Promise<void>

export interface PoolStats {
  readonly processes: number
  readonly busy: number
  readonly waitingClient: number
  readonly waitingBackground: number
  readonly examined: number
  /** Jobs that ended without evidence: crash, deadline, out of memory, garbage. */
  readonly failed: number
  /** Processes that were replaced after a failure. */
  readonly replaced: number
}

/** What the platform gave; `doctor` prints it. */
export interface PoolIsolation {
  /** Examiners have no network interface but an own, empty namespace. */
  readonly networkIsolated: boolean
  /** Buffers are bounded too, not only the JavaScript heap. */
  readonly addressSpaceLimited: boolean
  /** Why one of the two is missing. */
  readonly notes: readonly string[]
}

export interface ExaminerPool {
  /**
   * Throws GatewayError SCAN_INCOMPLETE when the process crashed, passed its deadline, ran out of memory or answered
   * anything but evidence (facts.cause: `crash`, `deadline`, `garbage`, `closed`), and BUSY when the queue is full.
   */
  examine(job: ExamineJob, priority: ExaminePriority, takeCopy?: TakeCopy): Promise<Evidence>
  /** Of this pool's scanners and rules: evidence with another key is to be made again. */
  readonly examinationKey: string
  readonly isolation: PoolIsolation
  stats(): PoolStats
  close(): Promise<void>
}
