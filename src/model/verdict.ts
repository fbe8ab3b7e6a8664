// What the gate decides. A verdict is a value, exhaustively handled; a failure is an error and never an approval.
import type { Severity } from './finding.ts'

export type Outcome = 'approved' | 'held' | 'blocked'

export interface Reason {
  /** Rule or condition that asked for the outcome: a finding's rule, `cooldown`, `known-malware`, `scan-pending`, ... */
  readonly rule: string
  readonly severity?: Severity
  /** One plain sentence for the person at the client, printable ASCII. */
  readonly text: string
  readonly file?: string
  readonly line?: number
  /** Id of the exception that set it aside, or that it is. */
  readonly waiver?: string
}

export interface Verdict {
  readonly outcome: Outcome
  /** In order of weight; empty only for `approved`. */
  readonly reasons: readonly Reason[]
  /** What a policy wants to be said without refusing. */
  readonly warnings: readonly Reason[]
  /** ISO 8601; when a held artifact may be decided otherwise by time alone (cooldown, waiver end). */
  readonly reconsiderAt?: string
  /** Policy revision that decided. */
  readonly policy: string
}

/** How an index document shows one claim. `withheld` claims are left out, or yanked where the format has a word for it. */
export type Shown = { readonly show: true } | { readonly show: false; readonly verdict: Verdict }
