// `waivers`: the exceptions there are, and taking one back.
import { GatewayError } from '../model/errors.ts'
import type { Waiver } from '../model/waiver.ts'
import { subjectOf } from '../review/target.ts'
import type { StoredWaiver } from '../storage/waivers.ts'
import { badArguments, CONFIG_OPTION, parseArguments, usageOf } from './arguments.ts'
import { actorOf, DRY_RUN_OPTION, JSON_OPTION, withAuditedLedger } from './audited.ts'
import { type Command, EXIT_DONE, EXIT_NO } from './command.ts'
import { columns } from './table.ts'

const OPTIONS = {
  config: CONFIG_OPTION,
  json: JSON_OPTION,
  'dry-run': DRY_RUN_OPTION,
  all: { type: 'boolean', help: 'of list: those that have ended too' },
  reason: { type: 'string', value: 'TEXT', help: 'of end: why; mandatory' },
} as const

export const waivers: Command = {
  name: 'waivers',
  summary: 'list exceptions, or take one back before its time',
  usage: usageOf({
    name: 'waivers',
    operands: '[list|end ID]',
    about: 'Lists waivers, approvals by hand and denials, or ends one.',
    options: OPTIONS,
    examples: ['sallyport waivers', 'sallyport waivers end 0123456789ab --reason "fixed upstream"'],
  }),
  async run(args, io) {
    const { values, positionals } = parseArguments(args, OPTIONS, { min: 0, max: 2 })
    const [verb = 'list', id] = positionals
    return withAuditedLedger(values.config, io, async (ledger) => {
      if (verb === 'list') {
        const list = await ledger.waivers.list({ ended: values.all ?? false })
        if (values.json === true) io.stdout.write(`${JSON.stringify(list, undefined, 2)}\n`)
        else io.stdout.write(columns([HEADER, ...list.map(waiverRow)]))
        return list.length > 0 ? EXIT_DONE : EXIT_NO
      }
      if (verb !== 'end') throw badArguments(`"${verb}": allowed are list, end`)
      if (id === undefined) throw badArguments('which one? give its id')
      if (values.reason === undefined) throw badArguments('--reason is mandatory')
      const found = (await ledger.waivers.list()).find((one) => one.id === id)
      if (found === undefined)
        throw new GatewayError('NOT_FOUND', `there is no exception ${id}, or it has ended`, { id })
      const [at, actor] = [new Date().toISOString(), actorOf(io)]
      const details = { reason: values.reason, effect: found.effect }
      const fact = { at, actor, action: 'waiver-ended', subject: `waiver:${id}`, details }
      if (values['dry-run'] !== true)
        await ledger.waivers.end(id, { at, by: actor, reason: values.reason }, fact)
      const word = values['dry-run'] === true ? 'would end' : 'ended'
      if (values.json === true) io.stdout.write(`${JSON.stringify(found, undefined, 2)}\n`)
      else io.stdout.write(`${word} ${waiverRow(found).join('  ')}\n`)
      return EXIT_DONE
    })
  },
}

const HEADER = ['id', 'effect', 'about', 'rules', 'until', 'by', 'reason']

export function waiverRow(waiver: Waiver & Partial<StoredWaiver>): string[] {
  const { id, effect, rules, expiresAt, actor, reason, endedAt, force, emergency } = waiver
  const marks = [...(force ? ['forced'] : []), ...(emergency === true ? ['emergency'] : [])]
  const until = expiresAt.startsWith('9999') ? 'no end' : expiresAt.slice(0, 16)
  return [
    id,
    [effect, ...marks].join(', '),
    subjectOf(waiver),
    rules.join(' '),
    endedAt === undefined ? until : `ended ${endedAt.slice(0, 16)}`,
    actor,
    reason,
  ]
}
