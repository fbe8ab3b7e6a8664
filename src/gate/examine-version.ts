// Examines named versions ahead of any client: a build asks whether its dependencies will be served, before it installs them.
import type { ArtifactClaim } from '../model/claim.ts'
import { asGatewayError } from '../model/errors.ts'
import type { Purl } from '../model/purl.ts'
import type { Ledger } from '../storage/ledger.ts'
import type { ArtifactGate } from './artifact-gate.ts'
import { eachBounded } from './bounded.ts'
import type { IndexSource } from './index-source.ts'
import type { Repository } from './repository.ts'

export interface ExamineVersionParts {
  readonly ledger: Pick<Ledger, 'claimsOf'>
  readonly repositories: ReadonlyMap<string, Repository>
  readonly artifacts: ArtifactGate
  readonly source: IndexSource
}

/** Verdicts are in the ledger afterwards. Answers what could not be examined, one sentence each. */
export type ExamineVersion = (
  purls: readonly Purl[],
  mayRead: (repository: string) => boolean,
) => Promise<readonly string[]>

const AT_ONCE = 4

export function createExamineVersion(parts: ExamineVersionParts): ExamineVersion {
  async function claimsOf(repository: Repository, wanted: readonly Purl[]): Promise<ArtifactClaim[]> {
    const { ecosystem, settings } = repository
    const keys =
      ecosystem.indexScope === 'repository'
        ? (ecosystem.indexKeys?.(settings) ?? [])
        : new Set(wanted.map(({ name }) => name))
    const found: ArtifactClaim[] = []
    for (const key of keys) {
      await parts.source.ensureClaims(repository, key, false)
      const states = await parts.ledger.claimsOf(settings.name, key)
      found.push(...states.map(({ claim }) => claim).filter((claim) => isWanted(claim, wanted)))
    }
    return found
  }

  return async (purls, mayRead) => {
    const problems: string[] = []
    for (const repository of parts.repositories.values()) {
      const { type, name } = repository.settings
      const wanted = purls.filter((purl) => purl.type === type)
      if (wanted.length === 0 || !mayRead(name)) continue
      try {
        await eachBounded(await claimsOf(repository, wanted), AT_ONCE, async ({ path, indexKey }) => {
          await parts.artifacts
            .examine(repository, { kind: 'artifact', path, key: indexKey })
            .catch((thrown) => problems.push(`${path}: ${asGatewayError(thrown).message}`))
        })
      } catch (thrown) {
        problems.push(`${name}: ${asGatewayError(thrown).message}`)
      }
    }
    return problems
  }
}

function isWanted({ name, version, facts }: ArtifactClaim, wanted: readonly Purl[]): boolean {
  return (
    facts['companionOf'] === undefined && wanted.some((one) => one.name === name && one.version === version)
  )
}
