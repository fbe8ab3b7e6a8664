// Runs another program without a shell, without our environment, away from the artifact, within limits of time and output.
import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { kill } from 'node:process'
import { GatewayError } from '../../model/errors.ts'

export interface ProgramCall {
  /** Absolute path. */
  readonly program: string
  readonly args: readonly string[]
  /** Absolute, and never inside what came out of an artifact. */
  readonly cwd: string
  /** Beside PATH, HOME, LANG and TMPDIR; nothing of our own environment is passed on. */
  readonly env?: Readonly<Record<string, string>>
  readonly timeoutMs: number
  readonly maxOutputBytes?: number
  readonly signal: AbortSignal
}

export interface ProgramResult {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

const MAX_OUTPUT = 64 * 1024 * 1024
const SYSTEM_PATH = '/usr/local/bin:/usr/bin:/bin'

/** Throws SCAN_INCOMPLETE when it is missing, is ended by a signal or the time limit, or says more than it may. Exit codes are the caller's. */
export async function runProgram(call: ProgramCall): Promise<ProgramResult> {
  const { program, args, cwd, env, timeoutMs, signal } = call
  if (!program.startsWith('/')) throw failed(program, 'is not an absolute path')
  // A hundred modules, for those alone who run a tool.
  const { execa } = await import('execa')
  const running = execa(program, args, {
    cwd,
    env: { PATH: SYSTEM_PATH, HOME: cwd, TMPDIR: cwd, LANG: 'C.UTF-8', ...env },
    extendEnv: false,
    shell: false,
    stdin: 'ignore',
    maxBuffer: call.maxOutputBytes ?? MAX_OUTPUT,
    killSignal: 'SIGKILL',
    reject: false,
    stripFinalNewline: false,
    // A group of its own: a tool's children would outlive it and keep its output open.
    detached: true,
  })
  const end = endOf(running.pid, timeoutMs, signal)
  const result = await running
  end.clear()
  if (end.why !== undefined) throw failed(program, end.why)
  if (result.isMaxBuffer) throw failed(program, 'said more than it may')
  if (result.exitCode === undefined) throw failed(program, result.shortMessage ?? 'could not be run')
  return { exitCode: result.exitCode, stdout: result.stdout, stderr: result.stderr }
}

/** Ends the whole group of a program that is late or no longer wanted, and remembers why. */
function endOf(pid: number | undefined, timeoutMs: number, signal: AbortSignal) {
  const end: { why?: string; clear(): void } = { clear }
  const timer = setTimeout(() => stop(`was not done after ${timeoutMs} ms`), timeoutMs)
  const onAbort = () => stop('was not waited for any longer')
  if (signal.aborted) onAbort()
  signal.addEventListener('abort', onAbort, { once: true })

  function stop(why: string): void {
    end.why ??= why
    killGroup(pid)
  }
  /** Also what an orderly end left running. */
  function clear(): void {
    clearTimeout(timer)
    signal.removeEventListener('abort', onAbort)
    killGroup(pid)
  }
  return end
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    kill(-pid, 'SIGKILL')
  } catch {
    // The group is gone: what was wanted.
  }
}

/** The first of these names in these directories that can be run. */
export async function findProgram(
  names: readonly string[],
  directories: readonly string[] = ['/usr/local/bin', '/usr/bin', '/bin', '/opt/sallyport/tools/bin'],
): Promise<string | undefined> {
  for (const name of names)
    for (const directory of directories)
      if (await isExecutable(`${directory}/${name}`)) return `${directory}/${name}`
  return undefined
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function failed(program: string, why: string): GatewayError {
  return new GatewayError('SCAN_INCOMPLETE', `${program} ${why}`.slice(0, 500), { tool: program })
}
