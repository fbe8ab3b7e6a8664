// Reads advisories in the OSV schema from files: JSON lines, gzipped or not, single documents, folders of them.
import { createReadStream } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { createGunzip, gunzipSync } from 'node:zlib'
import { GatewayError } from '../model/errors.ts'

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

export interface OsvAffected {
  readonly package: { readonly ecosystem: string; readonly name: string }
  readonly ranges?: readonly OsvRange[]
  readonly versions?: readonly string[]
}

/** The fields of the OSV schema (1.7) that are used here; others stay unread. */
export interface OsvRecord {
  readonly id: string
  readonly modified?: string
  readonly published?: string
  readonly withdrawn?: string
  readonly aliases?: readonly string[]
  readonly summary?: string
  readonly details?: string
  readonly affected: readonly OsvAffected[]
  readonly severity?: readonly { readonly type: string; readonly score: string }[]
  readonly database_specific?: Readonly<Record<string, unknown>>
}

export type OsvItem =
  | { readonly record: OsvRecord }
  | { readonly broken: { readonly where: string; readonly why: string } }

/**
 * Every record of a file (`.jsonl`, `.jsonl.gz`, `.ndjson`, `.json`, `.json.gz`) or of all such files below a folder.
 * A record that is no OSV record is an item of its own, so that the caller counts it and goes on. Throws CONFIG_INVALID
 * when the path cannot be read at all: a feed that is missing must not look like a feed without records.
 */
export async function* readOsv(path: string): AsyncIterable<OsvItem> {
  const files = await filesOf(path)
  if (files.length === 0) throw unreadable(path, 'there is no OSV file')
  for (const file of files) yield* isLines(file) ? readLines(file) : readDocument(file)
}

async function filesOf(path: string): Promise<string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path]
    const names = await readdir(path, { recursive: true })
    return names
      .filter((name) => /\.(?:jsonl|ndjson|json)(?:\.gz)?$/.test(name))
      .map((name) => join(path, name))
      .toSorted()
  } catch (cause) {
    throw unreadable(path, cause instanceof Error ? cause.message : String(cause), cause)
  }
}

function isLines(file: string): boolean {
  return /\.(?:jsonl|ndjson)(?:\.gz)?$/.test(file)
}

async function* readLines(file: string): AsyncIterable<OsvItem> {
  const bytes = createReadStream(file)
  const input = file.endsWith('.gz') ? bytes.pipe(createGunzip()) : bytes
  // pipe() does not carry the reader's error over; a damaged disk must not look like the end of the feed.
  bytes.on('error', (error) => input.destroy(error))
  let number = 0
  try {
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      number += 1
      if (line.trim() !== '') yield parseRecord(line, `${file}:${number}`)
    }
  } catch (cause) {
    throw unreadable(
      file,
      `it ends after ${number} lines: ${cause instanceof Error ? cause.message : cause}`,
      cause,
    )
  }
}

async function* readDocument(file: string): AsyncIterable<OsvItem> {
  const bytes = await readFile(file)
  let text: string
  try {
    text = (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
  } catch (cause) {
    throw unreadable(file, 'it is not gzip', cause)
  }
  yield parseRecord(text, file)
}

/** One record, with only the shapes checked on which matching relies. */
export function parseRecord(text: string, where: string): OsvItem {
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
  if (typeof value['id'] !== 'string' || value['id'] === '') return 'no id'
  const affected = value['affected']
  if (!Array.isArray(affected) || affected.length === 0) return 'nothing affected'
  for (const one of affected) {
    const why = affectedProblem(one)
    if (why !== undefined) return why
  }
  return undefined
}

function affectedProblem(one: unknown): string | undefined {
  if (!isRecord(one) || !isRecord(one['package'])) return 'affected without a package'
  const { ecosystem, name } = one['package']
  if (typeof ecosystem !== 'string' || typeof name !== 'string' || name === '')
    return 'a package without a name'
  const versions = one['versions'] ?? []
  if (!Array.isArray(versions) || !versions.every((version) => typeof version === 'string'))
    return 'versions that are no list of texts'
  const ranges = one['ranges'] ?? []
  if (!Array.isArray(ranges) || !ranges.every(isRange)) return 'a range without events'
  return versions.length === 0 && ranges.length === 0 ? 'neither versions nor ranges' : undefined
}

function isRange(range: unknown): boolean {
  return (
    isRecord(range) &&
    typeof range['type'] === 'string' &&
    Array.isArray(range['events']) &&
    range['events'].length > 0 &&
    range['events'].every(
      (event) => isRecord(event) && Object.values(event).every((value) => typeof value === 'string'),
    )
  )
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function unreadable(path: string, why: string, cause?: unknown): GatewayError {
  return new GatewayError(
    'CONFIG_INVALID',
    `advisories in ${path} cannot be read: ${why}`,
    { path },
    { cause },
  )
}
