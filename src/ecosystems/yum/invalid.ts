// The one error of upstream metadata that does not hold.
import { GatewayError } from '../../model/errors.ts'

export function invalid(what: string, why: string, cause?: unknown): GatewayError {
  return new GatewayError('UPSTREAM_INVALID', `${what} ${why}`, { what }, { cause })
}
