// Dated snapshots: the newest generation at or before a time, its signed documents with dates of now where they would have expired.
import { LRUCache } from 'lru-cache'
import type { GenerationDocument } from '../ecosystems/ecosystem.ts'
import { GatewayError } from '../model/errors.ts'
import type { BlobStore } from '../storage/blob-store.ts'
import type { Generation, Ledger } from '../storage/ledger.ts'
import { documentAt, documentsOf, type FoundDocument, isImmutable, MAX_KEPT } from './generations.ts'
import type { IndexWorkers } from './index-workers.ts'
import type { JudgeSource } from './policy-judge.ts'
import type { Repository } from './repository.ts'

/** `at` in milliseconds since the epoch. Throws NOT_FOUND when no kept generation is that old. */
export type FindInSnapshot = (
  repository: Repository,
  key: string,
  path: string,
  at: number,
) => Promise<FoundDocument | undefined>

export interface SnapshotParts {
  readonly ledger: Ledger
  readonly blobs: BlobStore
  readonly workers: IndexWorkers
  readonly judges: JudgeSource
  readonly now: () => Date
}

/** Signed anew after this long at the latest; far below every validity. */
const RESIGN_AFTER_MS = 3_600_000

interface Renewal {
  readonly documents: readonly GenerationDocument[]
  readonly lastModified: string
}

export function createSnapshots(parts: SnapshotParts): FindInSnapshot {
  const renewals = new LRUCache<string, Promise<Renewal>>({ max: 200, ttl: RESIGN_AFTER_MS })

  async function renew(repository: Repository, generation: Generation): Promise<Renewal> {
    const { settings } = repository
    const now = parts.now()
    const { key, number } = generation
    const result = await parts.workers.run({
      settings,
      set: { key, documents: [], facts: {} },
      ingest: false,
      renew: documentsOf(generation),
      affinity: settings.name,
      judge: await parts.judges.dataFor(repository, key),
      now: now.toISOString(),
      generation: number,
    })
    return { documents: result.generation?.documents ?? [], lastModified: now.toUTCString() }
  }

  async function renewed(
    repository: Repository,
    generation: Generation,
    path: string,
  ): Promise<FoundDocument | undefined> {
    const name = `${generation.repository}\0${generation.key}\0${generation.number}`
    const known = await renewals.get(name)
    const found = known === undefined ? undefined : documentOf(known, path)
    // Renewed bytes belong to no generation, so the sweep may have taken them: they are made again.
    if (found !== undefined && (await parts.blobs.open(found.sha256)) !== undefined) return found
    const flight = renew(repository, generation)
    renewals.set(name, flight)
    flight.catch(() => renewals.delete(name))
    return documentOf(await flight, path)
  }

  return async (repository, key, path, at) => {
    const { settings, ecosystem } = repository
    const kept = await parts.ledger.generations(settings.name, key, MAX_KEPT)
    const generation = kept.find(({ createdAt }) => Date.parse(createdAt) <= at)
    if (generation === undefined)
      throw new GatewayError(
        'NOT_FOUND',
        `no generation of ${settings.name} is that old; the oldest kept is of ${kept.at(-1)?.createdAt ?? 'never'}`,
        { repository: settings.name },
      )
    const original = documentAt(generation, path)
    const expires = generation.validUntil !== undefined && ecosystem.renewGeneration !== undefined
    if (original === undefined || !expires || isImmutable(path, original.sha256)) return original
    return (await renewed(repository, generation, path)) ?? original
  }
}

function documentOf({ documents, lastModified }: Renewal, path: string): FoundDocument | undefined {
  const found = documents.find((one) => one.path === path)
  return found === undefined
    ? undefined
    : { sha256: found.sha256, contentType: found.contentType, lastModified }
}
