// The OpenAPI 3.1 document of the API, made of the route table.
import type { ApiRoute } from './route.ts'

/** `server` is the absolute URL of the API's root. */
export function openApiDocument(routes: readonly ApiRoute[], server: string): object {
  const paths: Record<string, Record<string, object>> = {}
  for (const route of routes) {
    const path = route.path.replaceAll('*}', '}')
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route) }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Sallyport', version: '1', description: 'Verdicts, exceptions and their records.' },
    servers: [{ url: server }],
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas: {
        Problem: {
          type: 'object',
          description: 'RFC 9457 problem details.',
          properties: {
            title: { type: 'string' },
            status: { type: 'integer' },
            detail: { type: 'string' },
            instance: { type: 'string' },
            code: { type: 'string' },
          },
        },
      },
    },
  }
}

function operationOf(route: ApiRoute): object {
  const { method, path, role, summary, query = {}, requiredQuery = [], body, answer } = route
  const inPath = [...path.matchAll(/\{(\w+)\*?\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
  const inQuery = Object.entries(query).map(([name, schema]) => ({
    name,
    in: 'query',
    required: requiredQuery.includes(name),
    schema,
  }))
  return {
    operationId: operationId(method, path),
    summary,
    description: role === 'open' ? 'Needs no token.' : `Needs the role ${role} or a higher one.`,
    parameters: [...inPath, ...inQuery],
    ...(body === undefined
      ? {}
      : { requestBody: { required: true, content: { 'application/json': { schema: body } } } }),
    responses: {
      200: { description: 'done', content: { 'application/json': { schema: answer ?? {} } } },
      default: {
        description: 'a refusal or a failure',
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
    security: role === 'open' ? [] : [{ token: [] }],
  }
}

/** `getTokensId` of GET /tokens/{id}. */
function operationId(method: string, path: string): string {
  const words = path.match(/\w+/g) ?? []
  return `${method.toLowerCase()}${words.map((word) => `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`).join('')}`
}
