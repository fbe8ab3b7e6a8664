// `preflight`: every package of a lock file examined, before anybody installs it.
import { readFile } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { createGateway, type PreflightReport } from '../gateway.ts'
import { createLog } from '../telemetry/log.ts'
import { createMetrics } from '../telemetry/metrics.ts'
import { CONFIG_OPTION, parseArguments, usageOf } from './arguments.ts'
import { type Command, EXIT_DONE, EXIT_FAILED, EXIT_NO } from './command.ts'
import { configOf } from './machine.ts'
import { columns } from './table.ts'

const OPTIONS = {
  config: CONFIG_OPTION,
  json: { type: 'boolean', help: 'JSON on standard output, nothing else' },
  all: { type: 'boolean', help: 'list approved packages too' },
} as const

export const preflight: Command = {
  name: 'preflight',
  summary: 'examine every package of a lock file',
  usage: usageOf({
    name: 'preflight',
    operands: 'LOCKFILE',
    about:
      'Reads package-lock.json, pnpm-lock.yaml, yarn.lock, requirements.txt, uv.lock or poetry.lock and tells the verdict on each package, with the nearest approved version. Exit code 0: all approved; 1: one is not; 2: some could not be told.',
    options: OPTIONS,
    examples: ['sallyport preflight package-lock.json', 'sallyport preflight uv.lock --json'],
  }),
  async run(args, io) {
    const { values, positionals } = parseArguments(args, OPTIONS, { min: 1, max: 1 })
    const file = resolve(io.cwd, positionals[0] ?? '')
    const text = await readFile(file, 'utf8')
    const config = await configOf(values.config, io)
    const log = createLog({ level: 'silent', format: 'text' }, (line) => io.stderr.write(line))
    const gateway = await createGateway(config, { log, metrics: createMetrics('') })
    try {
      const report = await gateway.drift.preflight(basename(file), text, { signal: io.signal })
      io.stdout.write(
        values.json ? `${JSON.stringify(report, undefined, 2)}\n` : textOf(report, values.all ?? false),
      )
      if (report.refused > 0) return EXIT_NO
      return report.unknown > 0 ? EXIT_FAILED : EXIT_DONE
    } finally {
      await gateway.close()
    }
  },
}

function textOf(
  { format, approved, refused, unknown, milliseconds, entries }: PreflightReport,
  all: boolean,
) {
  const rows = entries
    .filter(({ outcome }) => all || outcome !== 'approved')
    .map(({ type, name, version, outcome, nearest, reasons }) => [
      outcome,
      type,
      `${name}@${version}`,
      nearest === undefined ? '' : `use ${nearest}`,
      reasons[0]?.text ?? '',
    ])
  const seconds = (milliseconds / 1000).toFixed(1)
  return `${columns(rows)}${format}: ${approved} approved, ${refused} refused, ${unknown} could not be told, in ${seconds} s\n`
}
