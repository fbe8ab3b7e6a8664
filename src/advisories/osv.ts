// The OSV schema: one record from its text, with every shape checked on which matching relies.

export interface OsvEvent {
  readonly introduced?: string
  readonly fixed?: string
  readonly last_affected?: string
  readonly limit?: string
}

export interface OsvRange {
  /** `SEMVER`, `ECOSYSTEM` or `GIT`. */
  readonly type: string
  readonly events: readonly OsvEvent[]
}

export interface OsvSeverity {
  readonly type: string
  readonly score: string
}

export interface OsvAffected {
  readonly package: { readonly ecosystem: string; readonly name: string }
  readonly ranges?: readonly OsvRange[]
  readonly versions?: readonly string[]
  readonly severity?: readonly OsvSeverity[]
  readonly ecosystem_specific?: Readonly<Record<string, unknown>>
  readonly database_specific?: Readonly<Record<string, unknown>>
}

/** The fields of the OSV schema (1.7) that are used here; others stay unread. */
export interface OsvRecord {
  readonly id: string
  readonly modified?: string
  readonly published?: string
  readonly withdrawn?: string
  readonly aliases?: readonly string[]
  readonly upstream?: readonly string[]
  readonly related?: readonly string[]
  readonly summary?: string
  readonly details?: string
  readonly affected: readonly OsvAffected[]
  readonly severity?: readonly OsvSeverity[]
  readonly references?: readonly { readonly type?: unknown; readonly url?: unknown }[]
  readonly database_specific?: Readonly<Record<string, unknown>>
}

export interface BrokenRecord {
  readonly where: string
  readonly why: string
}

export type OsvItem = { readonly record: OsvRecord } | { readonly broken: BrokenRecord }

/** What no honest record comes near; beyond it a record is refused, so that none can take the gateway's time or memory. */
export const MAX_RECORD_BYTES = 16 * 1024 * 1024
const MAX_AFFECTED = 20_000
const MAX_VERSIONS = 100_000
const MAX_EVENTS = 10_000
const MAX_VERSION_LENGTH = 256
const MAX_NAME_LENGTH = 300

/** One record; a text that is none is told as broken, so that the caller counts it and goes on. */
export function parseRecord(text: string, where: string): OsvItem {
  if (text.length > MAX_RECORD_BYTES)
    return { broken: { where, why: `larger than ${MAX_RECORD_BYTES} bytes` } }
  try {
    const value: unknown = JSON.parse(text)
    const why = problemOf(value)
    return why === undefined ? { record: value as OsvRecord } : { broken: { where, why } }
  } catch {
    return { broken: { where, why: 'not JSON' } }
  }
}

function problemOf(value: unknown): string | undefined {
  if (!isRecord(value)) return 'not an object'
  const { id, affected } = value
  if (typeof id !== 'string' || id === '') return 'no id'
  if (!/^[\x21-\x7e]{1,200}$/.test(id)) return 'an id that is not printable, or too long'
  for (const key of ['modified', 'published', 'withdrawn'])
    if (value[key] !== undefined && value[key] !== null && !isTime(value[key]))
      return `${key} is no date: ${String(value[key]).slice(0, 40)}`
  for (const key of ['aliases', 'upstream', 'related'])
    if (!isOptional(value[key], isTexts)) return `${key} that are no list of texts`
  if (!isOptional(value['severity'], isSeverities)) return 'a severity without type and score'
  if (!isOptional(value['references'], (all) => Array.isArray(all) && all.every(isRecord)))
    return 'references that are no list'
  if (!Array.isArray(affected) || affected.length === 0) return 'nothing affected'
  if (affected.length > MAX_AFFECTED) return `more than ${MAX_AFFECTED} affected packages`
  return affected.reduce<string | undefined>((why, one) => why ?? affectedProblem(one), undefined)
}

function affectedProblem(one: unknown): string | undefined {
  if (!isRecord(one) || !isRecord(one['package'])) return 'affected without a package'
  const { ecosystem, name } = one['package']
  if (typeof ecosystem !== 'string' || typeof name !== 'string' || name === '')
    return 'a package without a name'
  if (name.length > MAX_NAME_LENGTH || ecosystem.length > MAX_NAME_LENGTH) return 'a name that is too long'
  const versions = one['versions'] ?? []
  if (!Array.isArray(versions) || !versions.every((version) => typeof version === 'string'))
    return 'versions that are no list of texts'
  if (versions.length > MAX_VERSIONS) return `more than ${MAX_VERSIONS} versions`
  const ranges = one['ranges'] ?? []
  if (!Array.isArray(ranges) || !ranges.every(isRange)) return 'a range without events'
  if (!isOptional(one['severity'], isSeverities)) return 'a severity without type and score'
  if (hasLongVersion(versions, ranges)) return `a version longer than ${MAX_VERSION_LENGTH} characters`
  if (versions.length === 0 && ranges.length === 0 && writtenRange(one) === undefined)
    return 'neither versions nor ranges'
  return undefined
}

/** A range in npm's own notation, as the Node.js security working group wrote it. */
export function writtenRange(affected: { readonly database_specific?: unknown }): string | undefined {
  const written = isRecord(affected.database_specific)
    ? affected.database_specific['vulnerable_range']
    : undefined
  return typeof written === 'string' && written.length <= MAX_NAME_LENGTH ? written : undefined
}

function isRange(range: unknown): range is OsvRange {
  return (
    isRecord(range) &&
    typeof range['type'] === 'string' &&
    Array.isArray(range['events']) &&
    range['events'].length > 0 &&
    range['events'].length <= MAX_EVENTS &&
    range['events'].every(
      (event) => isRecord(event) && Object.values(event).every((value) => typeof value === 'string'),
    )
  )
}

function hasLongVersion(versions: readonly string[], ranges: readonly OsvRange[]): boolean {
  const isLong = (text: string) => text.length > MAX_VERSION_LENGTH
  return (
    versions.some(isLong) ||
    ranges.some(
      ({ type, events }) =>
        type !== 'GIT' && events.some((event) => Object.values(event as object).some((one) => isLong(one))),
    )
  )
}

function isSeverities(all: unknown): boolean {
  return (
    Array.isArray(all) &&
    all.every((one) => isRecord(one) && typeof one['type'] === 'string' && typeof one['score'] === 'string')
  )
}

function isTexts(value: unknown): boolean {
  return (
    Array.isArray(value) && value.every((one) => typeof one === 'string' && one.length <= MAX_NAME_LENGTH)
  )
}

function isOptional(value: unknown, holds: (value: unknown) => boolean): boolean {
  return value === undefined || value === null || holds(value)
}

/** RFC 3339, or a date alone as older feeds write it. */
function isTime(value: unknown): boolean {
  return (
    typeof value === 'string' &&
    /^\d{4}-\d{2}-\d{2}(?:[T ].*)?$/.test(value) &&
    !Number.isNaN(Date.parse(value))
  )
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
