// The policy of each repository, as it is in force.
import type { ApiParts } from './parts.ts'
import { type ApiRoute, apiRoute } from './route.ts'

export function policyRoutes({ policies }: ApiParts): readonly ApiRoute[] {
  return [
    apiRoute({
      method: 'GET',
      path: '/policies',
      role: 'viewer',
      summary: 'The policy of each repository, with all that it extends',
      run: async () => ({ json: policies() }),
    }),
  ]
}
