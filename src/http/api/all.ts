// Every resource of the API, in the order in which its document tells them.
import { auditRoutes } from './audit.ts'
import { checkRoutes } from './check.ts'
import { downloadRoutes } from './downloads.ts'
import { feedRoutes } from './feeds.ts'
import { generationRoutes } from './generations.ts'
import { healthRoutes } from './health.ts'
import type { ApiParts } from './parts.ts'
import { policyRoutes } from './policies.ts'
import { preflightRoutes } from './preflight.ts'
import { recallRoutes } from './recalls.ts'
import { reviewRoutes } from './reviews.ts'
import type { ApiRoute } from './route.ts'
import { tokenRoutes } from './tokens.ts'
import { verdictRoutes } from './verdicts.ts'
import { waiverRoutes } from './waivers.ts'

export const allApiRoutes: readonly ((parts: ApiParts) => readonly ApiRoute[])[] = [
  healthRoutes,
  verdictRoutes,
  checkRoutes,
  reviewRoutes,
  waiverRoutes,
  policyRoutes,
  feedRoutes,
  generationRoutes,
  downloadRoutes,
  recallRoutes,
  preflightRoutes,
  tokenRoutes,
  auditRoutes,
]
