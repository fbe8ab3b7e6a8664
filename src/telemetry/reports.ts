// What is told of failures and of overrides, each at the level that fits it.
import type { GatewayError } from '../model/errors.ts'
import type { Waiver } from '../model/waiver.ts'
import type { Log } from './log.ts'

export function tellEmergencies(log: Log, waivers: readonly Waiver[]): void {
  for (const waiver of waivers.filter(({ emergency }) => emergency === true))
    log.warn({ waiver }, 'emergency override in force')
}

/** What is wrong with a request is the client's to know; what is wrong with us or the upstream is told here too. */
export function reportFailure(log: Log, path: string, error: GatewayError): void {
  const told = { path: path.slice(0, 300), code: error.code, reason: error.message }
  if (CLIENT_MISTAKES.has(error.code)) log.debug(told, 'refused')
  else if (error.code === 'INTERNAL') log.error({ ...told, error }, 'failed')
  else log.warn({ ...told, facts: error.facts }, 'failed')
}

const CLIENT_MISTAKES: ReadonlySet<string> = new Set([
  'NOT_SERVED',
  'BAD_REQUEST',
  'METHOD_NOT_ALLOWED',
  'UNAUTHORIZED',
  'FORBIDDEN',
  'RATE_LIMITED',
  'CONFLICT',
  'NOT_FOUND',
  'CLAIM_MISSING',
])
