// Composition root of `feeds`: how advisory feeds stand and their update, without a running gateway.
import { join } from 'node:path'
import { planFeed } from './advisories/feed-plan.ts'
import type { Config, RepositoryConfig } from './config/config.ts'
import type { FeedStatus } from './gate/events.ts'
import { type FeedUpdate, type UpdateOptions, updateFeed } from './gate/feed-run.ts'
import { statusOf } from './gate/feeds.ts'
import { releasesOf } from './gate/releases.ts'
import { upstreamOptions } from './gateway-parts.ts'
import { GatewayError } from './model/errors.ts'
import { openLedger } from './storage/all.ts'
import { createUpstreamClient } from './upstream/client.ts'

export async function feedStatuses(config: Config): Promise<readonly FeedStatus[]> {
  const ledger = await openLedger(config.ledger.reveal())
  try {
    const states = new Map((await ledger.advisories.feeds()).map((state) => [state.name, state]))
    return config.advisories.feeds
      .flatMap(planFeed)
      .map((plan) => statusOf(plan, states.get(plan.name), Date.now()))
  } finally {
    await ledger.close()
  }
}

/** All feeds, or those of one name, one after the other. Throws BAD_REQUEST for a name that no feed has. */
export async function updateFeeds(
  config: Config,
  only: string | undefined,
  options: UpdateOptions,
  actor: string,
): Promise<readonly FeedUpdate[]> {
  const plans = config.advisories.feeds
    .filter(({ name }) => only === undefined || name === only)
    .flatMap(planFeed)
  if (plans.length === 0) throw noSuchFeed(config, only)
  const ledger = await openLedger(config.ledger.reveal())
  const upstream = createUpstreamClient(await upstreamOptions(config))
  const parts = {
    ledger,
    upstream,
    actor,
    ledgerUrl: config.ledger.reveal(),
    directory: join(config.dataDirectory, 'feeds'),
    now: () => new Date(),
  }
  try {
    const states = new Map((await ledger.advisories.feeds()).map((state) => [state.name, state]))
    const updates: FeedUpdate[] = []
    for (const plan of plans) updates.push(await updateFeed(plan, states.get(plan.name), parts, options))
    return updates
  } finally {
    await upstream.close()
    await ledger.close()
  }
}

/** Releases of a distribution, as OSV names them, whose advisories count for a repository. */
export function releasesOfRepository({
  name,
  type,
  upstreams,
  options,
}: RepositoryConfig): readonly string[] {
  return releasesOf({ name, type, upstreams: upstreams.map(({ url }) => url), options: { ...options } })
}

function noSuchFeed(config: Config, only: string | undefined): GatewayError {
  const names = config.advisories.feeds.map(({ name }) => name)
  const message =
    only === undefined || names.length === 0
      ? 'no feed is configured (advisories.feeds); only the shipped malware records are used'
      : `no feed is called ${only}; configured are ${names.join(', ')}`
  return new GatewayError('BAD_REQUEST', message, { arguments: only !== undefined })
}
