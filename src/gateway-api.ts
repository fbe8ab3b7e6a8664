// The part of a gateway that knows who asks: tokens, what they may read, and the API for those who decide.
import { createTokenDirectory } from './access/directory.ts'
import { createRateLimit } from './access/rate-limit.ts'
import { createRefusalLog } from './access/refusals.ts'
import type { Config } from './config/config.ts'
import type { Repository } from './gate/repository.ts'
import { type Parts, problemsOf } from './gateway-parts.ts'
import { type Access, createAccess } from './http/access.ts'
import { allApiRoutes } from './http/api/all.ts'
import { type Api, createApi } from './http/api/router.ts'
import { clientAddresses } from './http/client-address.ts'
import type { Policy } from './policy/policy.ts'
import type { Log } from './telemetry/log.ts'

export interface Callers {
  readonly access: Access
  readonly api: Api
  /** Reads tokens again when they changed. */
  refresh(): Promise<void>
}

export interface CallerParts {
  readonly parts: Parts
  readonly log: Log
  readonly policies: ReadonlyMap<string, Policy>
  readonly repositories: ReadonlyMap<string, Repository>
}

export function createCallers(config: Config, { parts, log, policies, repositories }: CallerParts): Callers {
  const { ledger, now } = parts
  const addressOf = clientAddresses(config.trustedProxies)
  const directory = createTokenDirectory(ledger, now)
  const access = createAccess({
    directory,
    anonymous: config.access.anonymous,
    failures: createRateLimit(config.access.failedLoginsPerMinute),
    addressOf,
    refused: createRefusalLog(ledger.audit, now, (error) =>
      log.error({ error }, 'refused logins not recorded'),
    ),
  })
  const apiParts = {
    ledger,
    now,
    policies: () => [...policies].map(([repository, policy]) => ({ repository, policy })),
    problems: () => problemsOf(parts),
    indexKeys: (name: string) =>
      [...repositories.values()]
        .filter(({ settings }) => settings.name === name)
        .flatMap(({ ecosystem, settings }) => ecosystem.indexKeys?.(settings) ?? []),
  }
  const api = createApi(
    allApiRoutes.flatMap((routes) => routes(apiParts)),
    {
      access,
      addressOf,
      requests: createRateLimit(config.access.apiRequestsPerMinute),
      audit: ledger.audit,
      now,
      publicUrl: config.publicUrl,
      maxRequestBytes: config.limits.maxRequestBytes,
    },
  )
  return { access, api, refresh: () => directory.refresh() }
}
