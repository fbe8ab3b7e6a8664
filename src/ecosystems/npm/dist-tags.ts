// Dist-tags after versions were withheld: no tag may point to a version that is not shown.
import semver from 'semver'
import type { Manifest } from './packument.ts'

/**
 * Moves `latest` to the semver-newest stable, non-deprecated version that is shown and not above the original (else a `next`
 * release would be promoted); falls back to deprecated ones, then to pre-releases, then to whatever is left. Drops other tags.
 */
export function moveDistTags(
  tags: Readonly<Record<string, string>>,
  versions: Readonly<Record<string, Manifest>>,
): Record<string, string> {
  const moved: Record<string, string> = {}
  for (const [tag, version] of Object.entries(tags)) {
    if (Object.hasOwn(versions, version)) moved[tag] = version
    else if (tag === 'latest') {
      const replacement = newestBelow(version, versions)
      if (replacement !== undefined) moved[tag] = replacement
    }
  }
  return moved
}

function newestBelow(original: string, versions: Readonly<Record<string, Manifest>>): string | undefined {
  const sorted = Object.keys(versions).sort((a, b) => semver.rcompare(a, b, true))
  // A tag is free text: what is no version is above nothing.
  const isVersion = semver.valid(original, true) !== null
  const below = sorted.filter((version) => !isVersion || semver.lte(version, original, true))
  const stable = below.filter((version) => semver.prerelease(version, true) === null)
  const current = stable.find((version) => !isDeprecated(versions[version]))
  return current ?? stable[0] ?? below[0] ?? sorted.at(-1)
}

function isDeprecated(manifest: Manifest | undefined): boolean {
  return manifest?.deprecated !== undefined && manifest.deprecated !== false && manifest.deprecated !== ''
}
