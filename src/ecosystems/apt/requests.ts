// APT paths: documents of a suite, packages of the pool. Anything else is refused.
import { GatewayError } from '../../model/errors.ts'
import type { GatewayRequest } from '../../model/request.ts'
import type { RepositorySettings } from '../ecosystem.ts'
import { splitRequestPath } from '../request-path.ts'
import { isSourceFile } from './source-stanzas.ts'
import { aptOptions, isFlat, suiteDirectory } from './suites.ts'

/** All suites of an archive are one set: they share one pool, and a package may be listed by several. */
export const ARCHIVE_KEY = 'archive'

const PACKAGE = /\.u?deb$/
const FLAT_DOCUMENT =
  /^(?:InRelease|Release|Release\.gpg|(?:Packages|Sources)(?:\.[a-z0-9]+)?|by-hash\/SHA256\/[0-9a-f]{64})$/

export function parseAptRequest(method: string, path: string, settings: RepositorySettings): GatewayRequest {
  // apt asks flat repositories as `./InRelease`; one leading `./` is its spelling of the directory itself.
  const segments = splitRequestPath(path.replace(/^\/(?:\.\/)+/, '/'))
  if (method !== 'GET' && method !== 'HEAD')
    throw new GatewayError('METHOD_NOT_ALLOWED', 'an APT archive is read-only', {
      method,
      path,
      allow: 'GET, HEAD',
    })
  const joined = segments.join('/')
  if (segments.some((segment) => segment.includes('/'))) throw notServed(path)
  if (PACKAGE.test(joined) || isServedSource(joined, settings))
    return { kind: 'artifact', path: joined, key: ARCHIVE_KEY }
  if (isDocument(joined, settings)) return { kind: 'index', key: ARCHIVE_KEY, document: joined }
  throw notServed(path)
}

/** Only where source packages are enabled; what lies under `dists/` is an index and no source. */
function isServedSource(path: string, settings: RepositorySettings): boolean {
  const name = path.slice(path.lastIndexOf('/') + 1)
  return aptOptions(settings).sources && !path.startsWith('dists/') && isSourceFile(name)
}

function isDocument(path: string, settings: RepositorySettings): boolean {
  return aptOptions(settings).suites.some((suite) => {
    const directory = suiteDirectory(suite)
    if (!path.startsWith(directory)) return false
    return !isFlat(suite) || FLAT_DOCUMENT.test(path.slice(directory.length))
  })
}

function notServed(path: string): GatewayError {
  return new GatewayError(
    'NOT_SERVED',
    'this archive has no such path; suites are those of the configuration',
    { path: path.slice(0, 200) },
  )
}
