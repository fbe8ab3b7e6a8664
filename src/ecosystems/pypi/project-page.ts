// A project page as a checked value: what of an upstream's page, in either form, may be believed.
import type { Digests } from '../../model/claim.ts'
import { GatewayError } from '../../model/errors.ts'
import { type FileKind, isSafeFileName, parseFileName } from './file-name.ts'
import { normaliseName } from './names.ts'

/** One file as a parser found it, nothing believed yet. */
export interface RawFile {
  readonly filename: unknown
  readonly url: unknown
  readonly hashes: unknown
  readonly requiresPython: unknown
  /** `true`, a reason, or absent (PEP 592). */
  readonly yanked: unknown
  readonly size: unknown
  readonly uploadTime: unknown
  /** The hashes of the metadata sidecar, by algorithm; anything else means "not usable" (PEP 658, 714). */
  readonly coreMetadata: unknown
  readonly provenance: unknown
}

export interface RawPage {
  readonly apiVersion: unknown
  readonly name?: unknown
  /** What relative file addresses are relative to. */
  readonly base: string
  readonly files: readonly RawFile[]
  readonly versions?: unknown
  readonly status?: unknown
  readonly statusReason?: unknown
  readonly tracks?: unknown
  readonly alternateLocations?: unknown
}

export interface ProjectFile {
  readonly filename: string
  readonly kind: FileKind
  readonly version: string
  readonly release: string
  /** Absolute, without fragment. */
  readonly url: string
  /** `sha256` always, stronger ones when promised. */
  readonly digests: Digests & { readonly sha256: string }
  readonly requiresPython?: string
  /** The upstream's reason, `''` when it gives none; absent when not yanked. */
  readonly yanked?: string
  readonly sizeBytes?: number
  readonly uploadTime?: string
  /** SHA-256 of the metadata sidecar. */
  readonly coreMetadata?: string
  /** Absolute address of the provenance object (PEP 740). */
  readonly provenance?: string
}

/** Why an entry was left out. */
export type Omission = 'file-name' | 'address' | 'no-sha256' | 'conflicting' | 'field'

export interface ProjectPage {
  /** Normalised. */
  readonly name: string
  readonly files: readonly ProjectFile[]
  /** As the upstream spells them; empty when it does not say. */
  readonly versions: readonly string[]
  readonly status?: ProjectStatus
  readonly tracks: readonly string[]
  readonly alternateLocations: readonly string[]
  readonly omitted: Readonly<Partial<Record<Omission, number>>>
}

/** PEP 792. */
export interface ProjectStatus {
  readonly status: 'active' | 'archived' | 'quarantined' | 'deprecated'
  readonly reason?: string
}

const STATUSES = ['active', 'archived', 'quarantined', 'deprecated'] as const
const MAX_TEXT = 2000

/**
 * Checks a parsed page. Files that no installer could use safely are left out and counted. Throws UPSTREAM_INVALID when the
 * page is about another project or speaks a newer major version of the protocol (PEP 629).
 */
export function acceptPage(raw: RawPage, project: string): ProjectPage {
  if (typeof raw.apiVersion === 'string' && !/^1(?:\.|$)/.test(raw.apiVersion))
    throw invalid(project, `speaks version ${JSON.stringify(raw.apiVersion.slice(0, 20))} of the simple API`)
  if (raw.name !== undefined && (typeof raw.name !== 'string' || normaliseName(raw.name) !== project))
    throw invalid(project, `is about ${JSON.stringify(raw.name)}`)
  const status = statusOf(raw)
  const { files, omitted } = acceptFiles(raw, project)
  return {
    name: project,
    // Quarantined means: offer no files (PEP 792), whatever the page lists.
    files: status?.status === 'quarantined' ? [] : files,
    versions: strings(raw.versions),
    ...(status === undefined ? {} : { status }),
    tracks: strings(raw.tracks).filter(isWebAddress),
    alternateLocations: strings(raw.alternateLocations).filter(isWebAddress),
    omitted,
  }
}

function acceptFiles(raw: RawPage, project: string): Pick<ProjectPage, 'files' | 'omitted'> {
  const omitted: Partial<Record<Omission, number>> = {}
  const byName = new Map<string, ProjectFile | 'conflicting'>()
  const omit = (why: Omission) => {
    omitted[why] = (omitted[why] ?? 0) + 1
  }
  for (const entry of raw.files) {
    const file = acceptFile(entry, raw.base, project)
    if (typeof file === 'string') {
      omit(file)
      continue
    }
    const former = byName.get(file.filename)
    if (former === undefined) byName.set(file.filename, file)
    // The same name with other bytes: installers differ in which one they take, so neither is offered.
    else if (former === 'conflicting' || former.digests.sha256 !== file.digests.sha256) {
      byName.set(file.filename, 'conflicting')
      omit('conflicting')
    }
  }
  return { files: [...byName.values()].filter((file) => file !== 'conflicting'), omitted }
}

function acceptFile(raw: RawFile, base: string, project: string): ProjectFile | Omission {
  const { filename } = raw
  if (typeof filename !== 'string' || !isSafeFileName(filename)) return 'file-name'
  const parsed = parseFileName(filename, project)
  if (parsed === undefined) return 'file-name'
  const url = fileAddress(raw.url, base)
  if (url === undefined) return 'address'
  const digests = strongDigests(raw.hashes)
  if (digests === undefined) return 'no-sha256'
  // An unreadable Python requirement would offer the file to everybody: the file goes, not the requirement.
  const requiresPython = lineOf(raw.requiresPython)
  if (requiresPython === false) return 'field'
  const yanked = yankedReason(raw.yanked)
  const coreMetadata = parsed.kind === 'wheel' ? strongDigests(raw.coreMetadata)?.sha256 : undefined
  const provenance =
    typeof raw.provenance === 'string' && isWebAddress(raw.provenance) ? raw.provenance : undefined
  return {
    filename,
    ...parsed,
    url,
    digests,
    ...(requiresPython === undefined ? {} : { requiresPython }),
    ...(yanked === undefined ? {} : { yanked }),
    ...(isSize(raw.size) ? { sizeBytes: raw.size } : {}),
    ...(isTime(raw.uploadTime) ? { uploadTime: raw.uploadTime } : {}),
    ...(coreMetadata === undefined ? {} : { coreMetadata }),
    ...(provenance === undefined ? {} : { provenance }),
  }
}

function fileAddress(value: unknown, base: string): string | undefined {
  if (typeof value !== 'string') return undefined
  const url = URL.parse(value, base)
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) return undefined
  if (url.username !== '' || url.password !== '') return undefined
  url.hash = ''
  return url.href
}

function isWebAddress(text: string): boolean {
  const url = URL.parse(text)
  return url !== null && (url.protocol === 'https:' || url.protocol === 'http:') && url.username === ''
}

const HEX = { sha256: /^[0-9a-f]{64}$/, sha384: /^[0-9a-f]{96}$/, sha512: /^[0-9a-f]{128}$/ } as const

/** `sha256` and stronger of a hash dictionary; undefined without `sha256`. md5 and sha1 promise nothing and are dropped. */
function strongDigests(value: unknown): (Digests & { readonly sha256: string }) | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const found: Partial<Record<keyof typeof HEX, string>> = {}
  for (const name of ['sha256', 'sha384', 'sha512'] as const) {
    const hex = (value as Record<string, unknown>)[name]
    if (typeof hex === 'string' && HEX[name].test(hex.toLowerCase())) found[name] = hex.toLowerCase()
  }
  return found.sha256 === undefined ? undefined : { ...found, sha256: found.sha256 }
}

/** One line of text; undefined when absent, false when it is something else. */
function lineOf(value: unknown): string | undefined | false {
  if (value === undefined || value === null || value === '') return undefined
  return typeof value === 'string' && value.length <= MAX_TEXT && !/[\u0000-\u001f\u007f]/.test(value)
    ? value
    : false
}

function yankedReason(value: unknown): string | undefined {
  if (value === undefined || value === null || value === false) return undefined
  return typeof value === 'string' ? printable(value) : ''
}

/** Control characters as spaces, cut to a length a page can carry for every file. */
function printable(text: string): string {
  return text
    .replace(/[\u0000-\u001f\u007f]+/g, ' ')
    .slice(0, MAX_TEXT)
    .trim()
}

function isSize(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

// RFC 3339 in UTC with up to microseconds (PEP 700).
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?Z$/

function isTime(value: unknown): value is string {
  return typeof value === 'string' && TIME.test(value) && !Number.isNaN(Date.parse(value))
}

function statusOf(raw: RawPage): ProjectStatus | undefined {
  const status = STATUSES.find((one) => one === raw.status)
  if (status === undefined) return undefined
  return typeof raw.statusReason === 'string' ? { status, reason: printable(raw.statusReason) } : { status }
}

function strings(value: unknown): string[] {
  return Array.isArray(value)
    ? value.filter((one): one is string => typeof one === 'string' && one.length <= MAX_TEXT)
    : []
}

export function invalid(project: string, what: string, cause?: unknown): GatewayError {
  return new GatewayError(
    'UPSTREAM_INVALID',
    `the upstream's page of ${project} ${what}`,
    { project },
    { cause },
  )
}
