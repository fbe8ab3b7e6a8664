// Client tokens: `spt_<id>_<secret>`. The id finds the row, the secret proves it, and only a hash of the secret is kept.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { GatewayError } from '../model/errors.ts'
import { matchesGlob } from '../model/glob.ts'
import type { AuditFact } from '../storage/audit.ts'
import type { StoredToken } from '../storage/tokens.ts'

/** Each may do what those before it may. */
export const ROLES = ['client', 'viewer', 'reviewer', 'admin'] as const
export type Role = (typeof ROLES)[number]

const SECRET_BYTES = 32
const FORM = /^spt_([0-9a-f]{12})_([A-Za-z0-9_-]{43})$/
const LABEL = /^[A-Za-z0-9][A-Za-z0-9._@:-]{0,63}$/
/** Compared with when there is no such token, so that both answers take the same time. */
const NOBODY = Buffer.alloc(32)

export interface TokenWish {
  readonly label: string
  readonly role: Role
  readonly repositories: readonly string[]
  readonly expiresAt?: string
}

export interface MintedToken {
  /** Shown once; nothing can give it back. */
  readonly token: string
  readonly stored: StoredToken
  readonly fact: AuditFact
}

/** A new token, not yet stored. Throws BAD_REQUEST for a label that would not fit into a log line. */
export function mintToken(wish: TokenWish, actor: string, now: Date): MintedToken {
  const { label, role, repositories, expiresAt } = wish
  if (!LABEL.test(label))
    throw new GatewayError('BAD_REQUEST', 'a label has letters, digits and . _ @ : -, at most 64', { label })
  if (expiresAt !== undefined && !(Date.parse(expiresAt) > now.getTime()))
    throw new GatewayError('BAD_REQUEST', 'a token must expire in the future', { expiresAt })
  const id = randomBytes(6).toString('hex')
  const secret = randomBytes(SECRET_BYTES).toString('base64url')
  const at = now.toISOString()
  const rest = { label, role, repositories, ...(expiresAt === undefined ? {} : { expiresAt }) }
  return {
    token: `spt_${id}_${secret}`,
    stored: {
      id,
      ...rest,
      secretSha256: secretHash(secret).toString('hex'),
      createdAt: at,
      createdBy: actor,
    },
    fact: { at, actor, action: 'token-created', subject: `token:${label}`, details: { id, ...rest } },
  }
}

export function revocationFact(
  { id, label }: StoredToken,
  actor: string,
  reason: string,
  at: string,
): AuditFact {
  return { at, actor, action: 'token-revoked', subject: `token:${label}`, details: { id, reason } }
}

/** The id of something that has the form of one of our tokens. */
export function tokenId(text: string): string | undefined {
  return FORM.exec(text)?.[1]
}

/**
 * Whether the text is this token. A plain SHA-256 is enough: the secret is 256 random bits, so there is nothing to guess and
 * nothing for a slow hash to protect, and every request of every client is checked.
 */
export function provesToken(text: string, stored: StoredToken | undefined): boolean {
  const secret = FORM.exec(text)?.[2] ?? ''
  const kept = stored === undefined ? NOBODY : Buffer.from(stored.secretSha256, 'hex')
  return timingSafeEqual(secretHash(secret), kept) && stored !== undefined
}

function secretHash(secret: string): Buffer {
  return createHash('sha256').update(secret).digest()
}

/** Why it is no longer good; undefined while it is. */
export function endedBecause({ revokedAt, expiresAt }: StoredToken, now: Date): string | undefined {
  if (revokedAt !== undefined) return 'was revoked'
  // An unreadable date is in no future.
  if (expiresAt !== undefined && !(Date.parse(expiresAt) > now.getTime())) return 'has expired'
  return undefined
}

export function mayRead({ repositories }: Pick<StoredToken, 'repositories'>, repository: string): boolean {
  return repositories.some((pattern) => matchesGlob(pattern, repository))
}
