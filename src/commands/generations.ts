// `generations` and `diff`: the kept generations of a signed repository, and what changed between two.
import { diffGenerations, keptGenerations, type PackageChange } from '../generation-run.ts'
import { GatewayError } from '../model/errors.ts'
import type { Generation } from '../storage/ledger.ts'
import { CONFIG_OPTION, parseArguments, usageOf } from './arguments.ts'
import { type Command, EXIT_DONE, EXIT_NO } from './command.ts'
import { configOf } from './machine.ts'
import { columns } from './table.ts'

const OPTIONS = {
  config: CONFIG_OPTION,
  json: { type: 'boolean', help: 'JSON on standard output, nothing else' },
} as const

export const generations: Command = {
  name: 'generations',
  summary: 'list the kept generations of a signed repository',
  usage: usageOf({
    name: 'generations',
    operands: 'REPOSITORY',
    about: 'Lists what /REPOSITORY@TIME/ can serve, newest first.',
    options: OPTIONS,
    examples: ['sallyport generations debian'],
  }),
  async run(args, io) {
    const { values, positionals } = parseArguments(args, OPTIONS, { min: 1, max: 1 })
    const kept = await keptGenerations(await configOf(values.config, io), positionals[0] ?? '')
    if (values.json) io.stdout.write(`${JSON.stringify(kept, undefined, 2)}\n`)
    else io.stdout.write(columns(kept.map(rowOf)))
    return kept.length > 0 ? EXIT_DONE : EXIT_NO
  },
}

function rowOf({ key, number, createdAt, validUntil, documents }: Generation): string[] {
  const stamp = createdAt.slice(0, 19).replace(/[-:]/g, '')
  return [
    key,
    String(number),
    `@${stamp}Z`,
    validUntil === undefined ? 'does not expire' : `valid until ${validUntil.slice(0, 19)}Z`,
    `${Object.keys(documents).length} documents`,
  ]
}

export const diff: Command = {
  name: 'diff',
  summary: 'tell what changed between two generations',
  usage: usageOf({
    name: 'diff',
    operands: 'REPOSITORY FROM TO',
    about:
      'Compares what two generations of one index offer, by their numbers (INDEX:NUMBER where there are several): packages added, removed, upgraded, downgraded. Exit code 1: nothing changed.',
    options: OPTIONS,
    examples: ['sallyport diff debian 12 15'],
  }),
  async run(args, io) {
    const { values, positionals } = parseArguments(args, OPTIONS, { min: 3, max: 3 })
    const [name = '', from = '', to = ''] = positionals
    const config = await configOf(values.config, io)
    const kept = await keptGenerations(config, name)
    const before = numbered(kept, from)
    const after = numbered(kept, to, before.key)
    const changes = await diffGenerations(config, name, before, after)
    if (values.json) io.stdout.write(`${JSON.stringify(changes, undefined, 2)}\n`)
    else io.stdout.write(columns(changes.map(changeRow)))
    return changes.length > 0 ? EXIT_DONE : EXIT_NO
  },
}

/** Where a repository has several indexes (apk), a number is told as `INDEX:NUMBER`, of the first one at least. */
function numbered(kept: readonly Generation[], told: string, key?: string): Generation {
  const isTold = (one: Generation) =>
    told === `${one.key}:${one.number}` ||
    (told === String(one.number) && (key === undefined || one.key === key))
  const found = kept.filter(isTold)
  const [only] = found
  if (only !== undefined && found.length === 1 && (key === undefined || only.key === key)) return only
  const known = kept.map((one) => `${one.key}:${one.number}`).join(', ') || 'none'
  const number = found.length > 1 ? `${told} of one index only` : told
  throw new GatewayError('BAD_REQUEST', `no generation ${number} is kept; there are ${known}`, {
    arguments: true,
  })
}

function changeRow({ change, name, architecture, before = '', after = '' }: PackageChange): string[] {
  return [change, `${name}:${architecture}`, [before, after].filter((one) => one !== '').join(' -> ')]
}
