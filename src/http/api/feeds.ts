// How the advisory feeds stand.
import type { ApiParts } from './parts.ts'
import { type ApiRoute, apiRoute } from './route.ts'

export function feedRoutes({ ledger }: ApiParts): readonly ApiRoute[] {
  return [
    apiRoute({
      method: 'GET',
      path: '/feeds',
      role: 'viewer',
      summary: 'The advisory feeds: where each is from, how old, how many records, what failed last',
      run: async () => ({ json: await ledger.advisories.feeds() }),
    }),
  ]
}
