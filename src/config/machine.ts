// The machine as discovery sees it: environment, files and programs, given so that tests stand one up in a folder.
import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { arch, homedir } from 'node:os'
import { join } from 'node:path'
import type { Note, RepositoryConfig } from './config.ts'
import type { Environment } from './environment.ts'

export interface Machine {
  readonly environment: Environment
  /** Root of the file system that is looked at: `/`. */
  readonly root: string
  readonly home: string
  readonly cwd: string
  /** `x64`, `arm64`, ... as Node spells it. */
  readonly architecture: string
  /** Output of a program, trimmed; undefined when it is not there, fails, or says nothing. */
  readonly run: (program: string, args: readonly string[]) => Promise<string | undefined>
  /** Whether a URL is the gateway itself: after `setup --write` the clients point at us, and we must not ask ourselves. */
  readonly isOwn: (url: string) => boolean
}

/** Everything but what only a configuration knows. */
export type MachineFacts = Omit<Machine, 'isOwn'>

/** What discovery hands back: repositories this machine's own clients use, and notes for `doctor`. */
export interface Discovery {
  readonly repositories: readonly RepositoryConfig[]
  readonly notes: readonly Note[]
}

/** `setup --write` keeps what a file said before under this name beside it. */
export const BACKUP_SUFFIX = '.before-sallyport'
/** Content of a backup when there was no file. No settings file begins like this. */
export const NO_FILE = '\0no file\n'

const RUN_TIMEOUT_MS = 15_000

/** This machine. */
export function thisMachine(environment: Environment, cwd: string): MachineFacts {
  const home = environment['HOME'] ?? homedir()
  return {
    environment,
    root: '/',
    home,
    cwd,
    architecture: arch(),
    run: (program, args) => run(program, args, { PATH: environment['PATH'], HOME: home, LC_ALL: 'C' }),
  }
}

// With a clean environment, so that no variable that points at the gateway answers in place of the client's own setting.
function run(program: string, args: readonly string[], env: Environment): Promise<string | undefined> {
  return new Promise((resolve) => {
    const options = { env: { ...env }, cwd: '/', timeout: RUN_TIMEOUT_MS, maxBuffer: 1024 * 1024 }
    execFile(program, [...args], options, (error, stdout) => {
      const text = stdout.toString().trim()
      resolve(error !== null || text === '' ? undefined : text)
    })
  })
}

/** A client's settings file as it was before Sallyport changed it; undefined when it is not there or not readable. */
export function readSettings(path: string): string | undefined {
  const text = readText(hasBackup(path) ? `${path}${BACKUP_SUFFIX}` : path)
  return text === NO_FILE ? undefined : text
}

/** Whether `setup --write` changed the file. */
export function hasBackup(path: string): boolean {
  return existsSync(`${path}${BACKUP_SUFFIX}`)
}

export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

/** Paths of the files of a folder that end so, sorted; none when there is no such folder. */
export function listFiles(folder: string, ...endings: readonly string[]): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => endings.some((ending) => name.endsWith(ending)))
      .toSorted()
      .map((name) => join(folder, name))
  } catch {
    return []
  }
}
