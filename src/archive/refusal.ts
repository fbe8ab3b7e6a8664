// The error of a container that cannot be read at all.
import { GatewayError } from '../model/errors.ts'

/** PACKAGE_INVALID with the stable rule in `facts.rule`, which the gate shows as the reason. */
export function invalidPackage(
  rule: string,
  message: string,
  facts: Record<string, unknown> = {},
  cause?: unknown,
): GatewayError {
  return new GatewayError(
    'PACKAGE_INVALID',
    message,
    { rule, ...facts },
    cause === undefined ? undefined : { cause },
  )
}
