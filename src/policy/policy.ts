// A policy as data: ordered rules, each about one subject, with one outcome. Plain values, so that it crosses threads.
import type { PurlType } from '../model/claim.ts'
import type { Layer, Reach, Severity } from '../model/finding.ts'
import type { MalwareKind } from '../model/malware.ts'

export type RuleOutcome = 'approve' | 'warn' | 'hold' | 'block'

/**
 * What a rule looks at; a rule looks at exactly one subject.
 * `package` is the claim itself: an approve ends the reading of later rules, a block is a deny list.
 */
export type Subject =
  | 'finding'
  | 'malware'
  | 'vulnerability'
  | 'age'
  | 'hooks'
  | 'native'
  | 'licence'
  | 'maintainers'
  | 'publisher'
  | 'scanner'
  | 'package'

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
  /** Vulnerability: at least this severe; `any` also when nobody says how severe it is. */
  readonly vulnerability?: Severity | 'any'
  /** Vulnerability: its CVSS base score is at least this. */
  readonly cvss?: number
  /** Vulnerability: probability of exploitation (EPSS) at least this, 0 to 1. */
  readonly epss?: number
  /** Vulnerability: whether CISA lists it as exploited. */
  readonly kev?: boolean
  /** Vulnerability: whether a version without it is known. */
  readonly fixAvailable?: boolean
  /** Vulnerability: its id or one of its aliases, as globs. */
  readonly advisory?: readonly string[]
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
  /** Licence: no choice that the expression leaves is free of these; SPDX identifiers as globs. */
  readonly licenceIn?: readonly string[]
  /** Licence: the expression cannot be satisfied with these alone. */
  readonly licenceNotIn?: readonly string[]
  /** Licence: none is told. */
  readonly licenceUnknown?: true
  /** Maintainers: one that the package names is among these globs. */
  readonly maintainer?: readonly string[]
  /** Maintainers: none that the package names is among these globs. */
  readonly maintainerNotIn?: readonly string[]
  /** Publisher: the account that the registry says uploaded it, as globs. */
  readonly publisher?: readonly string[]
  /** Publisher: another account, or none that is told. */
  readonly publisherNotIn?: readonly string[]
  readonly ecosystem?: readonly PurlType[]
  /** Name of the configured repository, as globs. */
  readonly repository?: readonly string[]
  /** Host that the index names for the bytes, as globs; with its port when it is not the usual one. */
  readonly source?: readonly string[]
  /** Versions as globs, or ranges such as `vers:npm/>=1.0.0|<2.0.0`. */
  readonly version?: readonly string[]
  /** Names as globs, `*` for any run of characters; `npm:@acme/*` or `pkg:npm/@acme/*` narrows it to one ecosystem, `lodash@4.17.*` to versions. */
  readonly package?: readonly string[]
}

export interface PolicyRule {
  readonly id: string
  readonly subject: Subject
  readonly when: Conditions
  /** Names, as `package`, to which the rule does not apply. */
  readonly except: readonly string[]
  readonly outcome: RuleOutcome
  /** A hold that ends by itself, in milliseconds since the epoch: from then on the rule says nothing. */
  readonly untilMs?: number
  /** A hold that only a waiver ends; says so. */
  readonly review?: true
  /** Age: a version that fixes an advisory which affects what was served before does not wait. */
  readonly fastLane?: true
  /** Operator's own sentence, said in place of ours. */
  readonly message?: string
}

/** A vulnerability that somebody accepted until a day; it is told as a warning. */
export interface AcceptedAdvisory {
  /** Ids or aliases, as globs. */
  readonly advisory: string
  /** Only these packages, as in `Conditions`; absent: every one. */
  readonly package?: readonly string[]
  readonly reason: string
  /** In milliseconds since the epoch. */
  readonly expiresMs: number
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
  /** Read before the rules, after `deniedAdvisories`. */
  readonly acceptedAdvisories?: readonly AcceptedAdvisory[]
  /** Ids or aliases, as globs, that are refused whatever the rules say. */
  readonly deniedAdvisories?: readonly string[]
}
