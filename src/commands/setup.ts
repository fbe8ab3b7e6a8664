// Points a package client at the gateway (placeholder until the clients are written).
import { type Command, EXIT_DONE } from './command.ts'

export const setup: Command = {
  name: 'setup',
  summary: 'print or write the settings that point a package client at the gateway',
  usage: 'usage: sallyport setup CLIENT\n',
  run: async () => EXIT_DONE,
}
