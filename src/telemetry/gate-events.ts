// What the doors tell, as log lines and counts: one line a decision.
import type { GateEvents } from '../gate/events.ts'
import { purlOf } from '../model/claim.ts'
import type { Reason } from '../model/verdict.ts'
import type { Log } from './log.ts'
import type { Metrics } from './metrics.ts'

// The verdict in the ledger has them all; the line tells enough to find it.
const TOLD_REASONS = 5
const ALARMS: ReadonlySet<string> = new Set([
  'SIGNING_FAILED',
  'UPSTREAM_INVALID',
  'STORE_FAILED',
  'LEDGER_FAILED',
])

export function createGateEvents(log: Log, metrics: Metrics): GateEvents {
  return {
    decided(claim, sha256, verdict, milliseconds) {
      const { outcome, policy, reasons, warnings } = verdict
      const { repository, type, path } = claim
      metrics.decision({ repository, type, outcome, seconds: milliseconds / 1000 })
      const fields = {
        outcome,
        purl: purlOf(claim),
        repository,
        path,
        sha256,
        policy,
        milliseconds: Math.round(milliseconds),
        reasons: tell(reasons),
        warnings: tell(warnings),
      }
      log[outcome === 'approved' ? 'info' : 'warn'](fields, 'decided')
    },
    indexRead(repository, set, changes, milliseconds) {
      metrics.indexRead(repository, milliseconds / 1000)
      log.debug(
        { repository, key: set.key, ...changes, milliseconds: Math.round(milliseconds) },
        'index read',
      )
    },
    published(repository, key, number, withheld, milliseconds) {
      log.info(
        { repository, key, generation: number, withheld, milliseconds: Math.round(milliseconds) },
        'generation published',
      )
    },
    revoked({ claim, sha256, verdict, recipients }) {
      const { repository, path } = claim
      const fields = { purl: purlOf(claim), repository, path, sha256, outcome: verdict.outcome }
      log.warn(
        { ...fields, recipients: recipients.length, reasons: tell(verdict.reasons) },
        'approval taken back',
      )
    },
    restored(claim, sha256) {
      const { repository, path } = claim
      log.info({ purl: purlOf(claim), repository, path, sha256 }, 'approval given again')
    },
    refreshFailed(repository, key, error) {
      metrics.refreshFailed(repository, error.code)
      // An upstream that is away comes back; a bad signature or a key that cannot sign wants a person.
      const level = ALARMS.has(error.code) ? 'error' : 'warn'
      log[level]({ repository, key, error }, 'index not refreshed, the last good one serves on')
    },
    examinationFailed(claim, error) {
      metrics.examinationFailed(claim.repository, error.code)
      log.error(
        { purl: purlOf(claim), repository: claim.repository, path: claim.path, error },
        'not examined, nothing was served',
      )
    },
  }
}

function tell(reasons: readonly Reason[]): readonly string[] {
  return reasons.slice(0, TOLD_REASONS).map(({ rule, text }) => `${rule}: ${text}`)
}
