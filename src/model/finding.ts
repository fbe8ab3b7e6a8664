// One fact a scanner reports about an artifact. Findings never expire by themselves.

export const SEVERITIES = ['info', 'low', 'medium', 'high', 'critical'] as const
export type Severity = (typeof SEVERITIES)[number]

export function severityAtLeast(severity: Severity, floor: Severity): boolean {
  return SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(floor)
}

/** The eight layers of the examination plus the comparison with the last approved version. */
export const LAYERS = [
  'integrity',
  'malware',
  'virus',
  'script',
  'code',
  'secret',
  'binary',
  'name',
  'change',
  'vulnerability',
] as const
export type Layer = (typeof LAYERS)[number]

/** When code runs: at install (hooks, setup.py), at import or start (entry points, .pth), or only if somebody calls it. */
export type Reach = 'install' | 'import' | 'any'

export interface Finding {
  /** Stable id of the rule, e.g. `npm-install-hook`, `js-env-exfiltration`. */
  readonly rule: string
  readonly layer: Layer
  readonly severity: Severity
  /** One line: what was found. */
  readonly title: string
  /** Why it matters, a sentence or two. */
  readonly detail?: string
  /** Path inside the package; absent when it is about the package as a whole. */
  readonly file?: string
  /** 1-based. */
  readonly line?: number
  /** At most 200 characters, secrets redacted. */
  readonly snippet?: string
  readonly reach?: Reach
  /** Number of the behaviour in docs/examination.md, 1 to 41, when the rule belongs to one. */
  readonly behaviour?: number
  /** How to mend it or what to do, for a person. */
  readonly remediation?: string
}
