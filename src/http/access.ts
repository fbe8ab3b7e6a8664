// Who is asking, by what the request carries: a bearer token, or basic credentials of which the password is one.
import { ANONYMOUS, type Caller, type TokenDirectory } from '../access/directory.ts'
import type { RateLimit } from '../access/rate-limit.ts'
import { mayRead, tokenId } from '../access/token.ts'
import { asGatewayError, GatewayError } from '../model/errors.ts'
import type { Asked } from './asked.ts'
import type { ClientAddressOf } from './client-address.ts'

export interface Access {
  /** Throws UNAUTHORIZED for a token that is not good, RATE_LIMITED for too many of those from one address. */
  admit(asked: Asked): Caller
  /** Throws UNAUTHORIZED for an anonymous caller, FORBIDDEN for one whose token is for other repositories. */
  allow(caller: Caller, repository: string): void
}

export interface AccessParts {
  readonly directory: TokenDirectory
  readonly anonymous: 'read' | 'none'
  /** Failed logins of one address. */
  readonly failures: RateLimit
  readonly addressOf: ClientAddressOf
  /** Told of every refusal. */
  readonly refused: (address: string, reason: string, label: string | undefined) => void
}

export function createAccess(parts: AccessParts): Access {
  const { directory, anonymous, failures, addressOf } = parts

  function failed(asked: Asked, error: GatewayError): GatewayError {
    if (error.code !== 'UNAUTHORIZED') return error
    const address = addressOf(asked)
    const { label } = error.facts
    parts.refused(address, error.message, typeof label === 'string' ? label : undefined)
    if (failures.take(address)) return error
    return new GatewayError('RATE_LIMITED', 'too many failed logins from this address', {
      retryAfterSeconds: failures.waitSeconds(address),
    })
  }

  return {
    admit(asked) {
      const header = asked.headers['authorization']
      const token = header === undefined ? undefined : tokenIn(header)
      // Clients send what they have for other registries of the same host: no claim to be somebody here.
      if (token === undefined && (anonymous === 'read' || header === undefined)) return ANONYMOUS
      try {
        if (token === undefined)
          throw new GatewayError('UNAUTHORIZED', 'the credentials are no token of this gateway')
        return directory.authenticate(token)
      } catch (thrown) {
        throw failed(asked, asGatewayError(thrown))
      }
    },
    allow(caller, repository) {
      if (caller.label === undefined) {
        if (anonymous === 'none')
          throw new GatewayError('UNAUTHORIZED', 'this gateway wants a token, and the request has none')
      } else if (!mayRead(caller, repository)) {
        throw new GatewayError(
          'FORBIDDEN',
          `the token "${caller.label}" is not for the repository ${repository}`,
          {
            label: caller.label,
          },
        )
      }
    },
  }
}

/** Of `Bearer TOKEN`, or of `Basic` where the token is the password, or the user name when there is no password (RFC 7617). */
function tokenIn(header: string): string | undefined {
  const [, scheme = '', value = ''] = /^(\S+) +(\S+)$/.exec(header.trim()) ?? []
  const isBearer = scheme.toLowerCase() === 'bearer'
  if (isBearer) return tokenId(value) === undefined ? undefined : value
  if (scheme.toLowerCase() !== 'basic') return undefined
  const pair = Buffer.from(value, 'base64').toString('utf8')
  const colon = pair.indexOf(':')
  const candidates = colon < 0 ? [pair] : [pair.slice(colon + 1), pair.slice(0, colon)]
  return candidates.find((candidate) => tokenId(candidate) !== undefined)
}
