// `verdicts` and `explain`: what the ledger knows, without a running gateway.

import { GatewayError } from '../model/errors.ts'
import { parsePurl } from '../model/purl.ts'
import { openLedger } from '../storage/all.ts'
import type { Ledger, VerdictEntry } from '../storage/ledger.ts'
import { CONFIG_OPTION, parseArguments, usageOf } from './arguments.ts'
import { type Command, type CommandIo, EXIT_DONE, EXIT_NO } from './command.ts'
import { configOf } from './machine.ts'
import { columns } from './table.ts'

const OPTIONS = {
  config: CONFIG_OPTION,
  json: { type: 'boolean', help: 'JSON on standard output, nothing else' },
  outcome: { type: 'string', value: 'OUTCOME', help: 'only approved, held or blocked' },
  limit: { type: 'string', value: 'N', help: 'at most so many, newest first (default 100)' },
} as const

export const verdicts: Command = {
  name: 'verdicts',
  summary: 'list verdicts, newest first',
  usage: usageOf({
    name: 'verdicts',
    operands: '[PURL]',
    about: 'Lists what was decided, newest first; of one package or version when a package URL is given.',
    options: OPTIONS,
    examples: [
      'sallyport verdicts',
      'sallyport verdicts pkg:npm/express',
      'sallyport verdicts --outcome blocked --json',
    ],
  }),
  async run(args, io) {
    const { values, positionals } = parseArguments(args, OPTIONS, { min: 0, max: 1 })
    const [purl] = positionals
    const { type, name, version } = purl === undefined ? {} : parsePurl(purl)
    const entries = await withLedger(values.config, io, (ledger) =>
      ledger.verdicts({
        ...(type === undefined ? {} : { type }),
        ...(name === undefined ? {} : { name }),
        ...(version === undefined ? {} : { version }),
        ...(values.outcome === undefined ? {} : { outcome: outcomeOf(values.outcome) }),
        limit: limitOf(values.limit),
      }),
    )
    if (values.json) io.stdout.write(`${JSON.stringify(entries, undefined, 2)}\n`)
    else io.stdout.write(columns(entries.map(rowOf)))
    return entries.length > 0 ? EXIT_DONE : EXIT_NO
  },
}

function outcomeOf(text: string): string {
  if (['approved', 'held', 'blocked'].includes(text)) return text
  throw new GatewayError('BAD_REQUEST', `--outcome ${text}: allowed are approved, held, blocked`, {
    arguments: true,
  })
}

function limitOf(text: string | undefined): number {
  const limit = Number(text ?? 100)
  if (Number.isInteger(limit) && limit > 0) return limit
  throw new GatewayError('BAD_REQUEST', `--limit ${text}: a whole number above 0`, { arguments: true })
}

function rowOf({ decidedAt, outcome, repository, name, version, reasons }: VerdictEntry): string[] {
  return [decidedAt.slice(0, 19), outcome, repository, `${name}@${version}`, reasons[0]?.text ?? '']
}

/** Opens the configured ledger, and closes it whatever happens. */
export async function withLedger<T>(
  configFile: string | undefined,
  io: CommandIo,
  use: (ledger: Ledger) => Promise<T>,
): Promise<T> {
  const config = await configOf(configFile, io)
  const ledger = await openLedger(config.ledger.reveal())
  try {
    return await use(ledger)
  } finally {
    await ledger.close()
  }
}
