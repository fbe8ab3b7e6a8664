// `recall`: who was given a package, or what an advisory took back; to call, to mail, or to open in a spreadsheet.

import { isPurl, parsePurl } from '../model/purl.ts'
import { type RecalledArtifact, recallCsv, recallReport } from '../storage/recall-report.ts'
import { CONFIG_OPTION, parseArguments, usageOf } from './arguments.ts'
import { type Command, EXIT_DONE, EXIT_NO } from './command.ts'
import { columns } from './table.ts'
import { withLedger } from './verdicts.ts'

const OPTIONS = {
  config: CONFIG_OPTION,
  json: { type: 'boolean', help: 'JSON on standard output, nothing else' },
  csv: { type: 'boolean', help: 'CSV on standard output, one line a client' },
} as const

export const recall: Command = {
  name: 'recall',
  summary: 'who was given a package, or what an advisory took back',
  usage: usageOf({
    name: 'recall',
    operands: 'PURL|ADVISORY',
    about:
      'Names the clients, tokens and addresses that were given the artifacts of a package or version, or those that an advisory or rule took back, and when. Exit code 0: somebody has them; 1: nobody.',
    options: OPTIONS,
    examples: [
      'sallyport recall pkg:npm/left-pad@1.3.0',
      'sallyport recall MAL-2025-1234 --csv > clients.csv',
    ],
  }),
  async run(args, io) {
    const { values, positionals } = parseArguments(args, OPTIONS, { min: 1, max: 1 })
    const [subject = ''] = positionals
    const query = isPurl(subject) ? parsePurl(subject) : { mentions: subject }
    const report = await withLedger(values.config, io, (ledger) => recallReport(ledger, query))
    if (values.json) io.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`)
    else if (values.csv) io.stdout.write(recallCsv(report))
    else
      io.stdout.write(report.length === 0 ? `nobody was given ${subject}\n` : report.map(textOf).join('\n'))
    return report.some(({ recipients }) => recipients.length > 0) ? EXIT_DONE : EXIT_NO
  },
}

function textOf(artifact: RecalledArtifact): string {
  const { repository, name, version, sha256, recalledAt, restoredAt, reasons, recipients } = artifact
  const state =
    recalledAt === undefined
      ? 'served, never taken back'
      : `taken back ${recalledAt}${restoredAt === undefined ? '' : `, given again ${restoredAt}`}`
  return [
    `${repository} ${name} ${version} (sha256 ${sha256.slice(0, 16)}): ${state}\n`,
    ...reasons.map(({ text }) => `  because ${text}\n`),
    recipients.length === 0 ? '  nobody downloaded it\n' : '',
    columns(
      recipients.map(({ clientAddress, tokenLabel, userAgent, downloads, firstAt, lastAt }) => [
        `  ${clientAddress}`,
        tokenLabel ?? '-',
        `${downloads}x`,
        firstAt.slice(0, 19),
        lastAt.slice(0, 19),
        userAgent,
      ]),
    ),
  ].join('')
}
