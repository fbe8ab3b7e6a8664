// A policy as data: ordered rules, each about one subject, with one outcome. Plain values, so that it crosses threads.
import type { PurlType } from '../model/claim.ts'
import type { Layer, Reach, Severity } from '../model/finding.ts'
import type { MalwareKind } from '../model/malware.ts'

export type RuleOutcome = 'approve' | 'warn' | 'hold' | 'block'

/**
 * What a rule looks at; a rule looks at exactly one subject.
 * `package` is the claim itself: an approve ends the reading of later rules, a block is a deny list.
 */
export type Subject = 'finding' | 'malware' | 'age' | 'hooks' | 'native' | 'scanner' | 'package'

/** All given conditions must hold. */
export interface Conditions {
  /** Finding: at least this severe. */
  readonly severity?: Severity
  /** Finding: id of its rule, globs. */
  readonly rule?: readonly string[]
  readonly layer?: readonly Layer[]
  /** Finding: when the code runs. A finding without reach matches no list. */
  readonly reach?: readonly Reach[]
  readonly malware?: readonly MalwareKind[]
  /** Age: published less than this many milliseconds ago. */
  readonly youngerThanMs?: number
  /** Age: the index gives no publish time. */
  readonly ageUnknown?: true
  /** The package runs something at install. */
  readonly hooks?: true
  /** The package carries native code. */
  readonly nativeCode?: true
  /** A scanner failed: `required`, `optional`. */
  readonly failedScanner?: readonly ('required' | 'optional')[]
  readonly ecosystem?: readonly PurlType[]
  /** Names as globs, `*` for any run of characters; `npm:@acme/*` narrows it to one ecosystem, `lodash@4.17.*` to versions. */
  readonly package?: readonly string[]
}

export interface PolicyRule {
  readonly id: string
  readonly subject: Subject
  readonly when: Conditions
  /** Names, as `package`, to which the rule does not apply. */
  readonly except: readonly string[]
  readonly outcome: RuleOutcome
  /** Operator's own sentence, said in place of ours. */
  readonly message?: string
}

export interface Policy {
  readonly name: string
  readonly description: string
  /** `name@` and the first 12 hex digits of the hash of everything below. */
  readonly revision: string
  /** `record` decides and says what it would have done, and refuses nothing. */
  readonly mode: 'enforce' | 'record'
  /** What a repository shows when its own configuration does not say. */
  readonly indexMode: 'lazy' | 'strict'
  /** For each subject the first rule that matches decides. */
  readonly rules: readonly PolicyRule[]
}
