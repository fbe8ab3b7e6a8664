// What a package.json depends on, with everything that does not come from the registry marked.
import type { Json, JsonObject } from '../../model/claim.ts'
import type { Dependency } from '../../model/package-contents.ts'
import { listOf, objectOf, textOf } from './manifest.ts'

const KINDS: readonly (readonly [string, string])[] = [
  ['dependencies', 'runtime'],
  ['optionalDependencies', 'optional'],
  ['peerDependencies', 'peer'],
  ['devDependencies', 'development'],
]

/** Dependencies of the manifest and, where the package pins its own tree, those pins that leave the registry. */
export function npmDependencies(manifest: JsonObject, shrinkwrap: JsonObject | undefined): Dependency[] {
  const declared = KINDS.flatMap(([field, kind]) =>
    Object.entries(objectOf(manifest[field])).map(([name, specifier]) => dependency(name, specifier, kind)),
  )
  return [...declared, ...bundled(manifest), ...pinned(shrinkwrap ?? {})]
}

/** How a specifier leaves the registry (rules of npm-package-arg); undefined for versions, ranges, tags and aliases. */
export function foreignKind(specifier: string): Dependency['foreign'] {
  const text = specifier.trim()
  if (/^(?:git(?:\+|:|@)|(?:github|gitlab|bitbucket|gist):)/i.test(text)) return 'git'
  if (/^(?:ssh|rsync|ftp):/i.test(text)) return 'git'
  if (/^https?:/i.test(text)) return /\.git(?:#|$)/i.test(text) ? 'git' : 'url'
  if (/^(?:file|link|portal|workspace):|^(?:[./\\]|~\/|[a-z]:[/\\])/i.test(text)) return 'file'
  if (/^(?:npm|patch|catalog):/i.test(text)) return undefined
  // `user/repository` is a short form of a hosted git repository.
  if (/^[^@\s/:]+\/[^\s/]+$/.test(text)) return 'git'
  return /\.(?:tgz|tar\.gz|tar)$/i.test(text) ? 'file' : undefined
}

function dependency(name: string, specifier: Json | undefined, kind: string): Dependency {
  const text = textOf(specifier) ?? ''
  const foreign = foreignKind(text)
  return { name, specifier: text, kind, ...(foreign === undefined ? {} : { foreign }) }
}

function bundled(manifest: JsonObject): Dependency[] {
  const value = manifest['bundleDependencies'] ?? manifest['bundledDependencies']
  const names = value === true ? Object.keys(objectOf(manifest['dependencies'])) : listOf(value)
  return names.flatMap((name) => (typeof name === 'string' ? { name, specifier: '*', kind: 'bundled' } : []))
}

// `resolved` of a lock entry. A registry's own tarballs have `/-/` before the file name whatever the host.
function pinned(shrinkwrap: JsonObject): Dependency[] {
  const entries = [
    ...Object.entries(objectOf(shrinkwrap['packages'])),
    ...Object.entries(objectOf(shrinkwrap['dependencies'])),
  ]
  return entries.flatMap(([path, value]) => {
    const resolved = textOf(objectOf(value)['resolved'])
    if (resolved === undefined || /\/-\/[^/]+\.tgz$/.test(resolved)) return []
    const name = path.split('node_modules/').at(-1) ?? path
    return foreignKind(resolved) === undefined ? [] : dependency(name, resolved, 'runtime')
  })
}
