// apk paths: `[release/repository/]<architecture>/APKINDEX.tar.gz` and the packages beside it. Anything else is refused.
import { GatewayError } from '../../model/errors.ts'
import type { GatewayRequest } from '../../model/request.ts'
import type { RepositorySettings } from '../ecosystem.ts'
import { splitRequestPath } from '../request-path.ts'

export const INDEX_NAME = 'APKINDEX.tar.gz'
const PACKAGE = /^[A-Za-z0-9_][A-Za-z0-9._+-]*\.apk$/

/** The folders, relative to the upstream, that hold an index: `v3.20/main/x86_64`, or just `x86_64`. */
export function indexFolders({ options }: RepositorySettings): string[] {
  const list = (name: string, otherwise: readonly string[]): readonly string[] => {
    const value = options[name]
    return Array.isArray(value) && value.length > 0 ? value.map(String) : otherwise
  }
  const architectures = list('architectures', ['x86_64'])
  const versions = list('versions', [''])
  const repositories = versions[0] === '' ? [''] : list('repositories', ['main', 'community'])
  return versions.flatMap((version) =>
    repositories.flatMap((repository) =>
      architectures.map((architecture) =>
        [version, repository, architecture].filter((part) => part !== '').join('/'),
      ),
    ),
  )
}

export function parseApkRequest(method: string, path: string, settings: RepositorySettings): GatewayRequest {
  const segments = splitRequestPath(path)
  if (method !== 'GET' && method !== 'HEAD')
    throw new GatewayError('METHOD_NOT_ALLOWED', 'an apk repository is read-only', {
      method,
      path,
      allow: 'GET, HEAD',
    })
  if (segments.some((segment) => segment.includes('/'))) throw notServed(path, settings)
  const folder = segments.slice(0, -1).join('/')
  const file = segments.at(-1) ?? ''
  const folders = indexFolders(settings)
  if (file === 'Packages.adb')
    throw new GatewayError(
      'NOT_SERVED',
      'apk v3 indexes are not served; apk 3 reads the v2 index beside it',
      { path },
    )
  if (file === INDEX_NAME && folders.includes(folder))
    return { kind: 'index', key: folder, document: INDEX_NAME }
  if (!PACKAGE.test(file)) throw notServed(path, settings)
  if (folders.includes(folder)) return { kind: 'artifact', path: `${folder}/${file}`, key: folder }
  // apk builds the URL from the stanza's `A:`, which is `noarch` in some indexes: those of all architectures share that folder.
  if (folder.split('/').at(-1) === 'noarch') {
    const [first, ...otherwise] = folders
      .filter((one) => parentOf(one) === parentOf(folder))
      .map((key) => ({ kind: 'artifact', path: `${key}/${file}`, key }) as const)
    if (first !== undefined) return { ...first, ...(otherwise.length === 0 ? {} : { otherwise }) }
  }
  throw notServed(path, settings)
}

function parentOf(folder: string): string {
  return folder.split('/').slice(0, -1).join('/')
}

function notServed(path: string, settings: RepositorySettings): GatewayError {
  return new GatewayError(
    'NOT_SERVED',
    `no such path; this repository has ${indexFolders(settings).join(', ')}`.slice(0, 400),
    {
      path: path.slice(0, 200),
    },
  )
}
