// The contract of one API route: the same entry drives matching, roles, validation and the OpenAPI document.
import type { Caller } from '../../access/directory.ts'
import type { Role } from '../../access/token.ts'
import type { JsonObject } from '../../model/claim.ts'

export interface ApiCall<Query = unknown, Body = unknown> {
  /** Of the path, decoded. */
  readonly parameters: Readonly<Record<string, string>>
  /** Validated against the route's schema, numbers and booleans converted. */
  readonly query: Query
  /** Validated against the route's schema; undefined when the route takes none. */
  readonly body: Body
  readonly caller: Caller
  /** As the audit log names the caller: `token:LABEL`. */
  readonly actor: string
}

export type ApiAnswer =
  | { readonly status?: number; readonly json: unknown }
  | { readonly status?: number; readonly contentType: string; readonly text: AsyncIterable<string> }

export interface ApiRoute {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** Below `/-/api/v1`, e.g. `/tokens/{id}`. */
  readonly path: string
  /** Least role; `open` needs no token. */
  readonly role: Role | 'open'
  /** One line for the OpenAPI document. */
  readonly summary: string
  /** JSON Schema of each query parameter. */
  readonly query?: Readonly<Record<string, JsonObject>>
  readonly requiredQuery?: readonly string[]
  /** JSON Schema of the body; additional keys are refused. */
  readonly body?: JsonObject
  /** Largest body; the configured limit of requests when absent. */
  readonly maxBodyBytes?: number
  /** JSON Schema of the answer. */
  readonly answer?: JsonObject
  // A method, so that a route may say what its validated query and body look like.
  run(call: ApiCall): Promise<ApiAnswer>
}

/** A route whose `run` knows the types that its schemas promise. */
export interface TypedRoute<Query, Body> extends Omit<ApiRoute, 'run'> {
  run(call: ApiCall<Query, Body>): Promise<ApiAnswer>
}

/** The schemas are checked before `run` is called, which is what lets the types be named. */
export function apiRoute<Query = unknown, Body = unknown>(route: TypedRoute<Query, Body>): ApiRoute {
  return { ...route, run: (call) => route.run(call as ApiCall<Query, Body>) }
}

/** Query parameters that many lists share. */
export const LIMIT: JsonObject = {
  type: 'integer',
  minimum: 1,
  maximum: 10_000,
  default: 100,
  description: 'at most so many',
}
export const TEXT: JsonObject = { type: 'string', minLength: 1, maxLength: 500 }
