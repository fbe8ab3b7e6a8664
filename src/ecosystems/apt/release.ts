// A Release file: which indexes a suite has, under which digests, and how long they are good. Sources: deb repository format.
import { GatewayError } from '../../model/errors.ts'

export interface ReleaseFile {
  /** All fields but the digest lists, as they are spelled, in order. */
  readonly fields: ReadonlyMap<string, string>
  /** SHA-256 and size by path relative to the suite. */
  readonly files: ReadonlyMap<string, { readonly sha256: string; readonly sizeBytes: number }>
  readonly date: Date
  readonly validUntil?: Date
}

const DIGEST_FIELDS = new Set(['md5sum', 'sha1', 'sha256', 'sha512'])
const PATH = /^(?!\/)(?!.*(?:^|\/)\.\.?(?:\/|$))[\x21-\x7e]+$/
const FUTURE_MS = 300_000

/** Throws UPSTREAM_INVALID for a text that is not one Release stanza with SHA256 and Date. */
export function parseRelease(text: string, what: string): ReleaseFile {
  if (/[\0\r]/.test(text)) throw invalid(what, 'has NUL or CR in it')
  const fields = new Map<string, string>()
  for (const block of text.trimEnd().split(/\n(?![ \t])/)) {
    const colon = block.indexOf(':')
    const name = block.slice(0, colon)
    if (colon < 1 || !/^[!-9;-~]+$/.test(name))
      throw invalid(what, `has a line that is no field: ${block.slice(0, 60)}`)
    if ([...fields.keys()].some((known) => known.toLowerCase() === name.toLowerCase()))
      throw invalid(what, `has ${name} twice`)
    fields.set(name, block.slice(colon + 1).trim())
  }
  const files = parseFiles(fieldOf(fields, 'SHA256'), what)
  const date = dateOf(fieldOf(fields, 'Date'))
  if (date === undefined) throw invalid(what, 'has no Date')
  const validUntil = dateOf(fieldOf(fields, 'Valid-Until'))
  const kept = new Map([...fields].filter(([name]) => !DIGEST_FIELDS.has(name.toLowerCase())))
  return { fields: kept, files, date, ...(validUntil === undefined ? {} : { validUntil }) }
}

/** Field names are compared without case. */
export function fieldOf(fields: ReadonlyMap<string, string>, name: string): string | undefined {
  for (const [key, value] of fields) if (key.toLowerCase() === name.toLowerCase()) return value
  return undefined
}

function parseFiles(list: string | undefined, what: string): ReleaseFile['files'] {
  if (list === undefined) throw invalid(what, 'has no SHA256')
  const files = new Map<string, { sha256: string; sizeBytes: number }>()
  for (const line of list.split('\n')) {
    const [sha256 = '', size = '', path = '', ...more] = line.trim().split(/\s+/)
    if (sha256 === '') continue
    if (!/^[0-9a-f]{64}$/i.test(sha256) || !/^\d{1,15}$/.test(size) || more.length > 0 || !PATH.test(path))
      throw invalid(what, `has a SHA256 line that cannot be read: ${line.slice(0, 100)}`)
    const known = files.get(path)
    if (known !== undefined && known.sha256 !== sha256.toLowerCase())
      throw invalid(what, `lists ${path} twice with different digests`)
    files.set(path, { sha256: sha256.toLowerCase(), sizeBytes: Number(size) })
  }
  return files
}

function dateOf(text: string | undefined): Date | undefined {
  const time = text === undefined ? Number.NaN : Date.parse(text)
  return Number.isNaN(time) ? undefined : new Date(time)
}

/**
 * Throws UPSTREAM_INVALID for a Release that has expired, is dated in the future by more than five minutes, is older than the one
 * accepted before, or is about another suite than the configured one.
 */
export function checkRelease(
  release: ReleaseFile,
  suite: string,
  formerDate: string | undefined,
  now: Date,
  what: string,
): void {
  const { date, validUntil, fields } = release
  if (validUntil !== undefined && validUntil.getTime() < now.getTime())
    throw invalid(what, `expired at ${validUntil.toISOString()}`)
  if (date.getTime() > now.getTime() + FUTURE_MS)
    throw invalid(what, `is dated in the future: ${date.toISOString()}`)
  if (formerDate !== undefined && date.getTime() < Date.parse(formerDate))
    throw invalid(what, `went back in time: dated ${date.toISOString()}, after ${formerDate} was seen`)
  if (suite.endsWith('/')) return
  const named = [fieldOf(fields, 'Suite'), fieldOf(fields, 'Codename')].filter((name) => name !== undefined)
  // An updates suite may call itself by its own name only; a security suite by `stable-security` with the codename `bookworm-security`.
  if (
    named.length > 0 &&
    !named.some((name) => name === suite || suite.startsWith(`${name}/`) || name.startsWith(`${suite}/`))
  )
    throw invalid(what, `is about ${named.join(' or ')}`)
}

export function invalid(what: string, why: string): GatewayError {
  return new GatewayError('UPSTREAM_INVALID', `${what} ${why}`, { what })
}
