// The audit log as other programs read it.
import type { AuditEntry } from '../storage/audit.ts'
import { auditLine } from './audit-file.ts'

export const AUDIT_FORMATS = ['jsonl', 'json', 'csv'] as const
export type AuditFormat = (typeof AUDIT_FORMATS)[number]

const COLUMNS = ['sequence', 'at', 'actor', 'action', 'subject', 'details', 'previous', 'hash'] as const

/** Pieces of text, so that a long log never is in memory whole. CSV by RFC 4180. */
export async function* formatAudit(
  entries: AsyncIterable<AuditEntry>,
  format: AuditFormat,
): AsyncGenerator<string> {
  if (format === 'csv') yield `${COLUMNS.join(',')}\r\n`
  let first = true
  for await (const entry of entries) {
    if (format === 'csv') yield `${COLUMNS.map((column) => csvCell(entry[column])).join(',')}\r\n`
    else if (format === 'jsonl') yield `${auditLine(entry)}\n`
    else yield `${first ? '[\n' : ',\n'}${auditLine(entry)}`
    first = false
  }
  if (format === 'json') yield first ? '[]\n' : '\n]\n'
}

/** A cell that a spreadsheet would run as a formula gets an apostrophe in front. */
function csvCell(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
