// Configured repositories with their protocol and policy.
import type { Config, RepositoryConfig } from './config/config.ts'
import { ecosystemOf } from './ecosystems/all.ts'
import type { Repository } from './gate/repository.ts'
import { loadPolicy } from './policy/load.ts'
import type { Policy } from './policy/policy.ts'

/** The policy of each repository, by its name. */
export function policiesOf(config: Config): ReadonlyMap<string, Policy> {
  return new Map(
    config.repositories.map(({ name, policy }) => [
      name,
      loadPolicy(policy ?? config.policy, config.dataDirectory),
    ]),
  )
}

/** Repositories by the one path part they are mounted at. */
export function repositoriesOf(
  config: Config,
  policies: ReadonlyMap<string, Policy>,
): ReadonlyMap<string, Repository> {
  return new Map(
    config.repositories.map((repository) => [
      repository.mount.replaceAll('/', ''),
      { settings: settingsOf(repository, config, policies), ecosystem: ecosystemOf(repository.type) },
    ]),
  )
}

function settingsOf(
  repository: RepositoryConfig,
  config: Config,
  policies: ReadonlyMap<string, Policy>,
): Repository['settings'] {
  const { name, type, mount, upstreams, reserved, options } = repository
  return {
    name,
    type,
    upstreams: upstreams.map(({ url }) => url),
    publicUrl: `${config.publicUrl}${mount.replace(/\/$/, '')}`,
    indexMode: repository.indexMode ?? policies.get(name)?.indexMode ?? 'lazy',
    reserved,
    options: { ...options },
  }
}
