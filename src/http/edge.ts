// The edge: HTTP in, HTTP out. What package clients ask in plain form is answered past the router; the router answers everything.
import type { Hono } from 'hono'
import type { GatewayError } from '../model/errors.ts'
import { type AppParts, createApp } from './app.ts'
import type { GatewayEnv } from './bindings.ts'
import { type AnswerPackages, createPackageAnswers, type PackageParts } from './packages.ts'

export interface Edge {
  readonly app: Hono<GatewayEnv>
  /** What `app` answers to package clients, without a web Request and Response. */
  readonly packages: AnswerPackages
  /** Tells the log of an answer that could not be given. */
  readonly failed: (path: string, error: GatewayError) => void
}

export function createEdge(parts: PackageParts & Omit<AppParts, 'packages'>): Edge {
  const packages = createPackageAnswers(parts)
  return { app: createApp({ ...parts, packages }), packages, failed: parts.failed }
}
