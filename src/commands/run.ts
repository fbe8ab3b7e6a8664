// From an argument list to one command and its exit code.
import { asGatewayError } from '../model/errors.ts'
import { allCommands } from './all.ts'
import { type Command, type CommandEntry, type CommandIo, EXIT_DONE, EXIT_FAILED } from './command.ts'
import { version } from './version.ts'

/** Runs the named command. Never throws: a failure is told on standard error, and is exit code 2. */
export async function runCommandLine(
  args: readonly string[],
  io: CommandIo,
  commands: readonly CommandEntry[] = allCommands,
): Promise<number> {
  const [name, ...rest] = args
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    return help(rest[0], io, commands, name === undefined ? EXIT_FAILED : EXIT_DONE)
  }
  if (name === '--version' || name === '-V' || name === 'version') {
    io.stdout.write(`sallyport ${version()}\n`)
    return EXIT_DONE
  }
  const command = commands.find((one) => one.name === name)
  if (command === undefined) {
    io.stderr.write(`sallyport: unknown command "${name}"\n\n${overview(commands)}`)
    return EXIT_FAILED
  }
  return runOne(await command.load(), rest, io)
}

async function runOne(command: Command, args: readonly string[], io: CommandIo): Promise<number> {
  const end = args.indexOf('--')
  if ((end === -1 ? args : args.slice(0, end)).some((arg) => arg === '--help' || arg === '-h')) {
    io.stdout.write(command.usage)
    return EXIT_DONE
  }
  try {
    return await command.run(args, io)
  } catch (thrown) {
    const error = asGatewayError(thrown)
    const hint = error.facts['arguments'] === true ? `\ntry: sallyport ${command.name} --help` : ''
    io.stderr.write(`sallyport ${command.name}: ${error.message}${hint}\n`)
    // A failure that is not ours has its place in the code as the only clue.
    if (error.code === 'INTERNAL' && error.cause instanceof Error) io.stderr.write(`${error.cause.stack}\n`)
    return EXIT_FAILED
  }
}

async function help(
  topic: string | undefined,
  io: CommandIo,
  commands: readonly CommandEntry[],
  exitCode: number,
): Promise<number> {
  const command = commands.find(({ name }) => name === topic)
  const output = exitCode === EXIT_DONE ? io.stdout : io.stderr
  output.write(command === undefined ? overview(commands) : (await command.load()).usage)
  return exitCode
}

function overview(commands: readonly CommandEntry[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length))
  return [
    'usage: sallyport COMMAND [options]',
    '',
    'A pull-through package gateway: examines every artifact at its first fetch, serves only what it approved.',
    '',
    'commands:',
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    'sallyport COMMAND --help tells the options of one.',
    'exit codes: 0 yes or done; 1 no; 2 could not tell.',
    '',
  ].join('\n')
}
