// Patterns that name packages.
import type { ArtifactClaim } from '../model/claim.ts'
import { matchesGlob } from '../model/glob.ts'

interface PackagePattern {
  readonly type?: string
  readonly name: string
  readonly version?: string
}

/** `[type:]name[@version]` or `pkg:type/name[@version]`; the `@` of a scope is not a version mark. */
function parsePackagePattern(written: string): PackagePattern {
  const pattern = written.startsWith('pkg:') ? fromPurl(written) : written
  const typed = /^(npm|pypi|deb|rpm|apk):(.*)$/s.exec(pattern)
  const rest = typed?.[2] ?? pattern
  const at = rest.lastIndexOf('@')
  return {
    ...(typed?.[1] === undefined ? {} : { type: typed[1] }),
    name: at > 0 ? rest.slice(0, at) : rest,
    ...(at > 0 ? { version: rest.slice(at + 1) } : {}),
  }
}

/** A distribution package's first part is the distribution (pkg:deb/debian/curl), not part of its name. */
function fromPurl(purl: string): string {
  const [, type = '', rest = ''] = /^pkg:([a-z]+)\/(.+)$/s.exec(purl) ?? []
  const name = rest.replaceAll(/%40/gi, '@').replaceAll(/%2f/gi, '/')
  return `${type}:${type === 'npm' || type === 'pypi' ? name : name.slice(name.lastIndexOf('/') + 1)}`
}

/** What is wrong with a package pattern; undefined when it can name something. */
export function packagePatternProblem(pattern: string): string | undefined {
  const [, type] = /^(?:pkg:)?([^:/@]*)[:/]/s.exec(pattern) ?? []
  const { type: known, name } = parsePackagePattern(pattern)
  if (/^(?:pkg:|[^/@]*:)/.test(pattern) && known === undefined)
    return `the type${type === undefined ? '' : ` ${type}`} is none of npm, pypi, deb, rpm, apk`
  return name === '' ? 'there is no name in it' : undefined
}

/** Whether a claim is named by a package pattern such as `@acme/*`, `pypi:acme-*` or `npm:lodash@4.17.*`. */
export function namesPackage(
  pattern: string,
  claim: Pick<ArtifactClaim, 'type' | 'name' | 'version'>,
): boolean {
  const { type, name, version } = parsePackagePattern(pattern)
  if (type !== undefined && type !== claim.type) return false
  return matchesGlob(name, claim.name) && (version === undefined || matchesGlob(version, claim.version))
}
