// Advisory feeds of the configuration: defaults, absolute paths, and what the schema cannot say about them.
import { parseDuration } from '../model/quantity.ts'

export interface FeedConfig {
  readonly name: string
  readonly kind: 'osv' | 'kev' | 'epss' | 'own'
  /** URL, or absolute path of a file or folder. */
  readonly source: string
  readonly ecosystems: readonly string[]
  readonly maxAgeMs: number
  readonly refreshMs: number
  readonly onStale: 'hold' | 'allow'
}

export interface FeedDocument {
  readonly name: string
  readonly kind?: FeedConfig['kind']
  readonly source: string
  readonly ecosystems?: readonly string[]
  readonly maxAge?: string
  readonly refresh?: string
  readonly onStale?: FeedConfig['onStale']
}

const DEFAULT_MAX_AGE = '48h'
const DEFAULT_REFRESH = '6h'
/** A file that an operator writes by hand does not age, and is looked at soon after it was saved. */
const OWN_MAX_AGE = '5200w'
const OWN_REFRESH = '30s'

export function resolveFeeds(
  feeds: readonly FeedDocument[],
  path: (text: string) => string,
): readonly FeedConfig[] {
  return feeds.map(({ name, kind = 'osv', source, ecosystems = [], maxAge, refresh, onStale = 'hold' }) => ({
    name,
    kind,
    source: isUrl(source) ? source : path(source),
    ecosystems,
    maxAgeMs: milliseconds(maxAge ?? (kind === 'own' ? OWN_MAX_AGE : DEFAULT_MAX_AGE)),
    refreshMs: milliseconds(refresh ?? (kind === 'own' ? OWN_REFRESH : DEFAULT_REFRESH)),
    onStale,
  }))
}

function milliseconds(text: string): number {
  return parseDuration(text) ?? 0
}

function isUrl(source: string): boolean {
  return /^https?:\/\//.test(source)
}

const DOCUMENT = /\.(?:(?:json|jsonl|ndjson|tar|csv|ya?ml)(?:\.gz)?|tgz|zip)$/

/** Every feed that cannot be used, as `key: value and why`. */
export function feedProblems(feeds: readonly FeedConfig[]): readonly string[] {
  const names = feeds.map(({ name }) => name)
  const twice = [...new Set(names.filter((name, at) => names.indexOf(name) !== at))]
  return [
    ...twice.map((name) => `advisories.feeds: the name "${name}" is used twice`),
    ...feeds.flatMap(problemsOf),
  ]
}

function problemsOf({ name, kind, source, ecosystems, maxAgeMs, refreshMs }: FeedConfig): readonly string[] {
  const key = `advisories.feeds.${name}`
  const isDocument = DOCUMENT.test(source.replace(/[?#].*$/s, ''))
  const isBucket = isUrl(source) && !isDocument
  return [
    ...(isUrl(source) && !URL.canParse(source) ? [`${key}.source: ${source} is no URL`] : []),
    ...(isBucket && kind !== 'osv'
      ? [`${key}.source: ${kind} is one document; its address ends in .json, .csv.gz and the like`]
      : []),
    ...(isBucket && ecosystems.length === 0
      ? [`${key}.ecosystems: missing; the folders of the bucket that are wanted, e.g. [npm, PyPI, Debian]`]
      : []),
    ...(kind !== 'osv' && ecosystems.length > 0
      ? [`${key}.ecosystems: has no meaning for ${kind}, only for osv`]
      : []),
    ...(maxAgeMs < refreshMs ? [`${key}.maxAge: shorter than refresh, so it would always be stale`] : []),
  ]
}
