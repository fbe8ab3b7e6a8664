// The machine a command runs on, as configuration discovery sees it.
import type { Config } from '../config/config.ts'
import { loadConfig } from '../config/load.ts'
import { type MachineFacts, thisMachine } from '../config/machine.ts'
import type { CommandIo } from './command.ts'

export function machineOf({ env, cwd }: CommandIo): MachineFacts {
  return thisMachine(env, cwd)
}

/** The configuration of this run. Throws CONFIG_INVALID. */
export function configOf(
  file: string | undefined,
  io: CommandIo,
  options: { readonly discover?: boolean } = {},
): Promise<Config> {
  return loadConfig(file, machineOf(io), options)
}
