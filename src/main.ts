// The command line: arguments, streams and signals of this process to one command and its exit code.
import { enableCompileCache } from 'node:module'
import process from 'node:process'
import { codeCacheFolder } from './config/code-cache.ts'
import { ownUser, readEnvironment } from './config/environment.ts'

const codeCache = codeCacheFolder(readEnvironment(), ownUser())
if (codeCache !== undefined) enableCompileCache(codeCache)
// Read after that, with all that it imports: half of the time of a short command is for compiling.
const { runCommandLine } = await import('./commands/run.ts')

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
