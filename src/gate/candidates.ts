// Strict indexes show only what is approved: somebody must examine what they could show, before anybody asks for it.
import type { ArtifactRequest } from '../model/request.ts'
import type { PreparedIndex } from './index-job.ts'
import type { Repository } from './repository.ts'
import { NOT_EXAMINED } from './show-claims.ts'

export interface Candidates {
  /** Looks at what a strict index could not show yet and has the newest of it examined, once for each state of the index. */
  offer(repository: Repository, indexKey: string, index: PreparedIndex, state: object): void
  /** The same for a whole repository, which names the paths itself. */
  offerPaths(repository: Repository, indexKey: string, paths: readonly string[], state: object): void
  /** Resolves when nothing is under way. */
  idle(): Promise<void>
}

/** Versions of one package that are examined ahead: what a range, or a lockfile of late, would choose. */
const NEWEST_VERSIONS = 4
const MAX_WAITING = 2_000
const PRERELEASE = /-|(?:a|b|rc|\.?dev)\d*$/

/** `examine` must not throw: a failure is reported and recorded where it happens. One artifact is examined at a time. */
export function createCandidates(
  examine: (repository: Repository, request: ArtifactRequest) => Promise<unknown>,
): Candidates {
  const offered = new WeakMap<object, Set<string>>()
  const waiting: { repository: Repository; request: ArtifactRequest }[] = []
  let running: Promise<void> = Promise.resolve()
  let active = false

  async function run(): Promise<void> {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
      await examine(next.repository, next.request)
    active = false
  }

  const offerPaths: Candidates['offerPaths'] = (repository, indexKey, paths, state) => {
    if (repository.settings.indexMode !== 'strict') return
    const seen = offered.get(state) ?? new Set()
    offered.set(state, seen)
    for (const path of paths) {
      if (seen.has(path) || waiting.length >= MAX_WAITING) continue
      seen.add(path)
      waiting.push({ repository, request: { kind: 'artifact', path, key: indexKey } })
    }
    if (active || waiting.length === 0) return
    active = true
    running = run()
  }

  return {
    offer: (repository, indexKey, index, state) =>
      offerPaths(repository, indexKey, candidatesOf(repository, index), state),
    offerPaths,
    idle: () => running,
  }
}

/** Files of the newest versions, releases before pre-releases. */
function candidatesOf({ settings, ecosystem }: Repository, { withheld }: PreparedIndex): string[] {
  if (settings.indexMode !== 'strict') return [] // most indexes are lazy, and may withhold thousands
  const open = withheld.filter(({ verdict }) => verdict.reasons.some(({ rule }) => rule === NOT_EXAMINED))
  const versions = [...new Set(open.map(({ version }) => version))].sort(
    (a, b) => Number(PRERELEASE.test(a)) - Number(PRERELEASE.test(b)) || ecosystem.compareVersions(b, a),
  )
  const newest = new Set(versions.slice(0, NEWEST_VERSIONS))
  return open.filter(({ version }) => newest.has(version)).map(({ path }) => path)
}
