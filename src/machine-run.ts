// What `doctor` asks of this machine: versions of programs, and what an examiner would be kept from.
import { tmpdir } from 'node:os'
import { runProgram } from './scanners/external/program.ts'

export { isolationOf } from './scanners/pool.ts'

const VERSION_TIMEOUT_MS = 8000

/** First line that a tool says of its version; undefined when it does not start or says nothing. */
export async function programVersion(program: string): Promise<string | undefined> {
  const signal = new AbortController().signal
  try {
    const call = { program, args: ['--version'], cwd: tmpdir(), timeoutMs: VERSION_TIMEOUT_MS, signal }
    const { stdout, stderr } = await runProgram(call)
    return `${stdout}\n${stderr}`.trim().split('\n')[0]
  } catch {
    return undefined
  }
}
