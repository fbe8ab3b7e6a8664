// How one audit entry holds on to the one before it.
import { hash } from 'node:crypto'
import type { JsonObject } from '../model/claim.ts'
import { redact } from '../model/redact.ts'
import type { AuditEntry, AuditFact } from './audit.ts'

export const CHAIN_START = '0'.repeat(64)
const MAX_DETAIL_BYTES = 16 * 1024

/** Over the entry without its own hash; a JSON list, so that no two different entries give the same text. */
export function chainHash(entry: Omit<AuditEntry, 'hash'>): string {
  const { sequence, previous, at, actor, action, subject, details } = entry
  return hash('sha256', JSON.stringify([sequence, previous, at, actor, action, subject, details]), 'hex')
}

/** The facts as the next entries of a chain that ends with `last`, secrets redacted. */
export function chainOf(facts: readonly AuditFact[], last: AuditEntry | undefined): readonly AuditEntry[] {
  const entries: AuditEntry[] = []
  let sequence = last?.sequence ?? 0
  let previous = last?.hash ?? CHAIN_START
  for (const fact of facts) {
    sequence += 1
    const { at, actor, action, subject, details } = asFact(redact(fact))
    const entry = { sequence, previous, at, actor, action, subject, details: bounded(details) }
    previous = chainHash(entry)
    entries.push({ ...entry, hash: previous })
  }
  return entries
}

function asFact(redacted: unknown): AuditFact {
  return redacted as AuditFact // redact keeps the shape of what it is given
}

function bounded(details: JsonObject): JsonObject {
  const text = JSON.stringify(details)
  if (text.length <= MAX_DETAIL_BYTES) return details
  return { cut: true, start: text.slice(0, 2000) }
}
