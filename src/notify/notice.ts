// What is told, as data: one event with what a person needs to act on it.
import type { NoticeEvent } from '../config/drift.ts'
import type { Reason } from '../model/verdict.ts'
import type { Recipient } from '../storage/requests.ts'

export interface Notice {
  readonly event: NoticeEvent
  /** ISO 8601. */
  readonly at: string
  /** One line. */
  readonly subject: string
  readonly repository?: string
  readonly purl?: string
  readonly path?: string
  readonly sha256?: string
  readonly reasons?: readonly Reason[]
  readonly recipients?: readonly Recipient[]
  /** Code and sentence of a failure. */
  readonly error?: { readonly code: string; readonly message: string }
  /** Where to read on. */
  readonly link?: string
}

const MAX_LISTED = 20

/** The notice as plain text, for people. */
export function noticeText({ subject, reasons = [], recipients = [], error, link }: Notice): string {
  const clients = recipients.slice(0, MAX_LISTED).map(clientLine)
  const more = recipients.length - clients.length
  return [
    subject,
    ...reasons.map(({ text }) => `- ${text}`),
    ...(error === undefined ? [] : [`- ${error.code}: ${error.message}`]),
    ...(clients.length === 0 ? [] : ['Downloaded by:', ...clients]),
    ...(more > 0 ? [`and ${more} more`] : []),
    ...(link === undefined ? [] : [link]),
  ].join('\n')
}

function clientLine({ clientAddress, tokenLabel, userAgent, downloads, lastAt }: Recipient): string {
  const token = tokenLabel === undefined ? '' : ` (token ${tokenLabel})`
  return `- ${clientAddress}${token}, ${downloads}x, last ${lastAt}, ${userAgent}`
}
