// A client that reads a wheel's metadata is about to ask for the wheel: it is fetched and examined meanwhile, so that less is waited for.
import { LRUCache } from 'lru-cache'
import { type ArtifactClaim, companionSubject } from '../model/claim.ts'
import type { ArtifactRequest } from '../model/request.ts'
import type { Ledger } from '../storage/ledger.ts'
import type { Repository } from './repository.ts'

export interface SubjectsAhead {
  /** Told of everything that was served; only companions lead to anything. Never throws, never waits. */
  served(repository: Repository, claim: ArtifactClaim): void
}

/** One is on its way while the other is examined. What waits here is not begun: a client that asks for it starts its own. */
const AT_ONCE = 2
const MAX_WAITING = 500
/** A resolver that goes back from version to version reads the metadata of many and takes one. */
const PER_INDEX = 2
const PERIOD_MS = 10 * 60_000
const INDEXES = 20_000

interface Parts {
  readonly ledger: Pick<Ledger, 'claim'>
  /** Must not throw: a failure is reported and recorded where it happens. */
  readonly examine: (repository: Repository, request: ArtifactRequest) => Promise<unknown>
  /** A larger subject is not fetched before it is asked for, nor one of unknown size; 0: none is. */
  readonly maxBytes: number
}

export function createSubjectsAhead({ ledger, examine, maxBytes }: Parts): SubjectsAhead {
  const begun = new LRUCache<string, Set<string>>({ max: INDEXES, ttl: PERIOD_MS })
  const waiting: { readonly repository: Repository; readonly path: string; readonly key: string }[] = []
  let lanes = 0

  async function run(): Promise<void> {
    lanes += 1
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const { repository, path, key } = next
      if (await isWorthwhile(repository.settings.name, path))
        await examine(repository, { kind: 'artifact', path, key })
    }
    lanes -= 1
  }

  async function isWorthwhile(repository: string, path: string): Promise<boolean> {
    const state = await ledger.claim(repository, path).catch(() => undefined)
    return state !== undefined && state.verdict === undefined && isSmall(state.claim)
  }

  function isSmall({ sizeBytes }: ArtifactClaim): boolean {
    return sizeBytes !== undefined && sizeBytes <= maxBytes
  }

  return {
    served(repository, claim) {
      const path = companionSubject(claim)
      if (path === undefined || maxBytes === 0 || waiting.length >= MAX_WAITING) return
      const index = `${claim.repository}\0${claim.indexKey}`
      const paths = begun.get(index) ?? new Set<string>()
      if (paths.has(path) || paths.size >= PER_INDEX) return
      // The time runs from the first of them: a busy index must not be shut for ever.
      if (paths.size === 0) begun.set(index, paths)
      paths.add(path)
      waiting.push({ repository, path, key: claim.indexKey })
      if (lanes < AT_ONCE) void run()
    },
  }
}
