// YUM paths: documents under repodata/, packages anywhere else. Anything that is neither is refused.
import { GatewayError } from '../../model/errors.ts'
import type { GatewayRequest } from '../../model/request.ts'
import { splitRequestPath } from '../request-path.ts'

/** The documents of a YUM repository are one set. */
export const REPOSITORY_KEY = 'repodata'

export function parseYumRequest(method: string, path: string): GatewayRequest {
  const segments = splitRequestPath(path)
  if (method !== 'GET' && method !== 'HEAD')
    throw new GatewayError('METHOD_NOT_ALLOWED', 'a YUM repository is read-only', {
      method,
      path,
      allow: 'GET, HEAD',
    })
  if (segments.some((segment) => segment.includes('/'))) throw notServed(path)
  const joined = segments.join('/')
  if (segments[0] === 'repodata' && segments.length === 2)
    return { kind: 'index', key: REPOSITORY_KEY, document: joined }
  // A delta rpm is a second way to the same package that nobody examines.
  if (joined.endsWith('.rpm') && !joined.endsWith('.drpm'))
    return { kind: 'artifact', path: joined, key: REPOSITORY_KEY }
  throw notServed(path)
}

function notServed(path: string): GatewayError {
  return new GatewayError('NOT_SERVED', 'this repository serves repodata/ and .rpm files only', {
    path: path.slice(0, 200),
  })
}
