// Which events of the gate are worth a person's attention, and their words.
import { LRUCache } from 'lru-cache'
import type { FeedEvents, GateEvents } from '../gate/events.ts'
import { type ArtifactClaim, purlOf } from '../model/claim.ts'
import type { GatewayError } from '../model/errors.ts'
import type { Verdict } from '../model/verdict.ts'
import type { Notice } from './notice.ts'

/** The same thing about the same artifact is told once in this time. */
const QUIET_MS = 24 * 3_600_000
const REMEMBERED = 20_000
/** A generation that could not be made or kept; the upstream's own failures are not ours to tell. */
const PUBLISH_FAILURES: ReadonlySet<string> = new Set(['STORE_FAILED', 'LEDGER_FAILED', 'INTERNAL'])
/** Holds that end without a person. */
const NOT_FOR_REVIEW: ReadonlySet<string> = new Set(['scan-incomplete', 'not-examined', 'cooldown'])

export type NoticeEvents = Pick<
  GateEvents,
  'decided' | 'refreshFailed' | 'examinationFailed' | 'revoked' | 'restored'
>

/** `tell` must not throw. */
export function createNoticeEvents(
  tell: (notice: Notice) => void,
  publicUrl: string,
  now: () => Date,
): NoticeEvents {
  const told = new LRUCache<string, true>({ max: REMEMBERED, ttl: QUIET_MS })

  function once(key: string, notice: Omit<Notice, 'at'>): void {
    if (told.has(key)) return
    told.set(key, true)
    tell({ ...notice, at: now().toISOString() })
  }

  const about = (claim: ArtifactClaim, sha256: string) => ({
    repository: claim.repository,
    purl: purlOf(claim),
    path: claim.path,
    ...(sha256 === '' ? {} : { sha256 }),
    link: `${publicUrl}/-/explain/${claim.repository}/${claim.path}`,
  })

  return {
    decided(claim, sha256, verdict) {
      if (!isForReview(verdict)) return
      const { reasons } = verdict
      const key = `held ${claim.repository} ${claim.path} ${sha256} ${reasons.map(({ rule }) => rule).join()}`
      const subject = `${purlOf(claim)} is held for review`
      once(key, { event: 'held-for-review', subject, reasons, ...about(claim, sha256) })
    },
    revoked({ claim, sha256, verdict: { outcome, reasons }, recipients }) {
      const at = now().toISOString()
      const purl = purlOf(claim)
      const facts = { at, reasons, ...about(claim, sha256) }
      tell({ ...facts, event: 'revoked', subject: `${purl} is ${outcome}: its approval was taken back` })
      if (recipients.length === 0) return
      const clients = `${recipients.length} client${recipients.length === 1 ? '' : 's'}`
      tell({ ...facts, event: 'recall', subject: `${purl} was given to ${clients} before`, recipients })
    },
    restored(claim, sha256) {
      const subject = `${purlOf(claim)} is approved again`
      tell({ event: 'restored', at: now().toISOString(), subject, ...about(claim, sha256) })
    },
    examinationFailed(claim, error) {
      const subject = `${purlOf(claim)} could not be examined`
      const key = `scan ${claim.repository} ${claim.path} ${error.code}`
      once(key, { event: 'scan-failed', subject, error: errorOf(error), ...about(claim, '') })
    },
    refreshFailed(repository, key, error) {
      const event =
        error.code === 'SIGNING_FAILED'
          ? 'signing-failed'
          : PUBLISH_FAILURES.has(error.code)
            ? 'publish-failed'
            : undefined
      if (event === undefined) return
      const subject = `the index ${key} of ${repository} could not be ${event === 'signing-failed' ? 'signed' : 'published'}; the last good one serves on`
      once(`${event} ${repository} ${key} ${error.code}`, {
        event,
        subject,
        repository,
        error: errorOf(error),
      })
    },
  }
}

/** The same events, and a notice when a feed grows stale. */
export function withFeedNotices(
  events: FeedEvents,
  tell: (notice: Notice) => void,
  now: () => Date,
): FeedEvents {
  return {
    ...events,
    staleness(status) {
      events.staleness(status)
      if (!status.stale) return
      const subject = `the advisory feed ${status.name} is older than allowed`
      tell({ event: 'feed-stale', at: now().toISOString(), subject })
    },
  }
}

function isForReview({ outcome, reasons, reconsiderAt }: Verdict): boolean {
  return (
    outcome === 'held' && reconsiderAt === undefined && reasons.some(({ rule }) => !NOT_FOR_REVIEW.has(rule))
  )
}

function errorOf({ code, message }: GatewayError) {
  return { code, message }
}
