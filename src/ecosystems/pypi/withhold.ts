// What a page does with refused files: malware vanishes, policy refusals stay as yanked with our reason, sdists follow their wheels.
import type { ArtifactClaim } from '../../model/claim.ts'
import type { Reason, Shown, Verdict } from '../../model/verdict.ts'
import type { SiblingRule } from '../ecosystem.ts'
import type { ProjectFile, ProjectPage, ProjectStatus } from './project-page.ts'
import { parseVersion } from './version.ts'

/** Rule of a verdict that names harmful bytes or a harmful package: nothing of it is shown, not even to a pin. */
const MALWARE_RULE = 'known-malware'
const MAX_REASON = 300

export interface JudgedFile {
  readonly file: ProjectFile
  readonly claim: ArtifactClaim
  readonly shown: Shown
}

export interface KeptFile extends JudgedFile {
  /** As in ShownFile. */
  readonly yanked?: string
}

/** Files that stay on the page, in their order. A file whose verdict is malware is dropped, whatever else is said of it. */
export function withhold(judged: readonly JudgedFile[]): KeptFile[] {
  return judged
    .filter(({ shown }) => shown.show || !isMalware(shown.verdict))
    .map((one) => {
      const reason = yankedReason(one)
      return reason === undefined ? one : { ...one, yanked: reason }
    })
}

/** Verdicts with what the siblings bring on each file: an sdist of refused wheels becomes refused itself. */
export function withSiblings(judged: readonly JudgedFile[]): JudgedFile[] {
  const wheels = Map.groupBy(
    judged.filter(({ file }) => file.kind === 'wheel'),
    ({ file }) => file.release,
  )
  return judged.map((one) => {
    if (one.file.kind !== 'sdist' || !one.shown.show) return one
    const verdict = refusalByWheels(wheels.get(one.file.release) ?? [])
    return verdict === undefined ? one : { ...one, shown: { show: false, verdict } }
  })
}

/**
 * The same at the artifact door. `siblings` may be the whole project. An installer that is refused a wheel falls back to the sdist of
 * that version and runs its build code, so the sdist is refused when a wheel is blocked, or when none of the wheels may be had.
 */
export const sdistRule: SiblingRule = {
  concerns: (claim) => claim.facts['kind'] === 'sdist',
  refuse(claim, siblings) {
    const release = releaseOf(claim)
    const wheels: { shown: Shown }[] = []
    for (const sibling of siblings)
      if (sibling.claim.facts['kind'] === 'wheel' && releaseOf(sibling.claim) === release)
        wheels.push(sibling)
    return refusalByWheels(wheels)
  },
}

function releaseOf({ version }: ArtifactClaim): string {
  return parseVersion(version)?.release ?? version
}

function refusalByWheels(wheels: readonly { readonly shown: Shown }[]): Verdict | undefined {
  const refusals = wheels.flatMap(({ shown }) => (shown.show ? [] : [shown.verdict]))
  const blocked = refusals.find(({ outcome }) => outcome === 'blocked')
  const cause = blocked ?? (refusals.length === wheels.length ? refusals[0] : undefined)
  if (cause === undefined) return undefined
  const first = cause.reasons[0]
  const reason: Reason = {
    rule: isMalware(cause) ? MALWARE_RULE : 'wheels-refused',
    text: `a wheel of this version is refused: ${first?.text ?? 'not approved'}`,
    ...(first?.severity === undefined ? {} : { severity: first.severity }),
  }
  return { ...cause, reasons: [reason], warnings: [] }
}

function isMalware({ reasons }: Verdict): boolean {
  return reasons.some(({ rule }) => rule === MALWARE_RULE)
}

/** pip, uv, poetry and pdm print this when a pin chooses the file all the same. */
function yankedReason({ file, shown }: JudgedFile): string | undefined {
  if (shown.show) return file.yanked
  const { outcome, reasons } = shown.verdict
  const word = outcome === 'held' ? 'Held' : 'Blocked'
  const own = `${word} by policy: ${reasons[0]?.text ?? 'not approved'}`
    .replace(/[^\x20-\x7e]/g, '?')
    .slice(0, MAX_REASON)
  return file.yanked === undefined || file.yanked === '' ? own : `${own} (yanked upstream: ${file.yanked})`
}

/** PEP 792: `quarantined` is the standard word for a project of which nothing may be offered. */
export function statusAfter(
  page: ProjectPage,
  kept: readonly KeptFile[],
  judged: readonly JudgedFile[],
): ProjectStatus | undefined {
  if (kept.length > 0 || judged.length === 0) return page.status
  const verdict = judged
    .map(({ shown }) => (shown.show ? undefined : shown.verdict))
    .find((one) => one !== undefined)
  return {
    status: 'quarantined',
    reason: `Blocked by policy: ${verdict?.reasons[0]?.text ?? 'known malware'}`.slice(0, MAX_REASON),
  }
}
