// `waive`: sets rules aside for something named, until a time, with a reason.
import { newException } from '../review/exceptions.ts'
import { subjectOf, targetOf } from '../review/target.ts'
import { badArguments, CONFIG_OPTION, parseArguments, usageOf } from './arguments.ts'
import { actorOf, DRY_RUN_OPTION, JSON_OPTION, timeAfter, withAuditedLedger } from './audited.ts'
import { type Command, EXIT_DONE } from './command.ts'
import { waiverRow } from './waivers.ts'

const OPTIONS = {
  config: CONFIG_OPTION,
  json: JSON_OPTION,
  'dry-run': DRY_RUN_OPTION,
  reason: { type: 'string', value: 'TEXT', help: 'why; mandatory' },
  expires: { type: 'string', value: 'TIME', help: 'until when: a duration such as 7d, or a time; mandatory' },
  rule: {
    type: 'string',
    multiple: true,
    value: 'RULE',
    help: 'only this rule, a glob; may be given more than once (default: every rule)',
  },
  range: {
    type: 'string',
    value: 'RANGE',
    help: 'of a package: versions as a vers range, e.g. ">=1.2.0|<1.3.0"',
  },
  every: { type: 'boolean', help: 'every package, in place of PURL; needs --rule' },
  force: {
    type: 'boolean',
    help: 'also known malware, hazards of the archive, wrong bytes, unfinished examinations',
  },
  emergency: {
    type: 'boolean',
    help: 'an override to get an incident over with: a day at most (default 4h), and loud',
  },
} as const

export const waive: Command = {
  name: 'waive',
  summary: 'set rules aside for a package, a version, a range or some bytes, until a time',
  usage: usageOf({
    name: 'waive',
    operands: '[PURL|SHA256]',
    about:
      'Lets something through that the policy refuses, until a time, with a reason. A running gateway follows within a second, and refuses again when the time is over.',
    options: OPTIONS,
    examples: [
      'sallyport waive pkg:npm/left-pad@1.3.0 --rule cooldown --expires 7d --reason "reviewed, ticket 12"',
      'sallyport waive pkg:pypi/requests --range ">=2.32.0|<2.33.0" --expires 30d --reason "false alarm"',
      'sallyport waive 3b8e... --rule js-env-exfiltration --expires 90d --reason "test fixture"',
      'sallyport waive pkg:npm/x@1.0.1 --emergency --reason "outage 99, fix is in 1.0.1"',
    ],
  }),
  async run(args, io) {
    const { values, positionals } = parseArguments(args, OPTIONS, { min: 0, max: 1 })
    const [text] = positionals
    if ((text === undefined) === (values.every !== true))
      throw badArguments('give a package URL, a SHA-256, or --every')
    const now = new Date()
    const expires = values.expires ?? (values.emergency === true ? '4h' : undefined)
    if (expires === undefined) throw badArguments('--expires is mandatory')
    return withAuditedLedger(values.config, io, async (ledger, { waivers }) => {
      const made = newException(
        {
          target: text === undefined ? {} : targetOf(text, values.range),
          effect: 'waive',
          rules: values.rule ?? ['*'],
          reason: values.reason ?? '',
          expiresAt: timeAfter(expires, now),
          force: values.force ?? false,
          emergency: values.emergency ?? false,
        },
        actorOf(io),
        now,
        waivers,
      )
      if (values['dry-run'] !== true) await ledger.waivers.add([made])
      const word = values['dry-run'] === true ? 'would waive' : 'waived'
      if (values.json === true) io.stdout.write(`${JSON.stringify(made.waiver, undefined, 2)}\n`)
      else io.stdout.write(`${word} ${subjectOf(made.waiver)}: ${waiverRow(made.waiver).join('  ')}\n`)
      return EXIT_DONE
    })
  },
}
