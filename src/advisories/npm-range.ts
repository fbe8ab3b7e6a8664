// What a record says is affected, in npm's range notation.
import type { AffectedEvent, AffectedPackage } from '../model/advisory.ts'

/** `>=1.0.0 <1.2.3 || =2.0.0`; `*` for every version. */
export function npmRange({ ranges, versions }: Pick<AffectedPackage, 'ranges' | 'versions'>): string {
  const parts = [
    ...ranges.flatMap(({ events }) => spans(events)),
    ...versions.map((version) => `=${version}`),
  ]
  if (parts.length === 0 || parts.includes('*')) return '*'
  return [...new Set(parts)].join(' || ')
}

/** Introductions and ends take turns, as records write them. */
function spans(events: readonly AffectedEvent[]): string[] {
  const found: string[] = []
  let from: string | undefined
  for (const { introduced, fixed, last_affected } of events) {
    if (introduced !== undefined) from = introduced === '0' ? '' : `>=${introduced}`
    const to =
      fixed !== undefined ? `<${fixed}` : last_affected !== undefined ? `<=${last_affected}` : undefined
    if (to === undefined) continue
    found.push([from ?? '', to].filter((part) => part !== '').join(' '))
    from = undefined
  }
  if (from !== undefined) found.push(from === '' ? '*' : from)
  return found
}
