// `approve`, `reject`, `revoke`: a person's decision about artifacts, carried out by exceptions.
import type { Verb } from '../review/lifecycle.ts'
import { planRuling } from '../review/review.ts'
import { targetOf } from '../review/target.ts'
import { versionOrder } from '../version-order.ts'
import { badArguments, CONFIG_OPTION, parseArguments, usageOf } from './arguments.ts'
import { actorOf, DRY_RUN_OPTION, JSON_OPTION, timeAfter, withAuditedLedger } from './audited.ts'
import { type Command, EXIT_DONE } from './command.ts'
import { columns } from './table.ts'
import { waiverRow } from './waivers.ts'

const OPTIONS = {
  config: CONFIG_OPTION,
  json: JSON_OPTION,
  'dry-run': DRY_RUN_OPTION,
  reason: { type: 'string', value: 'TEXT', help: 'why; mandatory' },
  expires: { type: 'string', value: 'TIME', help: 'until when: a duration such as 30d, or a time' },
} as const

const ABOUT: Readonly<Record<Verb, { summary: string; about: string; example: string }>> = {
  approve: {
    summary: 'let held artifacts through, after a review',
    about: [
      'Approves what is held: exactly the bytes and the reasons that were looked at. What is blocked is let',
      'through by `waive` only. Without --expires it lasts as long as the configuration allows.',
    ].join('\n'),
    example: 'sallyport approve pkg:npm/esbuild@0.25.0 --reason "the install hook is understood"',
  },
  reject: {
    summary: 'refuse something held or unknown, whatever the policy says',
    about: 'Refuses bytes, a version or a whole package. What is served already is revoked instead.',
    example: 'sallyport reject pkg:npm/evil --reason "not in our house"',
  },
  revoke: {
    summary: 'take back something that is served',
    about: 'Refuses what was served, within a second, and takes it out of the indexes.',
    example: 'sallyport revoke pkg:pypi/thing@1.2.3 --reason "maintainer account taken over"',
  },
}

function ruling(verb: Verb): Command {
  const { summary, about, example } = ABOUT[verb]
  return {
    name: verb,
    summary,
    usage: usageOf({
      name: verb,
      operands: 'PURL|SHA256 ...',
      about,
      options: OPTIONS,
      examples: [example],
    }),
    async run(args, io) {
      const { values, positionals } = parseArguments(args, OPTIONS, { min: 1, max: 100 })
      if (values.reason === undefined) throw badArguments('--reason is mandatory')
      const now = new Date()
      const decision = {
        verb,
        reason: values.reason,
        actor: actorOf(io),
        ...(values.expires === undefined ? {} : { expiresAt: timeAfter(values.expires, now) }),
      }
      return withAuditedLedger(values.config, io, async (ledger, { waivers: limits }) => {
        const parts = { ledger, now, limits, order: versionOrder }
        const planned = await Promise.all(
          positionals.map((text) => planRuling(parts, { ...decision, target: targetOf(text) })),
        )
        const made = planned.flat()
        if (values['dry-run'] !== true) await ledger.waivers.add(made)
        const list = made.map(({ waiver }) => waiver)
        if (values.json === true) io.stdout.write(`${JSON.stringify(list, undefined, 2)}\n`)
        else {
          if (values['dry-run'] === true) io.stdout.write('nothing was written; it would be:\n')
          io.stdout.write(columns(list.map(waiverRow)))
        }
        return EXIT_DONE
      })
    },
  }
}

export const approve = ruling('approve')
export const reject = ruling('reject')
export const revoke = ruling('revoke')
