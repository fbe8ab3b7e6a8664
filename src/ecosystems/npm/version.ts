// npm's order of versions (semver.org 2.0.0, read as loosely as npm reads it).
import semver from 'semver'

export function compareNpmVersions(a: string, b: string): number {
  return semver.compare(a, b, true)
}

export function isNpmVersion(text: string): boolean {
  return semver.valid(text, true) !== null
}
