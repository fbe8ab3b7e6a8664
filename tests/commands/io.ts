// A process for commands to run in: streams that are kept, a home and a working folder of its own.
import { mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CommandIo } from '../../src/commands/command.ts'
import { runCommandLine } from '../../src/commands/run.ts'

export interface Desk {
  readonly home: string
  readonly cwd: string
  /** Runs `sallyport ARGS` and gives exit code and both streams. */
  run(...args: readonly string[]): Promise<{ code: number; out: string; err: string }>
}

/** `environment` is added to one that finds no package clients, so that nothing of this machine shows through. */
export function makeDesk(environment: Readonly<Record<string, string>> = {}): Desk {
  const folder = mkdtempSync(join(tmpdir(), 'desk-'))
  const [home, cwd] = [join(folder, 'home'), join(folder, 'work')]
  for (const one of [home, cwd]) mkdirSync(one)
  return {
    home,
    cwd,
    async run(...args) {
      const written = { out: '', err: '' }
      const io: CommandIo = {
        stdout: { write: (text) => (written.out += text) },
        stderr: { write: (text) => (written.err += text) },
        env: { HOME: home, PATH: '/nonexistent', ...environment },
        cwd,
        isTTY: false,
        signal: AbortSignal.timeout(60_000),
      }
      return { code: await runCommandLine(args, io), ...written }
    },
  }
}
