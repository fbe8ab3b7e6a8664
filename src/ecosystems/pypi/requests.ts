// Paths of a PyPI repository: project list, project page, file, sidecar, provenance, legacy JSON. Anything else is refused.
import { GatewayError } from '../../model/errors.ts'
import type { GatewayRequest } from '../../model/request.ts'
import { splitRequestPath } from '../request-path.ts'
import { isSafeFileName, parseFileName } from './file-name.ts'
import { isProjectName, normaliseName } from './names.ts'
import { filePath, SIDECAR_SUFFIX } from './page-claims.ts'
import { PROJECT_LIST, PROJECT_LIST_KEY } from './project-list.ts'
import { parseVersion } from './version.ts'

/** Parses a request. Sources: PEP 503, 658, 691, 740 and the registry's JSON API document. */
export function parsePypiRequest(method: string, path: string): GatewayRequest {
  if (method !== 'GET' && method !== 'HEAD') throw writeRefused(method, path)
  if (path === '/') throw notServed(path, 'a PyPI repository has no page of its own; the index is simple/')
  const slash = path.endsWith('/')
  const [first = '', ...rest] = splitRequestPath(slash ? path.slice(0, -1) : path)
  if (first === 'simple') return parseSimple(rest, slash, path)
  if (slash) throw notServed(path)
  if (first === 'files') return parseFile(rest, path)
  if (first === 'integrity') return parseProvenance(rest, path)
  // Tools that know only the simple index derive `<base>/pypi/<name>/json` from `<base>/simple`.
  return parseLegacyJson(
    first === 'pypi' && rest.length > 1 && rest[0] !== 'json' ? rest : [first, ...rest],
    path,
  )
}

function parseSimple(rest: readonly string[], slash: boolean, path: string): GatewayRequest {
  const [name, ...more] = rest
  if (name === undefined)
    return slash
      ? { kind: 'index', key: PROJECT_LIST_KEY, document: PROJECT_LIST }
      : { kind: 'redirect', to: 'simple/' }
  if (more.length > 0 || !isProjectName(name)) throw notServed(path)
  const project = normaliseName(name)
  return slash && name === project
    ? { kind: 'index', key: project, document: 'page' }
    : { kind: 'redirect', to: `simple/${project}/` }
}

function parseFile(rest: readonly string[], path: string): GatewayRequest {
  const [project = '', name = '', ...more] = rest
  const subject = name.endsWith(SIDECAR_SUFFIX) ? name.slice(0, -SIDECAR_SUFFIX.length) : name
  if (more.length > 0 || !isNormalName(project) || parseFileName(subject, project) === undefined)
    throw notServed(path)
  return { kind: 'artifact', path: filePath(project, name), key: project }
}

/** `integrity/<project>/<version>/<file name>/provenance`, the registry's integrity API. */
function parseProvenance(rest: readonly string[], path: string): GatewayRequest {
  const [name = '', version = '', file = '', word, ...more] = rest
  const project = normaliseName(name)
  const parsed = isProjectName(name) ? parseFileName(file, project) : undefined
  if (word !== 'provenance' || more.length > 0 || parsed === undefined) throw notServed(path)
  if (parseVersion(version)?.release !== parsed.release) throw notServed(path)
  return { kind: 'index', key: project, document: `provenance/${file}` }
}

function parseLegacyJson(segments: readonly string[], path: string): GatewayRequest {
  const [name = '', ...rest] = segments
  const version = rest.length === 2 ? rest[0] : undefined
  if (rest.length < 1 || rest.length > 2 || rest.at(-1) !== 'json' || !isProjectName(name))
    throw notServed(path)
  if (version !== undefined && (!isSafeFileName(version) || parseVersion(version) === undefined))
    throw notServed(path)
  return {
    kind: 'index',
    key: normaliseName(name),
    document: version === undefined ? 'json' : `json/${version}`,
  }
}

function isNormalName(name: string): boolean {
  return isProjectName(name) && normaliseName(name) === name
}

function writeRefused(method: string, path: string): GatewayError {
  return new GatewayError(
    'METHOD_NOT_ALLOWED',
    'this gateway is read-only: upload to the registry itself; its XML-RPC and search interfaces are not served',
    { method, path: path.slice(0, 200), allow: 'GET, HEAD' },
  )
}

function notServed(path: string, why = 'no PyPI path of this gateway looks like that'): GatewayError {
  return new GatewayError('NOT_SERVED', why, { path: path.slice(0, 200) })
}
