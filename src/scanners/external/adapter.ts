// The contract of an adapter to another tool. It runs beside the gateway, never inside the examiner, and fails closed.
import type { Finding, Layer } from '../../model/finding.ts'
import type { PackageFormat } from '../../model/package-contents.ts'
import type { CopyPiece, ExamineJob } from '../examination.ts'

export interface ExternalScanner {
  /** `clamav`, `trivy`, ... as in the configuration. */
  readonly id: string
  /** Raise it and what it produced is scanned again. */
  readonly version: number
  readonly layer: Layer
  readonly formats: readonly PackageFormat[]
  /** Whether it wants copies of the unpacked files, or only the artifact itself. */
  readonly wantsCopies: boolean
  start(job: ExamineJob, signal: AbortSignal): ExternalRun
  /** What `doctor` prints. Throws GatewayError when the tool cannot be used. */
  check(signal: AbortSignal): Promise<ToolState>
}

/** One artifact under examination by one tool. */
export interface ExternalRun {
  /** Pieces of unpacked files in order. */
  copy?(piece: CopyPiece): Promise<void>
  /**
   * The tool's findings, once all copies are in. Throws for everything that is not the tool's own clear word: missing,
   * timed out, ended badly, empty, unparseable, or an error inside its answer.
   */
  finish(): Promise<readonly Finding[] | NothingToDo>
  /** Ends it early and removes what it left; after `finish` it does nothing. */
  abandon(): Promise<void>
}

/** There is nothing in this artifact that the tool could look at: a skip with its reason, not a pass. */
export interface NothingToDo {
  readonly skipped: string
}

export interface ToolState {
  readonly version: string
  /** Where it was found: a path or an address. */
  readonly place: string
  /** ISO 8601; of its signatures or database, when it tells. */
  readonly dataFrom?: string
  readonly note?: string
}

export type ToolMode = 'off' | 'optional' | 'required'

export interface ConfiguredTool {
  readonly scanner: ExternalScanner
  readonly mode: ToolMode
  /** Used only where one of these did not do its work; when it does, their failure holds nothing any more. */
  readonly fallbackFor?: readonly string[]
}
