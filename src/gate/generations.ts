// Kept generations: which document answers a path, and which of them may go.
import { createHash } from 'node:crypto'
import type { GenerationDocument } from '../ecosystems/ecosystem.ts'
import type { IndexSet } from '../model/index-set.ts'
import type { Generation } from '../storage/ledger.ts'

export interface FoundDocument {
  readonly sha256: string
  readonly contentType: string
  /** HTTP date, strictly growing from generation to generation: apt compares whole seconds. */
  readonly lastModified: string
}

/** Most generations of an index set that are kept, days and bursts together. */
export const MAX_KEPT = 100
/** So many stay whatever their age, for clients that hold an older signed index. */
const KEPT_RECENT = 12
/** Younger ones stay as well: a slow client may take this long from the signed index to the last list. */
const RECENT_MS = 3_600_000
const MAX_RECENT = 60
const KEPT_DAYS = 30

/** Plain paths come from the newest generation only; an older one is searched for paths whose name is their content. */
export function findDocument(generations: readonly Generation[], path: string): FoundDocument | undefined {
  for (const [age, generation] of generations.entries()) {
    const found = documentAt(generation, path)
    if (found === undefined) continue
    return age > 0 && !isImmutable(path, found.sha256) ? undefined : found
  }
  return undefined
}

const dates = new WeakMap<Generation, string>()

/** The document of this very generation. */
export function documentAt(generation: Generation, path: string): FoundDocument | undefined {
  const { documents } = generation
  const found = Object.hasOwn(documents, path) ? documents[path] : undefined
  if (found === undefined) return undefined
  const { sha256, contentType } = found
  return { sha256, contentType, lastModified: dateOf(generation) }
}

function dateOf(generation: Generation): string {
  const date = dates.get(generation) ?? new Date(generation.createdAt).toUTCString()
  dates.set(generation, date)
  return date
}

export function isImmutable(path: string, sha256: string): boolean {
  return path.includes(sha256)
}

/** Documents as the ecosystem made them, back from the ledger's map; aliases are documents of their own. */
export function documentsOf({ documents }: Generation): GenerationDocument[] {
  return Object.entries(documents).map(([path, { sha256, sizeBytes, contentType }]) => ({
    path,
    sha256,
    sizeBytes,
    contentType,
  }))
}

/** Numbers that may go when a new generation comes: neither recent nor the last of one of the last thirty days. */
export function superseded(generations: readonly Generation[], now: number): number[] {
  const days = new Set<string>()
  return generations.flatMap(({ number, createdAt }, age) => {
    const day = createdAt.slice(0, 10)
    const isLastOfDay = !days.has(day)
    days.add(day)
    const old = now - Date.parse(createdAt)
    if (age < KEPT_RECENT || (age < MAX_RECENT && old < RECENT_MS)) return []
    return isLastOfDay && days.size <= KEPT_DAYS ? [] : [number]
  })
}

/** Digest over all that decides what a generation says: the upstream's documents, and what is withheld of them. */
export function inputKeyOf(set: IndexSet, withheldKey: string): string {
  const hash = createHash('sha256')
  for (const { name, sha256 } of set.documents) hash.update(`${name}\0${sha256}\0`)
  return hash.update(withheldKey).digest('hex')
}

/** Milliseconds since the epoch until which the newest one is valid. */
export function validUntilOf([newest]: readonly Generation[]): number {
  return newest?.validUntil === undefined ? Number.POSITIVE_INFINITY : Date.parse(newest.validUntil)
}
