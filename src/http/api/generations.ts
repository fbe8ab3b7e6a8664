// The signed generations of APT, YUM and APK repositories.
import type { ApiParts } from './parts.ts'
import { type ApiRoute, apiRoute, LIMIT, TEXT } from './route.ts'

export function generationRoutes({ ledger, indexKeys }: ApiParts): readonly ApiRoute[] {
  return [
    apiRoute<{ readonly repository: string; readonly limit: number }>({
      method: 'GET',
      path: '/generations',
      role: 'viewer',
      summary: 'Kept generations of a repository, newest first',
      query: { repository: TEXT, limit: { ...LIMIT, default: 20 } },
      requiredQuery: ['repository'],
      async run({ query: { repository, limit } }) {
        const all = await Promise.all(
          indexKeys(repository).map((key) => ledger.generations(repository, key, limit)),
        )
        return { json: all.flat() }
      },
    }),
  ]
}
