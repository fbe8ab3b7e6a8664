// Is what lies inside what was asked for? Name, version, a .deb's architecture, and npm's two manifests.
import * as pep440 from '@renovatebot/pep440'
import semver from 'semver'
import type { ArtifactClaim, Json, JsonObject, PurlType } from '../../model/claim.ts'
import type { Finding } from '../../model/finding.ts'
import type { PackageContents } from '../../model/package-contents.ts'
import { CONTROL_DIGEST_DIFFERS } from '../claim-rules.ts'
import type { Scanner } from '../scanner.ts'
import { compareManifests } from './manifest-confusion.ts'

/** Digests and size are compared with the claim by the gate, inner digests, signatures and a wheel's promised metadata by the readers. */
export const integrity: Scanner = {
  id: 'integrity',
  version: 2,
  layer: 'integrity',
  applies: (contents) => (contents.claim === undefined ? 'there is no claim to hold the file against' : true),
  scan(contents) {
    const { claim } = contents
    if (claim === undefined) return []
    return [
      ...compareIdentity(contents, claim),
      ...compareArchitecture(contents, claim),
      ...compareControlDigest(contents, claim),
      ...compareNpmManifests(contents, claim),
    ]
  },
}

function compareIdentity({ declared, type }: PackageContents, claim: ArtifactClaim): Finding[] {
  const findings: Finding[] = []
  const { name, version } = declared
  if (name !== undefined && !sameName(type, name, claim.name))
    findings.push(differs('package-name-differs', 'name', claim.name, name))
  if (version !== undefined && !sameVersion(type, version, claim.version))
    findings.push(differs('package-version-differs', 'version', claim.version, version))
  if (name === undefined && type !== 'rpm')
    findings.push(differs('package-name-missing', 'name', claim.name, 'no name at all'))
  return findings
}

/** dpkg installs what the control file says, apt chooses by what the index says. A source package's files have none. */
function compareArchitecture({ declared }: PackageContents, { facts, type }: ArtifactClaim): Finding[] {
  const asked = facts['architecture']
  if (type !== 'deb' || typeof asked !== 'string' || asked === 'source') return []
  const inside = declared.architecture ?? 'none at all'
  return inside === asked ? [] : [differs('package-architecture-differs', 'architecture', asked, inside)]
}

function differs(rule: string, what: string, promised: string, inside: string): Finding {
  return {
    rule,
    layer: 'integrity',
    severity: 'high',
    title: `The ${what} inside the package is not the one that was asked for`,
    detail:
      'A client or a scanner that believes one of the two is told about another package than the one it installs.',
    snippet: `asked for ${promised}, inside: ${inside}`,
    remediation: 'Ask the maintainers; an honest publishing tool writes the same into both places.',
  }
}

function sameName(type: PurlType, inside: string, asked: string): boolean {
  if (type !== 'pypi') return inside.trim() === asked
  const normalise = (name: string) =>
    name
      .trim()
      .toLowerCase()
      .replace(/[-_.]+/g, '-') // PEP 503
  return normalise(inside) === normalise(asked)
}

function sameVersion(type: PurlType, inside: string, asked: string): boolean {
  if (inside.trim() === asked) return true
  switch (type) {
    case 'npm':
      // npm cleans `v1.0.0`, ` =1.0.0` and the like when it publishes.
      return semver.clean(inside, { loose: true }) === (semver.clean(asked, { loose: true }) ?? asked)
    case 'pypi':
      return pep440.valid(inside) !== null && pep440.valid(asked) !== null && pep440.eq(inside.trim(), asked)
    case 'deb':
    case 'rpm':
      // Epoch 0 may be left unsaid (deb-version(7), rpm-version(7)).
      return inside.trim().replace(/^0:/, '') === asked.replace(/^0:/, '')
    case 'apk':
      return false
  }
}

/** An apk index promises one digest only, of the control member (`C:`), which names the data by its `datahash`. */
function compareControlDigest({ declared }: PackageContents, { facts, type }: ArtifactClaim): Finding[] {
  if (type !== 'apk' || declared.manifest['identity'] === facts['identity']) return []
  return [
    {
      rule: CONTROL_DIGEST_DIFFERS,
      layer: 'integrity',
      severity: 'critical',
      title: 'The control member is not the one that the index promises',
      detail:
        'The index names a package by the SHA-1 of its control member; these are the bytes of another one.',
      snippet: `promised ${String(facts['identity'])}, got ${String(declared.manifest['identity'])}`,
    },
  ]
}

function compareNpmManifests(
  { format, declared, entries }: PackageContents,
  { facts }: ArtifactClaim,
): Finding[] {
  const promised = facts['manifest']
  if (format !== 'npm-tgz' || !isObject(promised)) return []
  const hasGyp = entries.some((entry) => entry.path === 'binding.gyp' && entry.type === 'file')
  return compareManifests(promised, declared.manifest, hasGyp)
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
