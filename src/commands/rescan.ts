// `rescan`: holds what was decided against today's feeds, policy, scanners and rules, beside a running gateway or without one.

import { createGateway } from '../gateway.ts'
import type { DriftReport } from '../gateway-drift.ts'
import { parsePurl } from '../model/purl.ts'
import { createLog } from '../telemetry/log.ts'
import { createMetrics } from '../telemetry/metrics.ts'
import { badArguments, CONFIG_OPTION, parseArguments, usageOf } from './arguments.ts'
import { type Command, EXIT_DONE, EXIT_FAILED, EXIT_NO } from './command.ts'
import { configOf } from './machine.ts'
import { columns } from './table.ts'

const OPTIONS = {
  config: CONFIG_OPTION,
  all: { type: 'boolean', help: 'examine everything again, whatever is on record' },
  stale: { type: 'boolean', help: 'only what is older than drift.staleAfter, or of older scanners or rules' },
  'dry-run': { type: 'boolean', help: 'tell what would change, and change nothing' },
  json: { type: 'boolean', help: 'JSON on standard output, nothing else' },
} as const

export const rescan: Command = {
  name: 'rescan',
  summary: 'hold what was decided against today: feeds, policy, scanners, rules',
  usage: usageOf({
    name: 'rescan',
    operands: '[PURL...]',
    about:
      'Brings the feeds up to date, then decides anew whatever drifted; a running gateway follows within a second. Exit code 0: every verdict stands; 1: some changed, or would; 2: some could not be told.',
    options: OPTIONS,
    examples: ['sallyport rescan', 'sallyport rescan pkg:npm/left-pad --dry-run', 'sallyport rescan --all'],
  }),
  async run(args, io) {
    const { values, positionals } = parseArguments(args, OPTIONS, { min: 0, max: 10_000 })
    if (values.all && values.stale) throw badArguments('--all and --stale cannot both be given')
    const what = values.all ? 'all' : values.stale ? 'stale' : 'changed'
    const packages = positionals.map(parsePurl)
    const config = await configOf(values.config, io)
    const log = createLog({ level: 'error', format: 'text' }, (line) => io.stderr.write(line))
    const gateway = await createGateway(config, { log, metrics: createMetrics('') })
    try {
      const { drift } = gateway
      const dryRun = values['dry-run'] ?? false
      if (!dryRun) await drift.refreshFeeds()
      const scope = { what, ...(packages.length === 0 ? {} : { packages }) } as const
      const report = await drift.run(scope, { dryRun, signal: io.signal })
      io.stdout.write(values.json ? `${JSON.stringify(report, undefined, 2)}\n` : textOf(report, dryRun))
      return exitCode(report)
    } finally {
      await gateway.close()
    }
  },
}

function exitCode({ changes }: DriftReport): number {
  if (changes.some(({ error }) => error !== undefined)) return EXIT_FAILED
  return changes.length === 0 ? EXIT_DONE : EXIT_NO
}

function textOf({ looked, confirmed, changes }: DriftReport, dryRun: boolean): string {
  const rows = changes.map(({ repository, name, version, before, after, why, reasons, error }) => [
    repository,
    `${name}@${version}`,
    `${before} -> ${after ?? (error === undefined ? 'to be examined' : 'could not tell')}`,
    WHY[why],
    error ?? reasons[0]?.text ?? '',
  ])
  const kept = dryRun ? '' : `, ${confirmed} examined again with the same verdict`
  return `${columns(rows)}${looked} looked at, ${changes.length} ${dryRun ? 'would change or be examined' : 'changed'}${kept}\n`
}

const WHY = {
  same: '',
  verdict: 'facts changed',
  scanners: 'scanners or rules moved',
  stale: 'stale',
  asked: 'asked for',
} as const
