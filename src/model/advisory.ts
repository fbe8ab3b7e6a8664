// A public record that names packages as vulnerable or harmful, in the form that matching, policy and the ledger share: plain data.
import type { PurlType } from './claim.ts'
import type { Severity } from './finding.ts'
import type { MalwareKind } from './malware.ts'

/** Events of an OSV range; one of the four. */
export interface AffectedEvent {
  readonly introduced?: string
  readonly fixed?: string
  readonly last_affected?: string
  readonly limit?: string
}

export interface AffectedRange {
  readonly events: readonly AffectedEvent[]
}

/** What of a package is affected: ranges and enumerated versions both count. */
export interface AffectedPackage {
  readonly type: PurlType
  /** As the ecosystem compares names: PEP 503 for PyPI. */
  readonly name: string
  /** OSV ecosystem with its release, `Debian:12`; empty when the record is about every release. */
  readonly release: string
  /** `source`: the name is the source package's, as Debian, Ubuntu, Alpine and Wolfi write it; `either` may be the binary's too. */
  readonly names: 'source' | 'either'
  readonly ranges: readonly AffectedRange[]
  readonly versions: readonly string[]
}

/** The part of a record that is said of every package it names. */
export interface AdvisoryFacts {
  readonly id: string
  readonly kind: 'vulnerability' | MalwareKind
  /** At most 200 characters. */
  readonly summary: string
  /** Who made the record: the feed's own word. */
  readonly source: string
  /** ISO 8601, as the record says; may lie in the future, and is never taken for a feed's age. */
  readonly modified: string
  readonly withdrawn: boolean
  /** Absent: the record does not say. */
  readonly severity?: Severity
  /** CVSS base score, 0 to 10. */
  readonly score?: number
  readonly vector?: string
  /** Other ids of the same thing: CVE, GHSA. */
  readonly aliases: readonly string[]
  readonly url?: string
  /** SHA-256 of harmful artifacts. */
  readonly digests?: readonly string[]
}

export interface AdvisoryRecord extends AdvisoryFacts {
  readonly affected: readonly AffectedPackage[]
}

/** One package of one record, with what KEV and EPSS say of its CVE ids. */
export interface AdvisoryEntry extends AdvisoryFacts, AffectedPackage {
  /** CISA lists it as exploited. */
  readonly kev?: boolean
  /** Probability of exploitation within 30 days, 0 to 1; the highest of its CVE ids. */
  readonly epss?: number
}

/** An advisory that names the claim at hand. */
export interface VulnerabilityRecord {
  readonly id: string
  readonly aliases: readonly string[]
  readonly summary: string
  readonly severity?: Severity
  readonly score?: number
  readonly epss?: number
  readonly kev: boolean
  /** First version without it that is known, where there is one. */
  readonly fixed?: string
}

/** A feed of records that is older than the configuration allows. */
export interface StaleFeed {
  readonly name: string
  /** Milliseconds; absent: it was never imported. */
  readonly ageMs?: number
  readonly onStale: 'hold' | 'allow'
}

/** The name of a package as feeds and claims both spell it: PyPI compares by PEP 503, the others letter by letter. */
export function advisoryName(type: PurlType, name: string): string {
  return type === 'pypi' ? name.toLowerCase().replace(/[-_.]+/g, '-') : name
}

/** Name and version of the source that a binary rpm was built from, from the source's file name; undefined for anything else. */
export function rpmSource(file: unknown): { readonly name: string; readonly version: string } | undefined {
  const [, name, version] =
    /^(.+)-([^-]+-[^-]+)\.(?:no)?src\.rpm$/.exec(typeof file === 'string' ? file : '') ?? []
  return name === undefined || version === undefined ? undefined : { name, version }
}
