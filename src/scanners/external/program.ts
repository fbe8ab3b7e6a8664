// Runs another program without a shell, without our environment, away from the artifact, within limits of time and output.
import { constants } from 'node:fs'
import { access } from 'node:fs/promises'
import { execa } from 'execa'
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
  const result = await execa(program, args, {
    cwd,
    env: { PATH: SYSTEM_PATH, HOME: cwd, TMPDIR: cwd, LANG: 'C.UTF-8', ...env },
    extendEnv: false,
    shell: false,
    stdin: 'ignore',
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
    maxBuffer: call.maxOutputBytes ?? MAX_OUTPUT,
    cancelSignal: signal,
    reject: false,
    stripFinalNewline: false,
  })
  if (result.timedOut) throw failed(program, `was not done after ${timeoutMs} ms`)
  if (result.isCanceled) throw failed(program, 'was not waited for any longer')
  if (result.isMaxBuffer) throw failed(program, 'said more than it may')
  if (result.exitCode === undefined) throw failed(program, result.shortMessage ?? 'could not be run')
  return { exitCode: result.exitCode, stdout: result.stdout, stderr: result.stderr }
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
