// Tells what was found (placeholder until the clients are written).
import { type Command, EXIT_DONE } from './command.ts'

export const doctor: Command = {
  name: 'doctor',
  summary: 'tell what was found on this machine, where it came from, and what is missing',
  usage: 'usage: sallyport doctor\n',
  run: async () => EXIT_DONE,
}
