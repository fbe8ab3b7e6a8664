// What can go wrong, as data: a closed list of codes, each with the facts a reader needs. The HTTP status of a code is in http/.

export type ErrorCode =
  | 'NOT_SERVED' // no route of this repository has that path
  | 'BAD_REQUEST' // hostile or malformed request
  | 'METHOD_NOT_ALLOWED'
  | 'UNAUTHORIZED'
  | 'FORBIDDEN' // a known client, but not for this
  | 'RATE_LIMITED'
  | 'CONFLICT' // the state does not allow that change
  | 'NOT_FOUND' // the upstream says there is no such thing
  | 'UPSTREAM_FAILED' // 4xx or 5xx other than not found, broken connection, time-out
  | 'UPSTREAM_UNAVAILABLE' // circuit open or unreachable, worth a retry
  | 'UPSTREAM_INVALID' // the document cannot be parsed, its signature or hash chain is wrong
  | 'HOST_REFUSED' // a learned or redirected address that is not allowed
  | 'CLAIM_MISMATCH' // bytes differ from what the index promised
  | 'CLAIM_MISSING' // no index of this repository promises that artifact
  | 'TOO_LARGE'
  | 'PACKAGE_INVALID' // a reader refuses the archive; facts.rule says which rule
  | 'SCAN_INCOMPLETE' // an examiner crashed, hung, ran out of memory or said nothing
  | 'BUSY' // a queue is full
  | 'STORE_FAILED' // blob store: disk full, damaged blob
  | 'LEDGER_FAILED' // database: locked, corrupt, unreachable
  | 'AUDIT_FAILED' // the audit log cannot be written: nothing new is approved
  | 'SIGNING_FAILED'
  | 'CONFIG_INVALID'
  | 'INTERNAL'

export type Facts = Readonly<Record<string, unknown>>

/** A failure with a code and facts. Never an approval; a verdict is a value, not an error. */
export class GatewayError extends Error {
  readonly code: ErrorCode
  readonly facts: Facts
  constructor(code: ErrorCode, message: string, facts: Facts = {}, options?: ErrorOptions) {
    super(message, options)
    this.name = 'GatewayError'
    this.code = code
    this.facts = facts
  }
}

/** The same error for whatever was thrown; anything that is not ours becomes INTERNAL and keeps its cause. */
export function asGatewayError(thrown: unknown): GatewayError {
  if (thrown instanceof GatewayError) return thrown
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return new GatewayError('INTERNAL', message, {}, { cause: thrown })
}
