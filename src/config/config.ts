// The configuration as one frozen, typed value: sizes in bytes, times in milliseconds, paths absolute, credentials secret.
import type { PurlType } from '../model/claim.ts'
import type { ReadLimits } from '../model/limits.ts'
import type { Secret } from '../model/secret.ts'
import type { FeedConfig } from './advisories.ts'
import type { DriftConfig, NotificationsConfig } from './drift.ts'

export interface Config {
  /** Where it came from: a file's path, or `built-in defaults`. */
  readonly origin: string
  readonly listen: ListenConfig
  /** Base of all URLs we write, without trailing slash; derived from `listen` when not configured. */
  readonly publicUrl: string
  /** Root of the documented tree: ledger, blobs, keys, spool. */
  readonly dataDirectory: string
  /** `sqlite:/absolute/path` or `postgres://...`. */
  readonly ledger: Secret
  /** `file:/absolute/path` or `s3://...`. */
  readonly blobs: Secret
  /** Shipped name or absolute path. */
  readonly policy: string
  readonly repositories: readonly RepositoryConfig[]
  /** `host` or `host:port` that index documents and redirects may lead to, even on a private address. */
  readonly allowedHosts: readonly string[]
  /** Addresses or CIDR blocks whose forwarding headers are believed. */
  readonly trustedProxies: readonly string[]
  readonly outbound: OutboundConfig
  readonly limits: Limits
  readonly pools: Pools
  readonly caches: Caches
  /** OSV files or folders of malware records, besides the shipped ones. */
  readonly malwareFeeds: readonly string[]
  /** Public and own advisories; none: only the shipped malware records. */
  readonly advisories: { readonly feeds: readonly FeedConfig[] }
  /** Folders of rule packs, besides the shipped ones. */
  readonly rules: readonly string[]
  readonly signing: SigningConfig
  readonly tools: Readonly<Record<ToolName, ToolConfig>>
  readonly access: AccessConfig
  readonly waivers: WaiversConfig
  readonly drift: DriftConfig
  readonly notifications: NotificationsConfig
  readonly log: LogConfig
  /** What was found on this machine and what was not, for `doctor`. */
  readonly notes: readonly Note[]
}

export interface ListenConfig {
  readonly host: string
  readonly port: number
  readonly tls?: TlsConfig
}

export interface TlsConfig {
  /** PEM files, read and checked at start. */
  readonly certificate: string
  readonly key: string
  /** Port on which plain HTTP is redirected; absent: not listened on. */
  readonly redirectPort?: number
}

export interface RepositoryConfig {
  readonly name: string
  readonly type: PurlType
  /** `/npm/`: begins and ends with a slash. */
  readonly mount: string
  /** In order of priority. */
  readonly upstreams: readonly UpstreamConfig[]
  /** Absent: as the policy says. */
  readonly indexMode?: 'lazy' | 'strict'
  /** Names, as globs, that only private upstreams may answer for. */
  readonly reserved: readonly string[]
  /** Absent: the policy of the whole configuration. Shipped name or absolute path. */
  readonly policy?: string
  /** What the ecosystem needs beside upstreams; paths absolute. */
  readonly options: RepositoryOptions
  /** Where it came from, for `doctor`. */
  readonly origin: string
}

export interface RepositoryOptions {
  /** Bases of the upstreams marked private. */
  readonly privateUpstreams: readonly string[]
  /** APT, YUM and APK: release that its packages belong to, as OSV names it: `Debian:12`. */
  readonly distribution?: string
  /** APT: suites, components and architectures that are served. */
  readonly suites?: readonly string[]
  readonly components?: readonly string[]
  /** APT and APK. */
  readonly architectures?: readonly string[]
  /** APT: keyring files that verify the upstream's Release. */
  readonly keyrings?: readonly string[]
  /** APT: languages whose translated descriptions are passed on. */
  readonly languages?: readonly string[]
  /** YUM: the upstreams are addresses of lists of mirrors. */
  readonly mirrors?: 'metalink' | 'mirrorlist'
  /** APT: whether source packages are served as well. */
  readonly sources?: boolean
  /** APT, YUM and APK: whether a blocked package withholds what else was built from the same source and version. */
  readonly withholdSource?: boolean
  /** PyPI: sigstore trusted root (JSON file) in place of the public one. */
  readonly trustedRoot?: string
  /** PyPI: whether the list of all projects is served. */
  readonly projectList?: 'serve' | 'refuse'
  readonly projectListMaxBytes?: number
  /** YUM: armoured public keys; APK: key files or folders of them. */
  readonly keys?: readonly string[]
  /** YUM: armoured public keys that sign the packages themselves. */
  readonly vendorKeys?: readonly string[]
  /** APK: how the index is signed; both unless told. */
  readonly signatures?: readonly ('RSA256' | 'RSA')[]
  /** APK: releases, e.g. `v3.20`. */
  readonly versions?: readonly string[]
  /** APK: repositories of a release, e.g. `main`. */
  readonly repositories?: readonly string[]
}

export interface UpstreamConfig {
  /** Absolute, without user, password and trailing slash. */
  readonly url: string
  /** Whole value of the Authorization header; sent to this upstream's own scheme, host, port and path only. */
  readonly authorization?: Secret
  /** May answer for reserved names. */
  readonly private: boolean
  readonly origin: string
}

export interface OutboundConfig {
  /** URL of an HTTP proxy; shown without its credentials. */
  readonly proxy?: Secret
  /** Host patterns that are reached without it; this machine always is. */
  readonly noProxy: readonly string[]
  /** PEM files of authorities trusted beside the machine's own. */
  readonly certificates: readonly string[]
}

export interface Limits {
  readonly read: ReadLimits
  readonly maxIndexBytes: number
  /** Wheels up to this size are fetched and examined when their metadata is read; 0: none. */
  readonly maxAheadBytes: number
  readonly maxRequestBytes: number
  readonly examinationMs: number
  readonly examinerMemoryBytes: number
  readonly connectMs: number
  readonly headersMs: number
  readonly bodyMs: number
  /** One upstream request with its retries, redirects and body. */
  readonly totalMs: number
  readonly upstreamRetries: number
  /** An index younger than this is served without asking. */
  readonly indexFreshMs: number
  /** Up to this age it is served at once, and asked for in the background. */
  readonly indexStaleMs: number
  /** Up to this age it is served when the upstream fails. */
  readonly indexStaleIfErrorMs: number
  readonly notFoundMs: number
}

export interface Pools {
  readonly examiners: number
  readonly indexWorkers: number
  /** Connections to one upstream. */
  readonly upstreamConnections: number
  /** Artifacts that may wait for an examiner before new ones are told to come back. */
  readonly examinationQueue: number
}

export interface Caches {
  readonly indexBytes: number
  readonly artifactBytes: number
}

export interface SigningConfig {
  /** Folder of the keys that Sallyport makes on first use. */
  readonly directory: string
  /** Own keys in place of made ones: armoured OpenPGP, and PEM for APK. */
  readonly openpgpKey?: string
  readonly rsaKey?: string
  readonly passphrase?: Secret
  /** User id of the made OpenPGP key. */
  readonly identity: string
}

export interface AccessConfig {
  /** Whether repositories may be read without a token. */
  readonly anonymous: 'read' | 'none'
  /** Of one address. */
  readonly failedLoginsPerMinute: number
  /** Of one token, or of one address without. */
  readonly apiRequestsPerMinute: number
}

export interface WaiversConfig {
  /** No exception lasts longer. */
  readonly longestMs: number
  /** What waits longer for a review counts as expired. */
  readonly reviewWithinMs: number
}

export const TOOL_NAMES = [
  'clamav',
  'trivy',
  'grype',
  'syft',
  'trufflehog',
  'guarddog',
  'bandit',
  'pip-audit',
  'npm-audit',
  'eslint',
] as const
export type ToolName = (typeof TOOL_NAMES)[number]

export interface ToolConfig {
  /** `optional`: used when it is there; `required`: what it cannot examine is held. */
  readonly mode: 'off' | 'optional' | 'required'
  /** Absolute path; absent: looked for in the usual places. */
  readonly path?: string
  /** clamav: where clamd listens, `unix:/path` or `tcp:host:port`; npm-audit: the registry that answers, which it needs. */
  readonly address?: string
}

export interface LogConfig {
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent'
  readonly format: 'json' | 'text'
}

export interface Note {
  /** `npm`, `pypi`, `apt`, ... */
  readonly about: string
  readonly kind: 'found' | 'missing' | 'ignored'
  readonly text: string
}
