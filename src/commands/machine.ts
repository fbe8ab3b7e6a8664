// The machine a command runs on, as configuration discovery sees it.
import { homedir } from 'node:os'
import { execa } from 'execa'
import type { Config } from '../config/config.ts'
import type { Machine } from '../config/discovered.ts'
import { loadConfig } from '../config/load.ts'
import type { CommandIo } from './command.ts'

const ASK_MS = 10_000

/** Programs are asked without a shell, and what they do not say in time they do not say. */
export function machineOf({ env, cwd }: CommandIo): Omit<Machine, 'isOwn'> {
  return {
    environment: env,
    root: '/',
    home: env['HOME'] ?? homedir(),
    cwd,
    async run(program, args) {
      const { failed, stdout } = await execa(program, args, {
        reject: false,
        timeout: ASK_MS,
        stdin: 'ignore',
        cwd,
        env,
      })
      return failed || stdout.trim() === '' ? undefined : stdout.trim()
    },
  }
}

/** The configuration of this run. Throws CONFIG_INVALID. */
export function configOf(file: string | undefined, io: CommandIo): Promise<Config> {
  return loadConfig(file, machineOf(io))
}
