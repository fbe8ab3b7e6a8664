// `tokens`: who may ask this gateway: made, listed, revoked.
import { endedBecause, mintToken, ROLES, type Role, revocationFact } from '../access/token.ts'
import { GatewayError } from '../model/errors.ts'
import type { Ledger } from '../storage/ledger.ts'
import type { StoredToken } from '../storage/tokens.ts'
import { badArguments, CONFIG_OPTION, parseArguments, usageOf } from './arguments.ts'
import { actorOf, DRY_RUN_OPTION, JSON_OPTION, timeAfter, withAuditedLedger } from './audited.ts'
import { type Command, type CommandIo, EXIT_DONE } from './command.ts'
import { columns } from './table.ts'

const OPTIONS = {
  config: CONFIG_OPTION,
  json: JSON_OPTION,
  'dry-run': DRY_RUN_OPTION,
  label: {
    type: 'string',
    value: 'LABEL',
    help: 'of create: who or what it is for; in every record of a download',
  },
  role: { type: 'string', value: 'ROLE', help: 'of create: client (the default), viewer, reviewer or admin' },
  repository: {
    type: 'string',
    multiple: true,
    value: 'NAME',
    help: 'of create: only these repositories, globs; may be given more than once (default: all)',
  },
  expires: {
    type: 'string',
    value: 'TIME',
    help: 'of create: a duration such as 90d, or a time; default: never',
  },
  reason: { type: 'string', value: 'TEXT', help: 'of revoke: why' },
} as const

type Values = ReturnType<typeof parseArguments<typeof OPTIONS>>['values']

export const tokens: Command = {
  name: 'tokens',
  summary: 'make, list or revoke the tokens of clients and people',
  usage: usageOf({
    name: 'tokens',
    operands: 'create|list|revoke [LABEL|ID]',
    about: [
      'create  makes a token and prints it, once: only its hash is kept',
      'list    lists all tokens, those that ended too',
      'revoke  ends one; a running gateway refuses it within a second',
    ].join('\n'),
    options: OPTIONS,
    examples: [
      'sallyport tokens create --label ci --repository npm --expires 90d',
      'sallyport tokens create --label alice --role reviewer',
      'sallyport tokens revoke ci --reason "left in a public log"',
    ],
  }),
  async run(args, io) {
    const { values, positionals } = parseArguments(args, OPTIONS, { min: 1, max: 2 })
    const [verb, which] = positionals
    return withAuditedLedger(values.config, io, async (ledger) => {
      switch (verb) {
        case 'create':
          return create(ledger, values, which, io)
        case 'list':
          return list(ledger, values, io)
        case 'revoke':
          return revoke(ledger, values, which, io)
        default:
          throw badArguments(`"${verb}": allowed are create, list, revoke`)
      }
    })
  },
}

async function create(ledger: Ledger, values: Values, operand: string | undefined, io: CommandIo) {
  const label = values.label ?? operand
  if (label === undefined) throw badArguments('--label is missing: say who or what the token is for')
  const expiresAt = values.expires === undefined ? undefined : timeAfter(values.expires, new Date())
  const wish = {
    label,
    role: roleOf(values.role ?? 'client'),
    repositories: values.repository ?? ['*'],
    ...(expiresAt === undefined ? {} : { expiresAt }),
  }
  const { token, stored, fact } = mintToken(wish, actorOf(io), new Date())
  if (values['dry-run'] === true) {
    io.stdout.write(
      values.json === true ? `${JSON.stringify(wish)}\n` : `would make: ${JSON.stringify(wish)}\n`,
    )
    return EXIT_DONE
  }
  await ledger.tokens.add(stored, fact)
  if (values.json === true) io.stdout.write(`${JSON.stringify({ ...shown(stored), token }, undefined, 2)}\n`)
  else {
    io.stdout.write(`${token}\n`)
    io.stderr.write('keep it now: it cannot be shown again\n')
  }
  return EXIT_DONE
}

async function list(ledger: Ledger, values: Values, io: CommandIo) {
  const all = await ledger.tokens.list()
  if (values.json === true) io.stdout.write(`${JSON.stringify(all.map(shown), undefined, 2)}\n`)
  else
    io.stdout.write(
      columns([
        ['label', 'id', 'role', 'repositories', 'made', 'expires', 'state'],
        ...all.map((one) => [
          one.label,
          one.id,
          one.role,
          one.repositories.join(' '),
          one.createdAt.slice(0, 10),
          one.expiresAt?.slice(0, 16) ?? 'never',
          endedBecause(one, new Date()) ?? 'good',
        ]),
      ]),
    )
  return EXIT_DONE
}

async function revoke(ledger: Ledger, values: Values, which: string | undefined, io: CommandIo) {
  if (which === undefined) throw badArguments('which token? give its label or id')
  const found = (await ledger.tokens.list()).find(
    (one) => one.revokedAt === undefined && (one.label === which || one.id === which),
  )
  if (found === undefined) throw new GatewayError('NOT_FOUND', `there is no live token "${which}"`, { which })
  const at = new Date().toISOString()
  if (values['dry-run'] !== true)
    await ledger.tokens.revoke(found.id, at, revocationFact(found, actorOf(io), values.reason ?? '', at))
  const what = { ...shown(found), ...(values['dry-run'] === true ? {} : { revokedAt: at }) }
  const word = values['dry-run'] === true ? 'would revoke' : 'revoked'
  io.stdout.write(
    values.json === true
      ? `${JSON.stringify(what, undefined, 2)}\n`
      : `${word}: ${found.label} (${found.id})\n`,
  )
  return EXIT_DONE
}

/** Everything but the hash. */
function shown({ secretSha256: _, ...rest }: StoredToken) {
  return rest
}

function roleOf(text: string): Role {
  const role = ROLES.find((one) => one === text)
  if (role === undefined) throw badArguments(`--role ${text}: allowed are ${ROLES.join(', ')}`)
  return role
}
