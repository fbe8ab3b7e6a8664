// The packument as a checked value: what of an upstream document may be believed.
import semver from 'semver'
import type { Digests } from '../../model/claim.ts'
import { GatewayError } from '../../model/errors.ts'

export interface Dist {
  tarball: string
  integrity?: string
  shasum?: string
  signatures?: readonly { keyid: string; sig: string }[]
  [key: string]: unknown
}

export interface Manifest {
  name: string
  version: string
  dist: Dist
  deprecated?: unknown
  [key: string]: unknown
}

export interface Packument {
  name: string
  'dist-tags': Record<string, string>
  versions: Record<string, Manifest>
  time: Record<string, string>
  [key: string]: unknown
}

/**
 * Parses an upstream packument. Versions whose key is not semver, whose own name or version differs from where they stand,
 * or that promise no digest are left out. Throws UPSTREAM_INVALID when the document is not a packument of `name`.
 */
export function parsePackument(bytes: Uint8Array, name: string): Packument {
  const document = parseObject(bytes, name)
  if (document['name'] !== undefined && document['name'] !== name)
    throw invalid(name, `is a document about ${JSON.stringify(document['name'])}`)
  const versions = asRecord(document['versions'])
  return {
    ...document,
    name,
    'dist-tags': onlyStrings(asRecord(document['dist-tags'])),
    versions: Object.fromEntries(
      Object.entries(versions).filter(([key, value]) => isManifest(value, name, key)),
    ) as Packument['versions'],
    time: onlyStrings(asRecord(document['time'])),
  }
}

function parseObject(bytes: Uint8Array, name: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'))
  } catch (cause) {
    throw invalid(name, 'is not JSON', cause)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid(name, 'is not a JSON object')
  return value as Record<string, unknown>
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {}
}

function onlyStrings(record: Record<string, unknown>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(record).filter(([, value]) => typeof value === 'string'),
  ) as Record<string, string>
}

function isManifest(value: unknown, name: string, key: string): value is Manifest {
  const manifest = asRecord(value)
  const dist = asRecord(manifest['dist'])
  if (semver.valid(key) !== key && semver.valid(key, { loose: true }) === null) return false
  if (/[/\\%?#\s]/.test(key)) return false
  if (manifest['version'] !== key || manifest['name'] !== name) return false
  return typeof dist['tarball'] === 'string' && Object.keys(digestsOf(dist as Dist)).length > 0
}

/** Digests a `dist` promises, from `integrity` (subresource integrity, W3C SRI) and `shasum`. */
export function digestsOf(dist: Dist): Digests {
  const digests: { -readonly [K in keyof Digests]: Digests[K] } = {}
  if (typeof dist.shasum === 'string' && /^[0-9a-f]{40}$/i.test(dist.shasum))
    digests.sha1 = dist.shasum.toLowerCase()
  if (typeof dist.integrity !== 'string') return digests
  for (const part of dist.integrity.trim().split(/\s+/)) {
    const [algorithm, base64 = ''] = part.split(/-(.*)/s)
    const hex = Buffer.from(base64.split('?')[0] ?? '', 'base64').toString('hex')
    if (algorithm === 'sha512' && hex.length === 128) digests.sha512 = hex
    if (algorithm === 'sha384' && hex.length === 96) digests.sha384 = hex
    if (algorithm === 'sha256' && hex.length === 64) digests.sha256 = hex
    if (algorithm === 'sha1' && hex.length === 40) digests.sha1 = hex
  }
  return digests
}

function invalid(name: string, what: string, cause?: unknown): GatewayError {
  return new GatewayError(
    'UPSTREAM_INVALID',
    `the upstream's answer for ${name} ${what}`,
    { name },
    { cause },
  )
}
