// The abbreviated packument, built from the full one. Source: the registry's package-metadata document.
import type { Manifest, Packument } from './packument.ts'

const VERSION_FIELDS = [
  'name',
  'version',
  'deprecated',
  'dependencies',
  'optionalDependencies',
  'devDependencies',
  'bundleDependencies',
  'bundledDependencies',
  'peerDependencies',
  'peerDependenciesMeta',
  'acceptDependencies',
  'bin',
  'directories',
  'dist',
  'engines',
  'os',
  'cpu',
  'libc',
  'funding',
  'hasInstallScript',
  '_hasShrinkwrap',
]

const HOOKS = ['preinstall', 'install', 'postinstall']

/** Keeps what installers read, and `time`: clients with a minimum age ask for it in this form too. */
export function abbreviate(packument: Packument): Record<string, unknown> {
  const versions: Record<string, unknown> = {}
  for (const [version, manifest] of Object.entries(packument.versions))
    versions[version] = abbreviateVersion(manifest)
  return {
    name: packument.name,
    modified: packument.time['modified'],
    'dist-tags': packument['dist-tags'],
    versions,
    time: packument.time,
  }
}

function abbreviateVersion(manifest: Manifest): Record<string, unknown> {
  const kept: Record<string, unknown> = {}
  for (const field of VERSION_FIELDS) if (manifest[field] !== undefined) kept[field] = manifest[field]
  if (kept['hasInstallScript'] === undefined && hasHook(manifest)) kept['hasInstallScript'] = true
  return kept
}

function hasHook(manifest: Manifest): boolean {
  const scripts = manifest['scripts']
  return typeof scripts === 'object' && scripts !== null && HOOKS.some((hook) => hook in scripts)
}
