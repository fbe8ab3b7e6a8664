// A lock file in, a verdict on each of its packages out.
import { mayRead } from '../../access/token.ts'
import type { ApiParts } from './parts.ts'
import { type ApiRoute, apiRoute } from './route.ts'

const MAX_BODY_BYTES = 64 * 1024 * 1024

export function preflightRoutes({ preflight }: ApiParts): readonly ApiRoute[] {
  return [
    apiRoute<unknown, { readonly fileName: string; readonly content: string }>({
      method: 'POST',
      path: '/preflight',
      role: 'viewer',
      summary: 'Examines every package of a lock file; the answer comes when all are decided',
      maxBodyBytes: MAX_BODY_BYTES,
      body: {
        type: 'object',
        additionalProperties: false,
        required: ['fileName', 'content'],
        properties: {
          fileName: { type: 'string', pattern: '^[^/\\\\]{1,200}$', description: 'e.g. package-lock.json' },
          content: { type: 'string', minLength: 1 },
        },
      },
      run: async ({ body: { fileName, content }, caller }) => ({
        json: await preflight(fileName, content, { mayRead: (repository) => mayRead(caller, repository) }),
      }),
    }),
  ]
}
