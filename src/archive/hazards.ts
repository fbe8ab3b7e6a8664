// The list of facts a container reader must report, bounded so that a hostile archive cannot flood it.
import type { Finding, Severity } from '../model/finding.ts'

const MAX_FINDINGS_PER_RULE = 25
const MAX_FILE_CHARACTERS = 400

export interface HazardFacts {
  readonly file?: string
  readonly line?: number
  readonly detail?: string
  readonly snippet?: string
  readonly remediation?: string
}

/** Collects findings of layer `integrity`; the first of a rule are kept, the rest are counted. */
export class HazardLog {
  readonly #findings: Finding[] = []
  readonly #seen = new Map<string, number>()

  report(rule: string, severity: Severity, title: string, facts: HazardFacts = {}): void {
    const key = `${rule} ${severity}`
    const count = (this.#seen.get(key) ?? 0) + 1
    this.#seen.set(key, count)
    if (count > MAX_FINDINGS_PER_RULE) return
    const file = facts.file === undefined ? {} : { file: facts.file.slice(0, MAX_FILE_CHARACTERS) }
    this.#findings.push({ rule, layer: 'integrity', severity, title, ...facts, ...file })
  }

  /** Adds findings of others as they are: observers of large files. */
  add(findings: readonly Finding[]): void {
    this.#findings.push(...findings)
  }

  /** All findings; where a rule had more than are kept, the last kept one says how many. */
  get findings(): readonly Finding[] {
    const extra: Finding[] = []
    for (const [key, count] of this.#seen) {
      if (count <= MAX_FINDINGS_PER_RULE) continue
      const [rule = '', severity = 'low'] = key.split(' ')
      const more = count - MAX_FINDINGS_PER_RULE
      extra.push({
        rule,
        layer: 'integrity',
        severity: severity as Severity,
        title: `and ${more} more of the same`,
      })
    }
    return [...this.#findings, ...extra]
  }
}
