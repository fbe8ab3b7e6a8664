// The contract of a command: one verb, one file, one entry in all.ts.
import type { Environment } from '../config/environment.ts'

/** Everything a command may touch of the process that runs it. */
export interface CommandIo {
  readonly stdout: Output
  readonly stderr: Output
  readonly env: Environment
  readonly cwd: string
  /** Whether standard error is a terminal: progress is shown only then. */
  readonly isTTY: boolean
  /** Aborted when the process is asked to end; a long-running command finishes and returns. */
  readonly signal: AbortSignal
}

export interface Output {
  write(text: string): unknown
}

export interface Command {
  readonly name: string
  /** One line for `sallyport --help`. */
  readonly summary: string
  /** Whole text of `sallyport NAME --help`. */
  readonly usage: string
  /** Exit code: 0 yes or done, 1 no (not approved, something is missing), 2 could not tell (bad arguments, a failure). */
  run(args: readonly string[], io: CommandIo): Promise<number>
}

/** What help tells of a command without reading its code: a call of one should not pay for the modules of all. */
export interface CommandEntry extends Pick<Command, 'name' | 'summary'> {
  load(): Promise<Command>
}

export const EXIT_DONE = 0
export const EXIT_NO = 1
export const EXIT_FAILED = 2
