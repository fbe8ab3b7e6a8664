// Health and metrics under `/-/`.

export interface HealthParts {
  /** Names of what is not ready, each with a reason; empty when all is. */
  readonly problems: () => Promise<Readonly<Record<string, string>>>
  /** What is told beside it, ready or not: feeds. */
  readonly details: () => Readonly<Record<string, unknown>>
  /** Prometheus text exposition. */
  readonly metrics: () => Promise<{ contentType: string; text: string }>
}

/** Undefined for a path that is none of these. */
export type HealthRoutes = (path: string, query: string) => Promise<Response | undefined>

export function createHealthRoutes(parts: HealthParts): HealthRoutes {
  return async (path) => {
    switch (path) {
      case '/-/live':
        return json(200, { status: 'live' })
      case '/-/ready': {
        const problems = await parts.problems()
        const ready = Object.keys(problems).length === 0
        return json(ready ? 200 : 503, {
          status: ready ? 'ready' : 'not ready',
          problems,
          ...parts.details(),
        })
      }
      case '/-/metrics': {
        const { contentType, text } = await parts.metrics()
        return new Response(text, {
          status: 200,
          headers: { 'content-type': contentType, 'cache-control': 'no-store' },
        })
      }
      default:
        return undefined
    }
  }
}

function json(status: number, value: unknown): Response {
  return new Response(JSON.stringify(value), {
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
  })
}
