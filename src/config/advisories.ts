// Advisory feeds of the configuration: defaults, absolute paths, and what the schema cannot say about them.
import { parseDuration } from '../model/quantity.ts'
import { type Secret, withoutUserinfo } from '../model/secret.ts'
import { authorizationOf, basicAuthorization, type CredentialsDocument, waysToLogIn } from './upstreams.ts'

export interface FeedConfig {
  readonly name: string
  readonly kind: 'osv' | 'kev' | 'epss' | 'own'
  /** URL without credentials, or absolute path of a file or folder. */
  readonly source: string
  /** Value of the Authorization header; sent to the source only. */
  readonly authorization?: Secret
  readonly ecosystems: readonly string[]
  readonly maxAgeMs: number
  readonly refreshMs: number
  readonly onStale: 'hold' | 'allow'
}

export interface FeedDocument extends CredentialsDocument {
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
  return feeds.map((feed) => {
    const { name, kind = 'osv', source, ecosystems = [], maxAge, refresh, onStale = 'hold' } = feed
    return {
      name,
      kind,
      ...(isUrl(source) ? withCredentials(source, feed) : { source: path(source) }),
      ecosystems,
      maxAgeMs: milliseconds(maxAge ?? (kind === 'own' ? OWN_MAX_AGE : DEFAULT_MAX_AGE)),
      refreshMs: milliseconds(refresh ?? (kind === 'own' ? OWN_REFRESH : DEFAULT_REFRESH)),
      onStale,
    }
  })
}

/** Takes user and password out of a URL; credentials given beside it win over them. */
function withCredentials(source: string, feed: FeedDocument): { source: string; authorization?: Secret } {
  const beside = authorizationOf(feed)
  const given = beside === undefined ? {} : { authorization: beside }
  const url = URL.parse(source)
  if (url === null || (url.username === '' && url.password === '')) return { source, ...given }
  const inside = basicAuthorization(decodeURIComponent(url.username), decodeURIComponent(url.password))
  url.username = ''
  url.password = ''
  return { source: url.href, authorization: beside ?? inside }
}

/** What is wrong with the credentials of a feed, which the resolved feeds no longer tell. */
export function feedCredentialProblems(feeds: readonly FeedDocument[]): readonly string[] {
  return feeds.flatMap((feed) => {
    const key = `advisories.feeds.${feed.name}`
    const ways = waysToLogIn(feed)
    return [
      ...(ways.length > 1 ? [`${key}: gives ${ways.join(' and ')}; allowed is one of them`] : []),
      ...(feed.password !== undefined && feed.username === undefined
        ? [`${key}.password: has no meaning without username`]
        : []),
      ...(isUrl(feed.source) && !hasReadableUserinfo(feed.source)
        ? [`${key}.source: its user or password is not percent-encoded as a URL wants it`]
        : []),
      ...(ways.length > 0 && !isUrl(feed.source)
        ? [`${key}.${ways[0]}: has no meaning for a file or folder, only for a URL`]
        : []),
    ]
  })
}

function hasReadableUserinfo(source: string): boolean {
  const url = URL.parse(source)
  try {
    decodeURIComponent(`${url?.username ?? ''}${url?.password ?? ''}`)
    return true
  } catch {
    return false
  }
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
    ...(isUrl(source) && !URL.canParse(source)
      ? [`${key}.source: ${withoutUserinfo(source)} is no URL`]
      : []),
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
