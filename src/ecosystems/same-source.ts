// `withholdSource`: what was built from the same source as a blocked package shares its fate, for it shares its build.
import type { ArtifactClaim } from '../model/claim.ts'
import type { Shown, Verdict } from '../model/verdict.ts'
import type { SiblingRule } from './ecosystem.ts'

export type Show = (claim: ArtifactClaim) => Shown

const RULE = 'same-source-blocked'

/** Facts of a claim in a repository that has the option on; the sibling rule reads nothing else. */
export function sourceFacts(options: Readonly<Record<string, unknown>>): { withholdSource?: true } {
  return options['withholdSource'] === true ? { withholdSource: true } : {}
}

/** Source package with its version, in a repository that has the option on; undefined when nobody says. */
function sourceOf({ facts }: ArtifactClaim): string | undefined {
  if (facts['withholdSource'] !== true || facts['source'] === undefined) return undefined
  return `${facts['source']}\0${facts['sourceVersion'] ?? ''}`
}

/** Blocked by itself, not because of another. */
function condemns(shown: Shown): shown is Shown & { show: false } {
  return !shown.show && shown.verdict.outcome === 'blocked' && shown.verdict.reasons[0]?.rule !== RULE
}

function blockedWith(blocked: ArtifactClaim, { policy, reasons }: Verdict): Verdict {
  const why = reasons[0]?.text ?? 'no reason told'
  const text = `built from the same source as ${blocked.name} ${blocked.version}, which is blocked: ${why}`
  return { outcome: 'blocked', reasons: [{ rule: RULE, text: text.slice(0, 300) }], warnings: [], policy }
}

/** Asks `show` of every claim of the index once, and returns a `show` that withholds whole sources. */
export function showWholeSources(show: Show, claims: Iterable<ArtifactClaim>): Show {
  const condemned = new Map<string, Verdict>()
  for (const claim of claims) {
    const source = sourceOf(claim)
    if (source === undefined || condemned.has(source)) continue
    const shown = show(claim)
    if (condemns(shown)) condemned.set(source, blockedWith(claim, shown.verdict))
  }
  return (claim) => {
    const shown = show(claim)
    const verdict = shown.show ? condemned.get(sourceOf(claim) ?? '') : undefined
    return verdict === undefined ? shown : { show: false, verdict }
  }
}

/** The same at the artifact door. */
export const sameSourceRule: SiblingRule = {
  among: 'decided',
  concerns: (claim) => sourceOf(claim) !== undefined,
  refuse(claim, siblings) {
    const source = sourceOf(claim)
    for (const { claim: other, shown } of siblings)
      if (other.path !== claim.path && sourceOf(other) === source && condemns(shown))
        return blockedWith(other, shown.verdict)
    return undefined
  },
}
