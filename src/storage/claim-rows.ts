// Claims as rows: conversion, fingerprints, and when new promises cut the link to the bytes already fetched.
import { hash } from 'node:crypto'
import type { Insertable, Selectable } from 'kysely'
import type { ArtifactClaim, Digests, JsonObject, PurlType } from '../model/claim.ts'
import { type LedgerDatabase, readJson } from './ledger-database.ts'
import type { ClaimsTable } from './tables.ts'

export type ClaimRow = Required<Omit<Insertable<ClaimsTable>, 'id'>>

/** Which index set of which repository makes the promise. */
export interface ClaimOwner {
  readonly repository: string
  readonly indexKey: string
}

export const CLAIM_COLUMNS = [
  'repository',
  'path',
  'index_key',
  'type',
  'name',
  'version',
  'url',
  'digests',
  'claimed_bytes',
  'published_at',
  'facts',
  'fingerprint',
  'sha256',
  'size_bytes',
  'verdict_id',
] as const satisfies readonly (keyof ClaimRow)[]

/** The row of a claim nobody has fetched yet. */
export function claimRow(claim: ArtifactClaim, owner: ClaimOwner, fingerprint: string): ClaimRow {
  return {
    repository: owner.repository,
    path: claim.path,
    index_key: owner.indexKey,
    type: claim.type,
    name: claim.name,
    version: claim.version,
    url: claim.url,
    digests: digestsText(claim.digests),
    claimed_bytes: claim.sizeBytes ?? null,
    published_at: claim.publishedAt ?? null,
    facts: JSON.stringify(claim.facts),
    fingerprint,
    sha256: null,
    size_bytes: null,
    verdict_id: null,
  }
}

/** Digest over everything a claim says. Computed for every claim of every index read, so it takes the shortest way. */
export function fingerprintOf(claim: ArtifactClaim): string {
  const { type, name, version, path, url, digests, sizeBytes, publishedAt, facts } = claim
  return hash(
    'sha256',
    JSON.stringify([type, name, version, path, url, digests, sizeBytes, publishedAt, facts]),
    'base64url',
  )
}

export function claimOf(db: LedgerDatabase, row: Omit<Selectable<ClaimsTable>, 'id'>): ArtifactClaim {
  return {
    repository: row.repository,
    type: row.type as PurlType,
    name: row.name,
    version: row.version,
    path: row.path,
    indexKey: row.index_key,
    url: row.url,
    digests: readJson<Digests>(db, row.digests, 'claims.digests'),
    ...(row.claimed_bytes === null ? {} : { sizeBytes: row.claimed_bytes }),
    ...(row.published_at === null ? {} : { publishedAt: row.published_at }),
    facts: readJson<JsonObject>(db, row.facts, 'claims.facts'),
  }
}

/** One spelling of a set of digests: sorted by algorithm, lower-case hex. */
export function digestsText(digests: Digests): string {
  const pairs = Object.entries(digests).filter((pair): pair is [string, string] => pair[1] !== undefined)
  pairs.sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify(Object.fromEntries(pairs.map(([name, hex]) => [name, hex.toLowerCase()])))
}

/**
 * Whether bytes that matched the former promise surely match the present one: every digest it names was named before
 * with the same value, it does not drop all of them, and the size does not contradict.
 */
export function keepsPromise(
  former: { readonly digests: Digests; readonly sizeBytes: number | null },
  present: { readonly digests: Digests; readonly sizeBytes: number | null },
): boolean {
  const names = Object.keys(present.digests) as (keyof Digests)[]
  if (names.length === 0 && Object.keys(former.digests).length > 0) return false
  if (names.some((name) => former.digests[name] !== present.digests[name])) return false
  return former.sizeBytes === null || present.sizeBytes === null || former.sizeBytes === present.sizeBytes
}
