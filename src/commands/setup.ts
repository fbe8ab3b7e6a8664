// `setup`: the exact lines that point a package client at the gateway, printed, written, or taken back.
import type { Config } from '../config/config.ts'
import { hasBackup } from '../config/machine.ts'
import { armorTogether, readPublicKeys } from '../signing/public-keys.ts'
import { badArguments, CONFIG_OPTION, parseArguments, usageOf } from './arguments.ts'
import { DRY_RUN_OPTION, JSON_OPTION } from './audited.ts'
import { undoEdit, writeEdit } from './backup.ts'
import { allClients } from './clients/all.ts'
import type { PublicKeys, SetupContext, SetupPlan } from './clients/client.ts'
import { type Command, type CommandIo, EXIT_DONE, EXIT_NO } from './command.ts'
import { configOf, machineOf } from './machine.ts'

const OPTIONS = {
  url: {
    type: 'string',
    value: 'URL',
    help: 'base of the gateway as the client reaches it (default: publicUrl of the configuration)',
  },
  write: { type: 'boolean', help: 'write the settings; what they replace is kept beside them' },
  undo: { type: 'boolean', help: 'put back what --write replaced' },
  'dry-run': DRY_RUN_OPTION,
  json: JSON_OPTION,
  config: CONFIG_OPTION,
} as const

const WIDTH = Math.max(...allClients.map(({ name }) => name.length))

export const setup: Command = {
  name: 'setup',
  summary: 'print, write or undo the settings that point a package client at the gateway',
  usage: usageOf({
    name: 'setup',
    operands: 'CLIENT',
    about: [
      'Prints the lines that point a package client at the gateway.',
      '',
      'clients:',
      ...allClients.map(({ name, about }) => `  ${name.padEnd(WIDTH)}  ${about}`),
    ].join('\n'),
    options: OPTIONS,
    examples: ['sallyport setup npm', 'sallyport setup pip --write --url https://packages.example.test'],
  }),
  async run(args, io) {
    const { values, positionals } = parseArguments(args, OPTIONS, { min: 1, max: 1 })
    if (values.write === true && values.undo === true)
      throw badArguments('--write and --undo exclude each other')
    const client = allClients.find(({ name }) => name === positionals[0])
    if (client === undefined) {
      const known = allClients.map(({ name }) => name).join(', ')
      throw badArguments(`"${positionals[0]}" is no client that is known here; known are ${known}`)
    }
    const config = await configOf(values.config, io)
    const plan = client.plan(contextOf(config, values.url, await keysOf(config), io))
    const dryRun = values['dry-run'] === true
    if (values.json === true) return asJson(plan, values, dryRun, io)
    if (values.undo === true) return undo(plan, dryRun, io)
    return values.write === true && !dryRun ? write(plan, io) : print(plan, io)
  },
}

/** Undefined where the keys are not: setup then says where to get them. */
async function keysOf({ signing }: Config): Promise<PublicKeys | undefined> {
  const pairs = await readPublicKeys(signing.directory).catch(() => undefined)
  return pairs && { openpgp: armorTogether(pairs), rsa: pairs.map(({ rsa }) => rsa) }
}

function contextOf(
  config: Config,
  url: string | undefined,
  keys: PublicKeys | undefined,
  io: CommandIo,
): SetupContext {
  if (url !== undefined && !/^https?:\/\/[^\s/?#]+\S*$/.test(url)) {
    throw badArguments(`--url "${url}" is no http or https URL`)
  }
  const publicUrl = (url ?? config.publicUrl).replace(/\/+$/, '')
  const repositories = config.repositories.map(({ name, type, mount, upstreams, options }) => ({
    name,
    type,
    url: `${publicUrl}${mount}`,
    upstreams: upstreams.map((one) => one.url),
    options,
  }))
  const isOwn = (text: string) => text.startsWith(`${publicUrl}/`)
  const known = keys === undefined ? {} : { keys }
  return { machine: { ...machineOf(io), isOwn }, publicUrl, repositories, ...known }
}

function print({ edits, notes }: SetupPlan, { stdout }: CommandIo): number {
  for (const { path, lines } of edits) stdout.write(`# ${path}\n${lines.join('\n')}\n\n`)
  for (const note of notes) stdout.write(`# ${note}\n`)
  return EXIT_DONE
}

/** What is said of each file, and whether it was changed. */
function asJson(
  { edits, notes }: SetupPlan,
  { write, undo }: { readonly write?: boolean | undefined; readonly undo?: boolean | undefined },
  dryRun: boolean,
  { stdout }: CommandIo,
): number {
  const files = edits.map((edit) => {
    const undone = undo === true && !dryRun && undoEdit(edit)
    const changed = undone !== false || (write === true && !dryRun && writeEdit(edit))
    const kept = undone === false || undone.kept === undefined ? {} : { kept: undone.kept }
    return { path: edit.path, lines: edit.lines, changed, ...kept }
  })
  stdout.write(`${JSON.stringify({ files, notes }, undefined, 2)}\n`)
  return undo === true && !dryRun && !files.some(({ changed }) => changed) ? EXIT_NO : EXIT_DONE
}

function write({ edits, notes }: SetupPlan, { stdout }: CommandIo): number {
  for (const edit of edits) {
    const written = writeEdit(edit)
    const kept = hasBackup(edit.path) ? `, undo with --undo` : ''
    stdout.write(written ? `written: ${edit.path}${kept}\n` : `already so: ${edit.path}\n`)
  }
  for (const note of notes) stdout.write(`# ${note}\n`)
  return EXIT_DONE
}

function undo({ edits }: SetupPlan, dryRun: boolean, { stdout }: CommandIo): number {
  const undone = edits.filter((edit) => {
    if (dryRun && hasBackup(edit.path)) stdout.write(`would be put back: ${edit.path}\n`)
    if (dryRun) return hasBackup(edit.path)
    const answer = undoEdit(edit)
    if (answer === false) return false
    stdout.write(`put back: ${edit.path}\n`)
    if (answer.kept !== undefined) stdout.write(`it was changed since; that is kept in ${answer.kept}\n`)
    return true
  })
  if (undone.length === 0) stdout.write('nothing to undo\n')
  return undone.length > 0 ? EXIT_DONE : EXIT_NO
}
