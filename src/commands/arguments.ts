// Command-line arguments: parsed strictly, and told in one shape of help.
import { type ParseArgsOptionDescriptor, parseArgs } from 'node:util'
import { GatewayError } from '../model/errors.ts'

export interface OptionHelp extends ParseArgsOptionDescriptor {
  /** What follows the option, e.g. `FILE`. */
  readonly value?: string
  readonly help: string
}

export const CONFIG_OPTION = {
  type: 'string',
  short: 'c',
  value: 'FILE',
  help: 'configuration file (default: $SALLYPORT_CONFIG, then ./sallyport.yaml, then built-in defaults)',
} as const satisfies OptionHelp

export interface UsageParts {
  readonly name: string
  /** Positional arguments as written in help, e.g. `FILE|PURL`. */
  readonly operands?: string
  readonly about: string
  readonly options: Readonly<Record<string, OptionHelp>>
  readonly examples?: readonly string[]
}

/** The text of `sallyport NAME --help`. */
export function usageOf({ name, operands, about, options, examples = [] }: UsageParts): string {
  const rows = [
    ...Object.entries(options).map(([option, help]) => [flagOf(option, help), help.help] as const),
  ]
  rows.push(['-h, --help', 'this text'])
  const width = Math.max(...rows.map(([flag]) => flag.length))
  return [
    `usage: sallyport ${name} [options]${operands === undefined ? '' : ` ${operands}`}`,
    '',
    about,
    '',
    'options:',
    ...rows.map(([flag, help]) => `  ${flag.padEnd(width)}  ${help}`),
    ...(examples.length > 0 ? ['', 'examples:', ...examples.map((example) => `  ${example}`)] : []),
    '',
  ].join('\n')
}

function flagOf(option: string, { short, type, value }: OptionHelp): string {
  const name = short === undefined ? `    --${option}` : `-${short}, --${option}`
  return type === 'string' ? `${name} ${value ?? 'VALUE'}` : name
}

/** Values and positionals. Throws BAD_REQUEST for an unknown option, a missing value, or too few or too many positionals. */
export function parseArguments<const T extends Readonly<Record<string, OptionHelp>>>(
  args: readonly string[],
  options: T,
  operands: { readonly min: number; readonly max: number } = { min: 0, max: 0 },
) {
  const parsed = parseStrictly(args, options)
  const { length } = parsed.positionals
  if (length < operands.min) throw badArguments('an argument is missing')
  if (length > operands.max)
    throw badArguments(`"${parsed.positionals[operands.max]}" is one argument too many`)
  return parsed
}

function parseStrictly<const T extends Readonly<Record<string, OptionHelp>>>(
  args: readonly string[],
  options: T,
) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true })
  } catch (error) {
    throw badArguments(error instanceof Error ? error.message : String(error))
  }
}

/** What the person at the command line got wrong; the caller adds where help is. */
export function badArguments(message: string): GatewayError {
  return new GatewayError('BAD_REQUEST', message, { arguments: true })
}
