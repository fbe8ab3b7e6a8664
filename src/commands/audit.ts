// `audit`: who did what and why: shown, exported, and held against tampering.
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { auditFileOf } from '../audit/audit-file.ts'
import { checkpointKeyOf, fingerprintOf, makeCheckpoint } from '../audit/checkpoints.ts'
import { AUDIT_FORMATS, type AuditFormat, formatAudit } from '../audit/format.ts'
import { allEntries, verifyAudit } from '../audit/verify.ts'
import { GatewayError } from '../model/errors.ts'
import type { AuditCheckpoint, AuditEntry } from '../storage/audit.ts'
import { badArguments, CONFIG_OPTION, parseArguments, usageOf } from './arguments.ts'
import { DRY_RUN_OPTION, JSON_OPTION, withAuditedLedger } from './audited.ts'
import { type Command, EXIT_DONE, EXIT_NO } from './command.ts'
import { columns } from './table.ts'

const OPTIONS = {
  config: CONFIG_OPTION,
  json: JSON_OPTION,
  format: { type: 'string', value: 'FORMAT', help: 'of export: jsonl (the default), json or csv' },
  since: { type: 'string', value: 'TIME', help: 'only from this time on, e.g. 2026-01-31' },
  action: { type: 'string', value: 'ACTION', help: 'only these, e.g. decided, waived, token-created' },
  limit: { type: 'string', value: 'N', help: 'of tail: so many entries (default 20)' },
  'dry-run': DRY_RUN_OPTION,
  checkpoint: { type: 'string', value: 'FILE', help: 'of verify: a checkpoint that was kept elsewhere' },
} as const

export const audit: Command = {
  name: 'audit',
  summary: 'show, export or verify the audit log',
  usage: usageOf({
    name: 'audit',
    operands: 'tail|export|verify|checkpoint',
    about: [
      'tail        shows the newest entries',
      'export      writes all entries to standard output',
      'verify      holds the log against its hashes, its checkpoints and its file; exit code 1 when something was changed',
      'checkpoint  signs where the log stands now, and prints it as JSON: keep it on another machine',
    ].join('\n'),
    options: OPTIONS,
    examples: ['sallyport audit tail', 'sallyport audit export --format csv', 'sallyport audit verify'],
  }),
  async run(args, io) {
    const { values, positionals } = parseArguments(args, OPTIONS, { min: 1, max: 1 })
    const filter = {
      ...(values.since === undefined ? {} : { since: timeOf(values.since) }),
      ...(values.action === undefined ? {} : { action: values.action }),
    }
    const formats: readonly string[] = AUDIT_FORMATS
    const format = values.format ?? (values.json === true ? 'json' : 'jsonl')
    if (!formats.includes(format)) throw badArguments(`--format ${format}: allowed are ${formats.join(', ')}`)
    return withAuditedLedger(values.config, io, async ({ audit: log }, config) => {
      switch (positionals[0]) {
        case 'tail': {
          const limit = Number(values.limit ?? 20)
          if (!Number.isInteger(limit) || limit < 1)
            throw badArguments(`--limit ${values.limit}: a whole number`)
          const entries = (await log.entries({ ...filter, limit, newestFirst: true })).toReversed()
          io.stdout.write(
            values.json === true ? `${JSON.stringify(entries, undefined, 2)}\n` : columns(entries.map(rowOf)),
          )
          return EXIT_DONE
        }
        case 'export':
          for await (const piece of formatAudit(allEntries(log, filter), format as AuditFormat))
            io.stdout.write(piece)
          return EXIT_DONE
        case 'verify': {
          const given =
            values.checkpoint === undefined ? [] : [await readCheckpoint(resolve(io.cwd, values.checkpoint))]
          const report = await verifyAudit(log, auditFileOf(config.dataDirectory), given)
          io.stdout.write(values.json === true ? `${JSON.stringify(report, undefined, 2)}\n` : told(report))
          return report.problems.length === 0 ? EXIT_DONE : EXIT_NO
        }
        case 'checkpoint': {
          if (values['dry-run'] === true) {
            const last = await log.last()
            if (last === undefined) throw new GatewayError('NOT_FOUND', 'the audit log is empty')
            io.stdout.write(`${JSON.stringify({ sequence: last.sequence, hash: last.hash })}\n`)
            return EXIT_DONE
          }
          const made = await makeCheckpoint(log, checkpointKeyOf(config.dataDirectory), new Date())
          const checkpoint = made ?? (await log.checkpoints()).at(-1)
          if (checkpoint === undefined) throw new GatewayError('NOT_FOUND', 'the audit log is empty')
          const printed = { ...checkpoint, fingerprint: fingerprintOf(checkpoint) }
          io.stdout.write(`${JSON.stringify(printed, undefined, 2)}\n`)
          return EXIT_DONE
        }
        default:
          throw badArguments(`"${positionals[0]}": allowed are tail, export, verify, checkpoint`)
      }
    })
  },
}

function rowOf({ sequence, at, actor, action, subject, details }: AuditEntry): string[] {
  const { outcome, reason, reasons } = details
  const first: unknown = Array.isArray(reasons) ? reasons[0] : undefined
  const what = [outcome, reason, first].filter((part) => typeof part === 'string').join(' ')
  return [String(sequence), at.slice(0, 19), actor, action, subject, what]
}

function told({
  entries,
  checkpoints,
  lines,
  problems,
  keys,
}: Awaited<ReturnType<typeof verifyAudit>>): string {
  const counts = `${entries} entries, ${checkpoints} checkpoints, ${lines ?? 'no'} lines of the file`
  const signed = keys.map((key) => `signed by ${key}\n`).join('')
  if (problems.length === 0) return `${counts}: nothing was changed\n${signed}`
  return `${counts}\n${signed}${problems.map((problem) => `! ${problem}\n`).join('')}`
}

async function readCheckpoint(file: string): Promise<AuditCheckpoint> {
  const value: unknown = JSON.parse(await readFile(file, 'utf8'))
  const { sequence, hash, at, publicKey, signature } = value as Partial<AuditCheckpoint>
  if (sequence === undefined || hash === undefined || at === undefined)
    throw badArguments(`${file} holds no checkpoint`)
  return { sequence, hash, at, publicKey: publicKey ?? '', signature: signature ?? '' }
}

function timeOf(text: string): string {
  const time = new Date(text)
  if (Number.isNaN(time.getTime())) throw badArguments(`--since ${text}: not a time`)
  return time.toISOString()
}
