// Who has the bytes: of a package, whether or not it was ever recalled, or of everything that an advisory took back.
import type { Reason } from '../model/verdict.ts'
import type { Ledger } from './ledger.ts'
import type { Recipient } from './requests.ts'

export interface RecalledArtifact {
  readonly repository: string
  readonly path: string
  readonly name: string
  readonly version: string
  readonly sha256: string
  /** ISO 8601; absent when it was served and never taken back. */
  readonly recalledAt?: string
  readonly restoredAt?: string
  readonly reasons: readonly Reason[]
  readonly recipients: readonly Recipient[]
}

export type RecallQuery =
  | { readonly type: string; readonly name: string; readonly version?: string }
  /** Id of an advisory, or a rule. */
  | { readonly mentions: string }

/** Recalls newest first, then what was served without one. */
export async function recallReport(ledger: Ledger, query: RecallQuery): Promise<RecalledArtifact[]> {
  const recalls = await ledger.recalls.list(query)
  const recalled: RecalledArtifact[] = []
  for (const { repository, path, name, version, sha256, at, restoredAt, reasons } of recalls)
    recalled.push({
      ...{ repository, path, name, version, sha256, recalledAt: at, reasons },
      ...(restoredAt === undefined ? {} : { restoredAt }),
      recipients: await ledger.requests.recipientsOf(repository, path, sha256),
    })
  if ('mentions' in query) return recalled
  const told = new Set(recalled.map(({ repository, path, sha256 }) => `${repository}\0${path}\0${sha256}`))
  for (const one of await ledger.requests.served(query)) {
    const { repository, path, sha256 } = one
    if (told.has(`${repository}\0${path}\0${sha256}`)) continue
    const recipients = await ledger.requests.recipientsOf(repository, path, sha256)
    recalled.push({ ...one, reasons: [], recipients })
  }
  return recalled
}

/** RFC 4180, one line a recipient; what a spreadsheet would take for a formula is text. */
export function recallCsv(artifacts: readonly RecalledArtifact[]): string {
  const rows = artifacts.flatMap((artifact) => {
    const { repository, name, version, path, sha256, recalledAt, restoredAt, reasons } = artifact
    return artifact.recipients.map(({ clientAddress, tokenLabel, userAgent, downloads, firstAt, lastAt }) => [
      ...[repository, name, version, path, sha256, recalledAt ?? '', restoredAt ?? ''],
      ...[
        reasons[0]?.text ?? '',
        clientAddress,
        tokenLabel ?? '',
        userAgent,
        String(downloads),
        firstAt,
        lastAt,
      ],
    ])
  })
  return [CSV_HEADER, ...rows].map((row) => `${row.map(csvField).join(',')}\r\n`).join('')
}

const CSV_HEADER = [
  ...['repository', 'name', 'version', 'path', 'sha256', 'recalledAt', 'restoredAt', 'reason'],
  ...['clientAddress', 'token', 'userAgent', 'downloads', 'firstAt', 'lastAt'],
]

function csvField(text: string): string {
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}
