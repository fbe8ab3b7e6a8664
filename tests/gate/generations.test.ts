// Which generation answers a path, and which may go.
import { describe, expect, it } from 'vitest'
import { findDocument, superseded } from '../../src/gate/generations.ts'
import type { Generation } from '../../src/storage/ledger.ts'

const NOW = Date.parse('2026-06-30T12:00:00Z')
const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

function generation(
  number: number,
  ageMs: number,
  sha256 = String(number).repeat(64).slice(0, 64),
): Generation {
  const document = { sha256, sizeBytes: 1, contentType: 'text/plain' }
  return {
    repository: 'debian',
    key: 'archive',
    number,
    createdAt: new Date(NOW - ageMs).toISOString(),
    inputKey: '',
    documents: { Release: document, [`by-hash/SHA256/${sha256}`]: document },
  }
}

describe('kept generations', () => {
  it('answer plain paths from the newest only, and digests from any', () => {
    const kept = [generation(2, 0), generation(1, MINUTE)]
    expect(findDocument(kept, 'Release')?.sha256).toMatch(/^2/)
    expect(findDocument(kept, `by-hash/SHA256/${'1'.repeat(64)}`)?.sha256).toMatch(/^1/)
    const [newest, older] = kept
    const without = { ...generation(3, 0), documents: {} }
    expect(findDocument([without, newest, older] as Generation[], 'Release')).toBeUndefined()
    expect(findDocument(kept, 'constructor')).toBeUndefined()
  })

  it('are the twelve newest, those of the last hour, and the last of each of thirty days', () => {
    const burst = Array.from({ length: 80 }, (_, at) => generation(1000 - at, at * MINUTE))
    const days = Array.from({ length: 50 }, (_, at) => [
      generation(900 - 2 * at, (at + 1) * DAY),
      generation(899 - 2 * at, (at + 1) * DAY + MINUTE),
    ]).flat()
    const all = [...burst, ...days]
    const dropped = new Set(superseded(all, NOW))
    const kept = all.filter(({ number }) => !dropped.has(number))
    expect(kept.slice(0, 60).map(({ number }) => number)).toEqual(
      burst.slice(0, 60).map(({ number }) => number),
    )
    expect(kept.slice(60).map(({ number }) => number)).toEqual(
      Array.from({ length: 29 }, (_, at) => 900 - 2 * at),
    )
  })

  it('of a quiet repository go by count, not by age', () => {
    const quiet = Array.from({ length: 12 }, (_, at) => generation(50 - at, at * 400 * DAY))
    expect(superseded(quiet, NOW)).toEqual([])
  })
})
