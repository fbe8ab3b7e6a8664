// The part of a gateway that knows who asks: tokens, what they may read, and the API for those who decide.
import { createTokenDirectory } from './access/directory.ts'
import { createRateLimit } from './access/rate-limit.ts'
import { createRefusalLog } from './access/refusals.ts'
import type { Config } from './config/config.ts'
import type { ArtifactGate } from './gate/artifact-gate.ts'
import { createExamineVersion } from './gate/examine-version.ts'
import type { IndexSource } from './gate/index-source.ts'
import type { Preflight } from './gate/preflight.ts'
import type { Repository } from './gate/repository.ts'
import type { WaiverBook } from './gate/waiver-book.ts'
import { type Parts, problemsOf } from './gateway-parts.ts'
import { type Access, createAccess } from './http/access.ts'
import { allApiRoutes } from './http/api/all.ts'
import { type Api, createApi } from './http/api/router.ts'
import { clientAddresses } from './http/client-address.ts'
import type { Policy } from './policy/policy.ts'
import { recordPolicies } from './review/policy-changes.ts'
import type { Log } from './telemetry/log.ts'
import { versionOrder } from './version-order.ts'

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
  readonly artifacts: ArtifactGate
  readonly source: IndexSource
  readonly waivers: WaiverBook
  readonly preflight: Preflight
}

export function createCallers(config: Config, given: CallerParts): Callers {
  const { parts, log, policies, repositories, artifacts, waivers, preflight } = given
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
  let isRecorded = false
  const apiParts = {
    ledger,
    now,
    preflight,
    policies: () => [...policies].map(([repository, policy]) => ({ repository, policy })),
    problems: () => problemsOf(parts),
    review: () => ({
      ledger,
      now: now(),
      limits: config.waivers,
      order: versionOrder,
      isScanning: artifacts.isUnderWay,
    }),
    decidedNow: () => waivers.refresh(),
    examineVersion: createExamineVersion({ ledger, repositories, artifacts, source: given.source }),
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
  return {
    access,
    api,
    async refresh() {
      await directory.refresh()
      if (isRecorded) return
      // Once, and tried again until it can be entered; what was approved under them is served meanwhile.
      await recordPolicies(ledger, policies, now()).then(
        () => (isRecorded = true),
        (error) => log.error({ error }, 'policies not entered in the audit log'),
      )
    },
  }
}
