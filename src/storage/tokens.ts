// The contract of the token table: who may ask, kept so that the table alone lets nobody in.
import type { AuditFact } from './audit.ts'

export interface StoredToken {
  /** Part of the token that is no secret. */
  readonly id: string
  readonly label: string
  /** `client`, `viewer`, `reviewer`, `admin`. */
  readonly role: string
  /** Names of repositories, as globs. */
  readonly repositories: readonly string[]
  /** Lower-case hex SHA-256 of the secret part. */
  readonly secretSha256: string
  /** ISO 8601. */
  readonly createdAt: string
  readonly createdBy: string
  readonly expiresAt?: string
  readonly revokedAt?: string
}

export interface TokenStore {
  /** Throws CONFLICT when a live token has that label. The fact is entered with it, or neither is. */
  add(token: StoredToken, fact: AuditFact): Promise<void>
  /** False when there is none, or it was revoked before. */
  revoke(id: string, at: string, fact: AuditFact): Promise<boolean>
  /** Oldest first, those that ended too. */
  list(): Promise<readonly StoredToken[]>
  /** Changes with every change of the table, through whatever connection. */
  stamp(): Promise<string>
}
