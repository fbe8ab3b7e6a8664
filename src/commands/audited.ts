// What commands that change something share: the ledger with its audit file, and who is asking.
import { auditFileOf, createAuditFile } from '../audit/audit-file.ts'
import type { Config } from '../config/config.ts'
import { parseDuration } from '../model/quantity.ts'
import { openLedger } from '../storage/all.ts'
import type { Ledger } from '../storage/ledger.ts'
import { badArguments, type OptionHelp } from './arguments.ts'
import type { CommandIo } from './command.ts'
import { configOf } from './machine.ts'

export const JSON_OPTION = {
  type: 'boolean',
  help: 'JSON on standard output, nothing else',
} as const satisfies OptionHelp

export const DRY_RUN_OPTION = {
  type: 'boolean',
  help: 'tell what would be done, and do nothing',
} as const satisfies OptionHelp

/** Opens the configured ledger so that every change reaches the audit file too, and closes it whatever happens. */
export async function withAuditedLedger<T>(
  configFile: string | undefined,
  io: CommandIo,
  use: (ledger: Ledger, config: Config) => Promise<T>,
): Promise<T> {
  const config = await configOf(configFile, io)
  const ledger = await openAuditedLedger(config)
  try {
    return await use(ledger, config)
  } finally {
    await ledger.close()
  }
}

export async function openAuditedLedger(config: Config): Promise<Ledger> {
  const ledger = await openLedger(config.ledger.reveal())
  ledger.audit.copyTo(createAuditFile(auditFileOf(config.dataDirectory)))
  return ledger
}

/** The person at this terminal, as the audit log names them. */
export function actorOf({ env }: CommandIo): string {
  return `cli:${env['SUDO_USER'] ?? env['USER'] ?? env['LOGNAME'] ?? 'unknown'}`
}

/** `90d` from now, or a time of its own, as ISO 8601. */
export function timeAfter(text: string, now: Date): string {
  const duration = parseDuration(text)
  const time = duration === undefined ? new Date(text) : new Date(now.getTime() + duration)
  if (Number.isNaN(time.getTime()))
    throw badArguments(`${JSON.stringify(text)} is neither a duration nor a time`)
  return time.toISOString()
}
