// What an index promises of one artifact.

/** Package URL type, see the purl specification. */
export type PurlType = 'npm' | 'pypi' | 'deb' | 'rpm' | 'apk'

/** Lower-case hex digests. An index may give any subset. */
export interface Digests {
  readonly md5?: string
  readonly sha1?: string
  readonly sha256?: string
  readonly sha384?: string
  readonly sha512?: string
}

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }
export type JsonObject = { readonly [key: string]: Json }

export interface ArtifactClaim {
  /** Configured repository name, e.g. `npm`, `pypi`, `debian`. */
  readonly repository: string
  readonly type: PurlType
  /** Canonical package name: `@scope/name`, PEP 503 normalised, deb or rpm or apk package name. */
  readonly name: string
  readonly version: string
  /** Canonical request path inside the repository; the key of the claim, unique within the repository. */
  readonly path: string
  /** Key of the index set that made the promise. */
  readonly indexKey: string
  /** Absolute upstream URL of the bytes. Attacker text until the upstream client has checked its host. */
  readonly url: string
  readonly digests: Digests
  readonly sizeBytes?: number
  /** ISO 8601; when the upstream says it was published. */
  readonly publishedAt?: string
  /** Ecosystem facts that examination or policy compare with the bytes (npm: scripts, dependencies; deb: architecture, source ...). */
  readonly facts: JsonObject
}

/** `pkg:npm/%40scope/name@1.0.0`, see the purl specification (percent-encoded name parts and version). */
export function purlOf(claim: Pick<ArtifactClaim, 'type' | 'name' | 'version'>): string {
  const name = claim.name.split('/').map(encodeURIComponent).join('/')
  return `pkg:${claim.type}/${name}@${encodeURIComponent(claim.version)}`
}

/**
 * Path of the artifact that this claim is a companion of (`facts.companionOf`): PyPI's metadata sidecar of a wheel. A companion
 * leaves byte for byte once its digest holds; it is not examined, and it is refused whenever its subject is.
 */
export function companionSubject(claim: Pick<ArtifactClaim, 'facts'>): string | undefined {
  const subject = claim.facts['companionOf']
  return typeof subject === 'string' ? subject : undefined
}
