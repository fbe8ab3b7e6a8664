// One refusal that serves every client: problem details, npm's `error`, a reason phrase, an npm notice.
import type { ArtifactClaim } from '../model/claim.ts'
import type { GatewayError } from '../model/errors.ts'
import type { Verdict } from '../model/verdict.ts'
import { STATUS, TITLES } from './status.ts'

export interface Refusal {
  readonly status: number
  /** HTTP/1.1 reason phrase: pip, poetry, pnpm, yarn 4 and apt print it and nothing else. */
  readonly phrase: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const PHRASE_CHARACTERS = 120
// uv shows title and detail only for exactly this type, without parameters (RFC 9457).
const PROBLEM_TYPE = 'application/problem+json'

/** What a client is told of an artifact or a whole index that may not be served. */
export function refusalOf(verdict: Verdict, subject: string, instance: string): Refusal {
  // An examination that a tool could not finish is tried again; everything else stays as it is until somebody acts.
  const pending =
    verdict.outcome === 'held' && verdict.reasons.every(({ rule }) => rule === 'scan-incomplete')
  const status = pending ? 503 : 403
  const reason = verdict.reasons[0]?.text ?? 'not approved'
  const title = verdict.outcome === 'blocked' ? 'Blocked by policy' : 'Held by policy'
  const word = verdict.outcome === 'blocked' ? 'Blocked' : 'Held'
  const rules = verdict.reasons
    .slice(0, 8)
    .map(({ rule, severity, text, file, line }) => ({ rule, severity, text, file, line }))
  return refusal(
    status,
    `${word} by Sallyport: ${reason}`,
    {
      title,
      detail: `${subject} ${verdict.outcome === 'blocked' ? 'is blocked' : 'is held'}: ${reason} (${instance})`,
      instance,
      code: verdict.outcome === 'blocked' ? 'SALLYPORT_BLOCKED' : 'SALLYPORT_HELD',
      reasons: rules,
    },
    pending ? { 'retry-after': '30' } : {},
  )
}

/** What a client is told of a failure. Facts of the error stay in the log, only code and message leave. */
export function refusalOfError(error: GatewayError, instance: string): Refusal {
  const status = STATUS[error.code]
  const detail = status === 500 ? 'the gateway failed; its log has the cause' : error.message
  const extra: Record<string, string> = {}
  if (status === 503 || status === 429) extra['retry-after'] = String(error.facts['retryAfterSeconds'] ?? 10)
  // npm looks for the first word, pip, apt and dnf for Basic (RFC 9110 section 11.6.1).
  if (status === 401) extra['www-authenticate'] = 'Bearer realm="Sallyport", Basic realm="Sallyport"'
  if (status === 405) extra['allow'] = String(error.facts['allow'] ?? 'GET, HEAD')
  return refusal(
    status,
    `${TITLES[error.code]}: ${detail}`,
    { title: TITLES[error.code], detail, instance, code: error.code },
    extra,
  )
}

function refusal(
  status: number,
  phrase: string,
  problem: { title: string; detail: string; instance: string; code: string; reasons?: unknown },
  extra: Readonly<Record<string, string>> = {},
): Refusal {
  const detail = printable(problem.detail)
  return {
    status,
    phrase: printable(phrase).slice(0, PHRASE_CHARACTERS),
    headers: {
      'content-type': PROBLEM_TYPE,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      ...extra,
    },
    body: JSON.stringify({ type: 'about:blank', ...problem, detail, status, error: detail, message: detail }),
  }
}

/** Printable ASCII on one line: the phrase is a header line, and terminals show the rest. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]+/g, ' ').trim()
}

export function subjectOf(claim: Pick<ArtifactClaim, 'name' | 'version'>): string {
  return `${claim.name}@${claim.version}`
}
