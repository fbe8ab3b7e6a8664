// Detection rules as data: what a pack file under rules/ holds once the schema has accepted it.
import type { PurlType } from '../../model/claim.ts'
import type { Layer, Reach, Severity } from '../../model/finding.ts'

/** One bounded regular expression; `literals` overrides the strings of which one must occur before it is tried. */
export interface RulePattern {
  readonly regex: string
  /** `i`, `m`, `s`, `u` in any combination. */
  readonly flags?: string
  readonly literals?: readonly string[]
}

/** A pattern as text, a pattern with flags, or the name of a signal of any pack. */
export type PatternEntry = string | RulePattern | { readonly signal: string }

export interface MeasureCondition {
  readonly name: string
  readonly atLeast: number
}

export interface RuleExamples {
  readonly match: readonly RuleExample[]
  readonly clean: readonly RuleExample[]
}

/** Text of a file, or text with the path and reach it has in the package. */
export type RuleExample =
  | string
  | { readonly text: string; readonly path?: string; readonly reach?: Reach; readonly ecosystem?: PurlType }

export interface Rule {
  readonly id: string
  readonly title: string
  readonly severity: Severity
  /** Another severity where the code runs at install, at import, or only when called. */
  readonly severityAt?: Partial<Record<Reach, Severity>>
  readonly layer?: Layer
  readonly behaviour?: number
  readonly ecosystems?: readonly PurlType[]
  /** Names of packages that exist to do this. A name belongs to whoever registered it, so nobody else can use the exception. */
  readonly except?: readonly string[]
  /** Globs over the path inside the package; the pack's own when absent. */
  readonly files?: readonly string[]
  /** Least reach a file must have: install code only, install and import, or any file. */
  readonly scope?: Reach
  /** Files larger than this are not looked at by the rule: for signals that mean something in small files only. */
  readonly maxFileBytes?: number
  /** Packages with more code than this are not looked at. */
  readonly maxCodeBytes?: number
  /** One of them matches. */
  readonly patterns?: readonly PatternEntry[]
  /** All of them match. */
  readonly all?: readonly PatternEntry[]
  /** One of them matches, beside `all`. */
  readonly any?: readonly PatternEntry[]
  /** None of them matches anywhere in the file. */
  readonly none?: readonly PatternEntry[]
  /** Everything that `all` and `any` ask for lies within so many characters. */
  readonly near?: number
  /** Facts that a code scanner must report of the file, all of them; patterns are then further conditions. */
  readonly query?: string | readonly string[]
  readonly measure?: MeasureCondition
  readonly why: string
  readonly remediation?: string
  readonly examples: RuleExamples
}

export interface RulePack {
  readonly version: number
  readonly name: string
  readonly description: string
  readonly layer: Layer
  readonly files?: readonly string[]
  /** Named sets of patterns that rules combine: a capability or a threat that means little alone. */
  readonly signals?: Readonly<Record<string, readonly PatternEntry[]>>
  readonly rules: readonly Rule[]
}
