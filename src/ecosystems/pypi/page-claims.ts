// What a project page promises: one claim for each file, and one for each metadata sidecar.
import type { ArtifactClaim } from '../../model/claim.ts'
import type { RepositorySettings } from '../ecosystem.ts'
import type { ProjectFile } from './project-page.ts'

export const SIDECAR_SUFFIX = '.metadata'

export interface ClaimContext {
  readonly settings: Pick<RepositorySettings, 'name'>
  readonly project: string
  /** The first attested file, when the project has one. */
  readonly attested?: ProjectFile | undefined
}

export function filePath(project: string, filename: string): string {
  return `files/${project}/${filename}`
}

/**
 * The promise of one file. Facts: `kind` (`wheel` or `sdist`), `requiresPython`, `yanked`, `provenance` (address), `attestedBefore`
 * (an earlier version that had provenance, which this file lacks) and `coreMetadata`, the SHA-256 that the METADATA file inside
 * the wheel must have, for installers resolve from the sidecar and install the wheel.
 */
export function claimOf(file: ProjectFile, { settings, project, attested }: ClaimContext): ArtifactClaim {
  return {
    repository: settings.name,
    type: 'pypi',
    name: project,
    version: file.version,
    path: filePath(project, file.filename),
    indexKey: project,
    url: file.url,
    digests: file.digests,
    ...(file.sizeBytes === undefined ? {} : { sizeBytes: file.sizeBytes }),
    ...(file.uploadTime === undefined ? {} : { publishedAt: file.uploadTime }),
    facts: {
      kind: file.kind,
      ...(file.requiresPython === undefined ? {} : { requiresPython: file.requiresPython }),
      ...(file.yanked === undefined ? {} : { yanked: file.yanked }),
      ...(file.coreMetadata === undefined ? {} : { coreMetadata: file.coreMetadata }),
      ...(file.provenance === undefined ? lostProvenance(file, attested) : { provenance: file.provenance }),
    },
  }
}

/** An attacker with a stolen password can upload, but not as the workflow that signed before. */
function lostProvenance(file: ProjectFile, attested: ProjectFile | undefined): { attestedBefore?: string } {
  if (attested?.uploadTime === undefined || file.uploadTime === undefined) return {}
  const later = Date.parse(file.uploadTime) > Date.parse(attested.uploadTime)
  return later && file.release !== attested.release ? { attestedBefore: attested.version } : {}
}

/** The file of a project that was attested first, by upload time. */
export function firstAttested(files: Iterable<ProjectFile>): ProjectFile | undefined {
  let first: ProjectFile | undefined
  for (const file of files) {
    if (file.provenance === undefined || file.uploadTime === undefined) continue
    if (first?.uploadTime === undefined || Date.parse(file.uploadTime) < Date.parse(first.uploadTime))
      first = file
  }
  return first
}

/** The sidecar of a wheel (PEP 658): a companion, served byte for byte under the digest that the page promises. */
export function sidecarClaimOf(file: ProjectFile, context: ClaimContext): ArtifactClaim | undefined {
  if (file.coreMetadata === undefined) return undefined
  const { sizeBytes: _, ...claim } = claimOf(file, context)
  return {
    ...claim,
    path: `${claim.path}${SIDECAR_SUFFIX}`,
    url: sidecarAddress(file.url),
    digests: { sha256: file.coreMetadata },
    facts: { kind: 'metadata', companionOf: claim.path },
  }
}

/** `.metadata` goes after the path, also where the upstream signs its addresses with a query. */
function sidecarAddress(fileUrl: string): string {
  const url = new URL(fileUrl)
  url.pathname += SIDECAR_SUFFIX
  return url.href
}

export function* claimsOf(
  files: readonly ProjectFile[],
  context: Omit<ClaimContext, 'attested'>,
): Generator<ArtifactClaim> {
  yield* claimsWith(files, { ...context, attested: firstAttested(files) })
}

function* claimsWith(files: readonly ProjectFile[], context: ClaimContext): Generator<ArtifactClaim> {
  for (const file of files) {
    yield claimOf(file, context)
    const sidecar = sidecarClaimOf(file, context)
    if (sidecar !== undefined) yield sidecar
  }
}
