// Whether the gateway is ready, and if not, why.
import type { ApiParts } from './parts.ts'
import { type ApiRoute, apiRoute } from './route.ts'

export function healthRoutes({ problems }: ApiParts): readonly ApiRoute[] {
  return [
    apiRoute({
      method: 'GET',
      path: '/health',
      role: 'open',
      summary: 'What is ready and what is not',
      async run() {
        const found = await problems()
        const ready = Object.keys(found).length === 0
        return {
          status: ready ? 200 : 503,
          json: { status: ready ? 'ready' : 'not ready', problems: found },
        }
      },
    }),
  ]
}
