// npm registry paths: packument, one manifest, dist-tags, tarball, and the questions beside them. Anything else is refused.
import { GatewayError } from '../../model/errors.ts'
import type { GatewayRequest } from '../../model/request.ts'
import { splitRequestPath } from '../request-path.ts'
import { isPackageName, unscopedName } from './names.ts'

const READ = ['GET', 'HEAD']

/**
 * Parses a registry request. Sources: the public registry API document and npm-registry-fetch. One slash too many at either end leads
 * to the path without: corepack makes one of a registry address that ends with a slash.
 */
export function parseNpmRequest(method: string, path: string): GatewayRequest {
  const canonical = path.replace(/^\/\//, '/').replace(/(?<=[^/])\/$/, '')
  const request = parseCanonical(method, canonical)
  return canonical === path || request.kind === 'side'
    ? request
    : { kind: 'redirect', to: canonical.slice(1) }
}

function parseCanonical(method: string, path: string): GatewayRequest {
  const segments = splitRequestPath(path)
  if (segments[0] === '-') return parseDash(method, segments.slice(1), path)
  const { name, rest } = takeName(segments, path)
  refuseWrites(method, path)
  const [first, second, ...more] = rest
  if (more.length > 0) throw notServed(path)
  if (first === undefined) return { kind: 'index', key: name, document: 'packument' }
  if (first === '-' && second !== undefined) return tarball(name, second, path)
  if (second === undefined && !first.includes('/'))
    return { kind: 'index', key: name, document: `manifest/${first}` }
  throw notServed(path)
}

/** `@scope/name`, `@scope%2fname` and `@scope%2Fname` are one name. */
function takeName(segments: string[], path: string): { name: string; rest: string[] } {
  const [first = '', second] = segments
  const split = first.startsWith('@') && !first.includes('/')
  const name = split ? `${first}/${second ?? ''}` : first
  if (!isPackageName(name)) throw notServed(path)
  return { name, rest: segments.slice(split ? 2 : 1) }
}

function tarball(name: string, file: string, path: string): GatewayRequest {
  const stem = `${unscopedName(name)}-`
  if (!file.startsWith(stem) || !file.endsWith('.tgz') || file.includes('/')) throw notServed(path)
  return { kind: 'artifact', path: `${name}/-/${file}`, key: name }
}

function parseDash(method: string, rest: string[], path: string): GatewayRequest {
  const joined = rest.join('/')
  const simple = SIMPLE[`${method === 'HEAD' ? 'GET' : method} ${joined}`]
  if (simple !== undefined) return { kind: 'side', name: simple, parameters: {} }
  if (rest[0] === 'package') return parseDistTags(method, rest.slice(1), path)
  if (joined.startsWith('npm/v1/attestations/') && READ.includes(method))
    return { kind: 'side', name: 'attestations', parameters: { spec: attestedSpec(rest.slice(3), path) } }
  if (joined === 'npm/v1/user' || joined.startsWith('npm/v1/tokens') || joined.startsWith('user/'))
    throw accountsRefused(method, path)
  refuseWrites(method, path)
  throw notServed(path)
}

const SIMPLE: Readonly<Record<string, string>> = {
  'GET ping': 'ping',
  'GET whoami': 'whoami',
  'GET v1/search': 'search',
  'GET npm/v1/keys': 'keys',
  'POST npm/v1/security/advisories/bulk': 'audit-bulk',
  'POST npm/v1/security/audits': 'audit',
  'POST npm/v1/security/audits/quick': 'audit',
  'POST v1/login': 'login',
  'PUT v1/login': 'login',
}

function parseDistTags(method: string, rest: string[], path: string): GatewayRequest {
  const { name, rest: tail } = takeName(rest, path)
  if (tail[0] !== 'dist-tags' || tail.length > 2) throw notServed(path)
  refuseWrites(method, path)
  if (tail.length === 2) throw notServed(path)
  return { kind: 'index', key: name, document: 'dist-tags' }
}

/** `name@version` or `@scope/name@version`, in one or two segments. */
function attestedSpec(rest: string[], path: string): string {
  const spec = rest.join('/')
  const at = spec.lastIndexOf('@')
  if (at < 1 || !isPackageName(spec.slice(0, at)) || !/^[0-9A-Za-z.+-]+$/.test(spec.slice(at + 1)))
    throw notServed(path)
  return spec
}

function refuseWrites(method: string, path: string): void {
  if (READ.includes(method)) return
  throw new GatewayError(
    'METHOD_NOT_ALLOWED',
    'this gateway is read-only: publish, unpublish, deprecate and dist-tag changes go to the registry itself',
    { method, path, allow: 'GET, HEAD' },
  )
}

function accountsRefused(method: string, path: string): GatewayError {
  return new GatewayError(
    'METHOD_NOT_ALLOWED',
    'this gateway keeps no npm accounts: log in at the registry itself',
    {
      method,
      path,
      allow: 'GET, HEAD',
    },
  )
}

function notServed(path: string): GatewayError {
  return new GatewayError('NOT_SERVED', 'no npm registry path of this gateway looks like that', {
    path: path.slice(0, 200),
  })
}
