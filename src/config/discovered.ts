// What discovery hands back: repositories this machine's own clients use, and notes for `doctor`.
import type { Note, RepositoryConfig } from './config.ts'
import type { Environment } from './environment.ts'

/** What discovery may look at; given, so that tests stand a machine up in a folder. */
export interface Machine {
  readonly environment: Environment
  /** Root of the file system that is looked at: `/`. */
  readonly root: string
  readonly home: string
  readonly cwd: string
  /** Output of a program, trimmed; undefined when it is not there, fails, or says nothing. */
  readonly run: (program: string, args: readonly string[]) => Promise<string | undefined>
  /** Whether a URL is the gateway itself: after `setup --write` the clients point at us, and we must not ask ourselves. */
  readonly isOwn: (url: string) => boolean
}

export interface Discovery {
  readonly repositories: readonly RepositoryConfig[]
  readonly notes: readonly Note[]
}
