// `feeds`: how advisory feeds stand, and their update by hand.
import { feedStatuses, updateFeeds } from '../feeds-run.ts'
import { durationInWords } from '../model/quantity.ts'
import { badArguments, CONFIG_OPTION, parseArguments, usageOf } from './arguments.ts'
import { type Command, type CommandIo, EXIT_DONE, EXIT_NO } from './command.ts'
import { configOf } from './machine.ts'
import { columns } from './table.ts'

const OPTIONS = {
  config: CONFIG_OPTION,
  json: { type: 'boolean', help: 'JSON on standard output, nothing else' },
  'dry-run': { type: 'boolean', help: 'update: say what would change, and change nothing' },
  whole: { type: 'boolean', help: 'update: read everything, not only what changed' },
  force: { type: 'boolean', help: 'update: take a feed that lost most of its records' },
} as const

type Values = { readonly [K in keyof typeof OPTIONS]?: string | boolean | undefined }

export const feeds: Command = {
  name: 'feeds',
  summary: 'list advisory feeds with their age, or update them',
  usage: usageOf({
    name: 'feeds',
    operands: '[update [NAME]]',
    about:
      'Lists the configured advisory feeds: source, age, records, last failure. "update" asks all of them, or one, for what is new; a running gateway follows within a second. Exit code 1: a feed is stale, or an update failed.',
    options: OPTIONS,
    examples: ['sallyport feeds', 'sallyport feeds update --dry-run', 'sallyport feeds update osv --whole'],
  }),
  async run(args, io) {
    const { values, positionals } = parseArguments(args, OPTIONS, { min: 0, max: 2 })
    const [verb, name] = positionals
    if (verb === undefined) return list(values, io)
    if (verb === 'update') return update(name, values, io)
    throw badArguments(`"${verb}" is no verb of feeds; allowed is update`)
  },
}

async function list(values: Values, io: CommandIo): Promise<number> {
  const all = await feedStatuses(await configOf(textOf(values.config), io))
  if (values.json === true) io.stdout.write(`${JSON.stringify(all, undefined, 2)}\n`)
  else if (all.length === 0)
    io.stdout.write('no feed is configured; only the shipped malware records are used\n')
  else
    io.stdout.write(
      columns([
        ['FEED', 'STATE', 'AGE', 'RECORDS', 'WITHDRAWN', 'BROKEN', 'SOURCE', 'LAST FAILURE'],
        ...all.map((feed) => [
          feed.name,
          feed.stale ? `stale (${feed.onStale})` : 'fresh',
          ageOf(feed),
          String(feed.records),
          String(feed.withdrawn),
          String(feed.broken),
          feed.source,
          feed.lastError === undefined ? '' : `${feed.lastError.at.slice(0, 16)} ${feed.lastError.message}`,
        ]),
      ]),
    )
  return all.some(({ stale }) => stale) ? EXIT_NO : EXIT_DONE
}

/** An age is unknown too when the feed was read at a time that has not come yet. */
function ageOf({ ageMs, records }: { readonly ageMs?: number; readonly records: number }): string {
  if (ageMs !== undefined) return durationInWords(ageMs)
  return records === 0 ? 'never read' : 'unknown'
}

async function update(name: string | undefined, values: Values, io: CommandIo): Promise<number> {
  const options = {
    dryRun: values['dry-run'] === true,
    whole: values.whole === true,
    force: values.force === true,
  }
  const config = await configOf(textOf(values.config), io)
  const actor = `cli:${io.env['USER'] ?? 'unknown'}`
  const updates = await updateFeeds(config, name, options, actor)
  const rows = updates.map((one) => {
    if (one.outcome === 'failed') return { feed: one.feed, outcome: one.outcome, why: one.error.message }
    if (one.outcome !== 'imported') return { feed: one.feed, outcome: one.outcome }
    return {
      feed: one.feed,
      outcome: options.dryRun ? 'would import' : one.outcome,
      whole: one.whole,
      ...one.result,
    }
  })
  if (values.json === true) io.stdout.write(`${JSON.stringify(rows, undefined, 2)}\n`)
  else io.stdout.write(columns(rows.map(({ feed, outcome, ...rest }) => [feed, outcome, tell(rest)])))
  return updates.some(({ outcome }) => outcome === 'failed' || outcome === 'busy') ? EXIT_NO : EXIT_DONE
}

function tell(facts: Readonly<Record<string, unknown>>): string {
  return Object.entries(facts)
    .filter(([, value]) => !Array.isArray(value))
    .map(([key, value]) => (key === 'why' ? String(value) : `${key} ${value}`))
    .join(', ')
}

function textOf(value: string | boolean | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}
