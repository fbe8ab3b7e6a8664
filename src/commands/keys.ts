// `keys`: the pairs that sign APT, YUM and APK indexes: shown, exported, rotated with overlap.
import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { ensureKeys, retireKeys, rotateKeys } from '../signing/key-directory.ts'
import { armorTogether, type PublicKeyPair, readPublicKeys } from '../signing/public-keys.ts'
import { badArguments, CONFIG_OPTION, parseArguments, usageOf } from './arguments.ts'
import { actorOf, DRY_RUN_OPTION, JSON_OPTION, withAuditedLedger } from './audited.ts'
import { type Command, type CommandIo, EXIT_DONE, EXIT_NO } from './command.ts'
import { configOf } from './machine.ts'
import { columns } from './table.ts'

const OPTIONS = {
  config: CONFIG_OPTION,
  json: JSON_OPTION,
  'dry-run': DRY_RUN_OPTION,
  format: {
    type: 'string',
    value: 'FORMAT',
    help: 'of export: asc (armoured OpenPGP, the default), gpg (binary), rsa (PEM, for apk)',
  },
  output: { type: 'string', short: 'o', value: 'FILE', help: 'of export: where to write; needed for gpg' },
} as const

export const keys: Command = {
  name: 'keys',
  summary: 'show, export or rotate the keys that sign indexes',
  usage: usageOf({
    name: 'keys',
    operands: '[show|export|rotate|retire]',
    about: [
      'show    lists the pairs: the current one, and those that still sign along',
      'export  writes the public keys; private ones never leave their folder',
      'rotate  makes a new pair; the former one signs along, so that no client is interrupted',
      'retire  removes the former pairs, once every client has taken the current one',
      '',
      'A running gateway follows within seconds.',
    ].join('\n'),
    options: OPTIONS,
    examples: [
      'sallyport keys',
      'sallyport keys export -o /etc/apt/keyrings/sallyport.asc',
      'sallyport keys rotate',
    ],
  }),
  async run(args, io) {
    const { values, positionals } = parseArguments(args, OPTIONS, { min: 0, max: 1 })
    const { signing } = await configOf(values.config, io)
    const { directory, identity } = signing
    const how = { json: values.json ?? false, dryRun: values['dry-run'] ?? false }
    const pairs = () => readPublicKeys(directory)
    switch (positionals[0] ?? 'show') {
      case 'show':
        return show(await pairs(), how, io)
      case 'export':
        return exportKeys(await pairs(), values.format ?? 'asc', values.output, io)
      case 'rotate':
        if (how.dryRun) return show(await pairs().catch(() => []), how, io, 'a new pair would come before')
        if (await ensureKeys(directory, identity)) return show(await pairs(), how, io)
        await rotateKeys(directory, identity, new Date())
        await recordKeys('keys-rotated', await pairs(), values.config, io)
        return show(await pairs(), how, io)
      case 'retire': {
        const former = (await pairs()).length - 1
        if (how.dryRun) return toldRetired(former, how, io)
        const removed = await retireKeys(directory)
        if (removed > 0) await recordKeys('keys-retired', await pairs(), values.config, io)
        return toldRetired(removed, how, io)
      }
      default:
        throw badArguments(`"${positionals[0]}": allowed are show, export, rotate, retire`)
    }
  },
}

/** Which keys sign from now on. */
function recordKeys(
  action: string,
  pairs: readonly PublicKeyPair[],
  configFile: string | undefined,
  io: CommandIo,
): Promise<unknown> {
  const details = { fingerprints: pairs.map(({ fingerprint }) => fingerprint) }
  return withAuditedLedger(configFile, io, ({ audit }) =>
    audit.append([
      { at: new Date().toISOString(), actor: actorOf(io), action, subject: 'signing keys', details },
    ]),
  )
}

interface How {
  readonly json: boolean
  readonly dryRun: boolean
}

function show(pairs: readonly PublicKeyPair[], { json }: How, { stdout }: CommandIo, note?: string): number {
  const listed = pairs.map(({ fingerprint, createdAt, rsa }, at) => ({
    state: at === 0 ? 'current' : 'signs along',
    fingerprint,
    madeAt: createdAt.toISOString(),
    rsaKey: rsa.name,
  }))
  const rows = listed.map(({ state, fingerprint, madeAt, rsaKey }) => [
    state,
    fingerprint,
    madeAt.slice(0, 10),
    rsaKey,
  ])
  if (json) stdout.write(`${JSON.stringify(listed, undefined, 2)}\n`)
  else
    stdout.write(
      `${note === undefined ? '' : `${note}:\n`}${columns([['state', 'openpgp fingerprint', 'made', 'rsa key'], ...rows])}`,
    )
  return EXIT_DONE
}

function toldRetired(count: number, { json, dryRun }: How, { stdout }: CommandIo): number {
  const verb = dryRun ? 'former keys that would be removed' : 'former keys removed'
  if (json) stdout.write(`${JSON.stringify({ removed: dryRun ? 0 : count, former: count })}\n`)
  else stdout.write(count === 0 ? 'no former keys\n' : `${verb}: ${count}\n`)
  return count === 0 ? EXIT_NO : EXIT_DONE
}

async function exportKeys(
  pairs: readonly PublicKeyPair[],
  format: string,
  output: string | undefined,
  { stdout, cwd }: CommandIo,
): Promise<number> {
  const bytes = exported(pairs, format)
  if (output !== undefined) {
    await writeFile(resolve(cwd, output), bytes, { mode: 0o644 })
    return EXIT_DONE
  }
  if (format === 'gpg') throw badArguments('--format gpg is binary: give --output FILE')
  stdout.write(bytes.toString('utf8'))
  return EXIT_DONE
}

function exported(pairs: readonly PublicKeyPair[], format: string): Buffer {
  switch (format) {
    case 'asc':
      return Buffer.from(armorTogether(pairs))
    case 'gpg':
      return Buffer.concat(pairs.map(({ binary }) => binary))
    case 'rsa':
      return Buffer.from(pairs[0]?.rsa.pem ?? '')
    default:
      throw badArguments(`--format ${format}: allowed are asc, gpg, rsa`)
  }
}
