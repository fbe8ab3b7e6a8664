// Tokens: made, listed, revoked. The text of one is in the answer that made it, and nowhere else.
import { mintToken, revocationFact, type TokenWish } from '../../access/token.ts'
import { GatewayError } from '../../model/errors.ts'
import type { StoredToken } from '../../storage/tokens.ts'
import type { ApiParts } from './parts.ts'
import { type ApiRoute, apiRoute, TEXT } from './route.ts'

export function tokenRoutes({ ledger, now }: ApiParts): readonly ApiRoute[] {
  return [
    apiRoute({
      method: 'GET',
      path: '/tokens',
      role: 'admin',
      summary: 'All tokens, without what proves them',
      run: async () => ({ json: (await ledger.tokens.list()).map(shown) }),
    }),
    apiRoute<unknown, Omit<TokenWish, 'repositories'> & Partial<TokenWish>>({
      method: 'POST',
      path: '/tokens',
      role: 'admin',
      summary: 'Makes a token; its text is in this answer only',
      body: {
        type: 'object',
        additionalProperties: false,
        required: ['label', 'role'],
        properties: {
          label: TEXT,
          role: { enum: ['client', 'viewer', 'reviewer', 'admin'] },
          repositories: { type: 'array', minItems: 1, maxItems: 100, items: TEXT },
          expiresAt: { ...TEXT, description: 'ISO 8601; absent: never' },
        },
      },
      async run({ body, actor }) {
        const wish = { ...body, repositories: body.repositories ?? ['*'] }
        const { token, stored, fact } = mintToken(wish, actor, now())
        await ledger.tokens.add(stored, fact)
        return { status: 201, json: { ...shown(stored), token } }
      },
    }),
    apiRoute<unknown, { readonly reason: string }>({
      method: 'POST',
      path: '/tokens/{id}/revoke',
      role: 'admin',
      summary: 'Ends a token',
      body: {
        type: 'object',
        additionalProperties: false,
        required: ['reason'],
        properties: { reason: TEXT },
      },
      async run({ parameters, body, actor }) {
        const found = (await ledger.tokens.list()).find(({ id }) => id === parameters['id'])
        if (found === undefined) throw new GatewayError('NOT_FOUND', 'there is no such token', {})
        const at = now().toISOString()
        if (!(await ledger.tokens.revoke(found.id, at, revocationFact(found, actor, body.reason, at))))
          throw new GatewayError('CONFLICT', 'that token was revoked before', { id: found.id })
        return { json: { ...shown(found), revokedAt: at } }
      },
    }),
  ]
}

/** Everything but the hash. */
function shown({ secretSha256: _, ...rest }: StoredToken) {
  return rest
}
