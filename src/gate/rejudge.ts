// Decides anew what an exception is about, without waiting for somebody to ask: indexes and lists show it at once.
import type { ArtifactRequest } from '../model/request.ts'
import type { Waiver } from '../model/waiver.ts'
import type { Ledger } from '../storage/ledger.ts'
import type { Repository } from './repository.ts'

export interface RejudgeParts {
  readonly ledger: Pick<Ledger, 'verdicts' | 'claim'>
  readonly repositoryOf: (name: string) => Repository | undefined
  readonly examine: (repository: Repository, request: ArtifactRequest) => Promise<unknown>
}

const MOST = 200

/** Verdicts that exceptions name, by package or by digest; those of rules alone are decided when they are asked for. */
export async function rejudge(waivers: readonly Waiver[], parts: RejudgeParts): Promise<void> {
  const seen = new Set<string>()
  for (const { type, name, version, sha256 } of waivers) {
    if (name === undefined && sha256 === undefined) continue
    const filter = {
      ...(type === undefined ? {} : { type }),
      ...(name === undefined ? {} : { name }),
      ...(version === undefined ? {} : { version }),
      ...(sha256 === undefined || name !== undefined ? {} : { sha256 }),
    }
    for (const { repository: repositoryName, path } of await parts.ledger.verdicts({
      ...filter,
      limit: MOST,
    })) {
      const key = `${repositoryName}\0${path}`
      const repository = parts.repositoryOf(repositoryName)
      if (seen.has(key) || repository === undefined) continue
      seen.add(key)
      const state = await parts.ledger.claim(repositoryName, path)
      if (state === undefined) continue
      // A failure is on record and in the log already, and the artifact stays as it was.
      await parts
        .examine(repository, { kind: 'artifact', path, key: state.claim.indexKey })
        .catch(() => undefined)
    }
  }
}
