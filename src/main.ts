// The command line: arguments, streams and signals of this process to one command and its exit code.
import process from 'node:process'
import { runCommandLine } from './commands/run.ts'
import { readEnvironment } from './config/environment.ts'

const ending = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  // A second signal finds no handler and ends the process at once.
  process.once(signal, () => ending.abort(signal))
}

// A reader that closes the pipe early (`| head`) has all it wants.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
})

process.exitCode = await runCommandLine(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  env: readEnvironment(),
  cwd: process.cwd(),
  isTTY: process.stderr.isTTY === true,
  signal: ending.signal,
})
