// Every command, in the order in which help tells them.
import type { Command } from './command.ts'
import { doctor } from './doctor.ts'
import { setup } from './setup.ts'

export const allCommands: readonly Command[] = [setup, doctor]
