// `review`: what waits for a person's decision.
import { parsePurl } from '../model/purl.ts'
import { type LifecycleState, STATES } from '../review/lifecycle.ts'
import { reviewItems } from '../review/review.ts'
import { versionOrder } from '../version-order.ts'
import { badArguments, CONFIG_OPTION, parseArguments, usageOf } from './arguments.ts'
import { JSON_OPTION, withAuditedLedger } from './audited.ts'
import { type Command, EXIT_DONE, EXIT_NO } from './command.ts'
import { columns } from './table.ts'

const OPTIONS = {
  config: CONFIG_OPTION,
  json: JSON_OPTION,
  state: {
    type: 'string',
    multiple: true,
    value: 'STATE',
    help: `in place of what is held: ${STATES.join(', ')}, or all`,
  },
  limit: { type: 'string', value: 'N', help: 'at most so many (default 100)' },
} as const

const WAITING: readonly LifecycleState[] = ['needs-review', 'held', 'expired', 'failed']

export const review: Command = {
  name: 'review',
  summary: 'list what is held and waits for a decision',
  usage: usageOf({
    name: 'review',
    operands: '[PURL]',
    about: 'Lists artifacts with the state of their life: those that wait, unless states are named.',
    options: OPTIONS,
    examples: [
      'sallyport review',
      'sallyport review --state revoked --json',
      'sallyport review pkg:npm/esbuild',
    ],
  }),
  async run(args, io) {
    const { values, positionals } = parseArguments(args, OPTIONS, { min: 0, max: 1 })
    const [purl] = positionals
    const limit = Number(values.limit ?? 100)
    if (!Number.isInteger(limit) || limit < 1)
      throw badArguments(`--limit ${values.limit}: a whole number above 0`)
    const states = statesOf(values.state, purl !== undefined)
    return withAuditedLedger(values.config, io, async (ledger, { waivers: limits }) => {
      const filter = {
        ...(purl === undefined ? {} : parsePurl(purl)),
        ...(states === undefined ? {} : { states }),
        limit,
      }
      const items = await reviewItems({ ledger, now: new Date(), limits, order: versionOrder }, filter)
      const rows = items.map(
        ({ state, verdict: { decidedAt, repository, name, version, sha256, reasons } }) => [
          state,
          decidedAt.slice(0, 16),
          repository,
          `${name}@${version}`,
          sha256.slice(0, 16),
          reasons[0]?.text ?? '',
        ],
      )
      if (values.json === true) io.stdout.write(`${JSON.stringify(items, undefined, 2)}\n`)
      else io.stdout.write(columns(rows))
      return items.length > 0 ? EXIT_DONE : EXIT_NO
    })
  },
}

/** Undefined: every state. */
function statesOf(
  written: readonly string[] | undefined,
  isAboutOne: boolean,
): readonly LifecycleState[] | undefined {
  if (written === undefined) return isAboutOne ? undefined : WAITING
  if (written.includes('all')) return undefined
  const unknown = written.find((one) => !STATES.some((state) => state === one))
  if (unknown !== undefined) throw badArguments(`--state ${unknown}: allowed are ${STATES.join(', ')}, all`)
  return STATES.filter((state) => written.includes(state))
}
