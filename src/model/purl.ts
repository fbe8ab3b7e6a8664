// Package URLs as people write them: `pkg:npm/%40scope/name@1.0.0`. Source: the purl specification.
import type { PurlType } from './claim.ts'
import { GatewayError } from './errors.ts'

export interface Purl {
  readonly type: PurlType
  readonly name: string
  readonly version?: string
}

const TYPES: readonly string[] = ['npm', 'pypi', 'deb', 'rpm', 'apk'] satisfies PurlType[]

/** Throws BAD_REQUEST that names the input; qualifiers and subpath are left out. */
export function parsePurl(text: string): Purl {
  const match = /^pkg:([a-z]+)\/([^@?#]+|%40[^@?#]+)(?:@([^?#]+))?(?:[?#].*)?$/.exec(text)
  const [, type = '', name = '', version] = match ?? []
  if (match === null || !TYPES.includes(type)) throw notPurl(text)
  try {
    const parts = name.split('/').map(decodeURIComponent)
    // A distribution package's first part is the distribution (pkg:deb/debian/curl), not part of its name.
    const own = type === 'npm' || type === 'pypi' ? parts : parts.slice(-1)
    return {
      type: type as PurlType,
      name: own.join('/'),
      ...(version === undefined ? {} : { version: decodeURIComponent(version) }),
    }
  } catch {
    throw notPurl(text)
  }
}

export function isPurl(text: string): boolean {
  return text.startsWith('pkg:')
}

function notPurl(text: string): GatewayError {
  return new GatewayError(
    'BAD_REQUEST',
    `${JSON.stringify(text)} is not a package URL: pkg:TYPE/NAME@VERSION with TYPE one of ${TYPES.join(', ')}`,
    { arguments: true },
  )
}
