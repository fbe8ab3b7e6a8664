// The contract of the table of exceptions.
import type { Waiver } from '../model/waiver.ts'
import type { AuditFact } from './audit.ts'

export interface StoredWaiver extends Waiver {
  /** ISO 8601: when it lapsed or was taken back. An ended exception never comes back, whatever the clock says. */
  readonly endedAt?: string
  readonly endedBy?: string
  readonly endReason?: string
}

export interface WaiverEnd {
  readonly at: string
  readonly by: string
  readonly reason: string
}

export interface WaiverStore {
  /** Each fact is entered with its exception, or neither is; all of them, or none. */
  add(waivers: readonly { readonly waiver: Waiver; readonly fact: AuditFact }[]): Promise<void>
  /** False when there is none, or it has ended before. */
  end(id: string, end: WaiverEnd, fact: AuditFact): Promise<boolean>
  /** Newest first; without `ended`, those that have not been ended, among which some may be over by their time. */
  list(filter?: { readonly ended?: boolean }): Promise<readonly StoredWaiver[]>
  /** Changes with every change of the table, through whatever connection. */
  stamp(): Promise<string>
}
