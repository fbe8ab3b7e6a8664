// The tokens of the ledger in memory, followed so closely that a revoked one ends within a second.
import { GatewayError } from '../model/errors.ts'
import type { Ledger } from '../storage/ledger.ts'
import type { StoredToken } from '../storage/tokens.ts'
import { endedBecause, provesToken, ROLES, type Role, tokenId } from './token.ts'

/** Who asks. Anonymous has no label. */
export interface Caller {
  readonly label?: string
  readonly id?: string
  /** -1 for anonymous, else the place in ROLES. */
  readonly rank: number
  /** Globs. */
  readonly repositories: readonly string[]
}

export const ANONYMOUS: Caller = { rank: -1, repositories: ['*'] }

export interface TokenDirectory {
  /** Reads the table again when it changed. Throws LEDGER_FAILED. */
  refresh(): Promise<void>
  /** Throws UNAUTHORIZED with why, LEDGER_FAILED when the table could not be read for too long. */
  authenticate(token: string): Caller
}

/** How long an unreadable table may stand for what it was. */
const TRUSTED_MS = 30_000

export function createTokenDirectory(ledger: Pick<Ledger, 'tokens'>, now: () => Date): TokenDirectory {
  let stamp: string | undefined
  let byId: ReadonlyMap<string, StoredToken> = new Map()
  let readAt = Number.NEGATIVE_INFINITY
  const clock = () => performance.now()

  return {
    async refresh() {
      const current = await ledger.tokens.stamp()
      if (current !== stamp) {
        byId = new Map((await ledger.tokens.list()).map((token) => [token.id, token]))
        stamp = current
      }
      readAt = clock()
    },
    authenticate(text) {
      if (clock() - readAt > TRUSTED_MS)
        throw new GatewayError('LEDGER_FAILED', 'tokens cannot be checked: the ledger cannot be read', {})
      const stored = byId.get(tokenId(text) ?? '')
      if (!provesToken(text, stored) || stored === undefined) throw refused('the token is not known')
      const ended = endedBecause(stored, now())
      if (ended !== undefined) throw refused(`the token "${stored.label}" ${ended}`, stored.label)
      const { id, label, repositories } = stored
      return { id, label, repositories, rank: ROLES.indexOf(stored.role as Role) }
    },
  }
}

function refused(message: string, label?: string): GatewayError {
  return new GatewayError('UNAUTHORIZED', message, label === undefined ? {} : { label })
}
