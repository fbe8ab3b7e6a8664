// npm package names and tarball names as the registry spells them.

// Old packages have capitals and these marks (validate-npm-package-name calls them valid for old packages).
const PART = /^[A-Za-z0-9!'()*~_-][A-Za-z0-9!'()*._~-]*$/
const MAX_NAME_CHARACTERS = 214

/** Whether `name` or `@scope/name` may be a package on a registry. */
export function isPackageName(name: string): boolean {
  if (name.length > MAX_NAME_CHARACTERS) return false
  if (!name.startsWith('@')) return PART.test(name)
  const [scope, rest, ...more] = name.slice(1).split('/')
  return more.length === 0 && scope !== undefined && rest !== undefined && PART.test(scope) && PART.test(rest)
}

/** `name` of `@scope/name`. */
export function unscopedName(name: string): string {
  return name.slice(name.indexOf('/') + 1)
}

/** The conventional tarball path: `@scope/name/-/name-1.0.0.tgz`. Clients compute it, so it must be the one we serve. */
export function tarballPath(name: string, version: string): string {
  return `${name}/-/${unscopedName(name)}-${version}.tgz`
}

/** Path of a packument at an upstream: the scope's slash is encoded, as every client sends it. */
export function packumentPath(name: string): string {
  return name.replace('/', '%2f')
}
