// Who was given what.
import type { ApiParts } from './parts.ts'
import { type ApiRoute, apiRoute, LIMIT, TEXT } from './route.ts'

interface DownloadQuery {
  readonly repository?: string
  readonly path?: string
  readonly sha256?: string
  readonly limit: number
}

export function downloadRoutes({ ledger }: ApiParts): readonly ApiRoute[] {
  return [
    apiRoute<DownloadQuery>({
      method: 'GET',
      path: '/downloads',
      role: 'viewer',
      summary: 'Downloads, newest first: which address and token was given which bytes, when',
      query: {
        repository: TEXT,
        path: { ...TEXT, maxLength: 4096 },
        sha256: { type: 'string', pattern: '^[0-9a-f]{64}$' },
        limit: LIMIT,
      },
      run: async ({ query }) => ({ json: await ledger.downloads(query) }),
    }),
  ]
}
