// Do the bytes keep the claim? Digests and size, compared before anything else looks at them.
import type { ArtifactClaim, Digests } from '../model/claim.ts'
import { GatewayError } from '../model/errors.ts'

const STRENGTH = ['sha512', 'sha384', 'sha256', 'sha1', 'md5'] as const

/**
 * Throws CLAIM_MISMATCH when any digest that claim and bytes both have differs, when the size differs, or when they share
 * no digest at all: a promise that cannot be checked is not kept.
 */
export function checkAgainstClaim(
  claim: ArtifactClaim,
  bytes: { digests: Digests; sizeBytes: number },
): void {
  if (claim.sizeBytes !== undefined && claim.sizeBytes !== bytes.sizeBytes)
    throw mismatch(claim, 'size', String(claim.sizeBytes), String(bytes.sizeBytes))
  const shared = STRENGTH.filter(
    (name) => claim.digests[name] !== undefined && bytes.digests[name] !== undefined,
  )
  for (const name of shared)
    if (claim.digests[name] !== bytes.digests[name])
      throw mismatch(claim, name, claim.digests[name], bytes.digests[name])
  if (shared.length === 0 && !isBoundByExamination(claim))
    throw mismatch(claim, 'digest', 'none', bytes.digests.sha256)
}

/** apk promises only the digest of its control member (facts.identity): its reader compares it, the size is checked here. */
export function isBoundByExamination({ digests, facts, type }: ArtifactClaim): boolean {
  return type === 'apk' && Object.keys(digests).length === 0 && facts['identity'] !== undefined
}

function mismatch(claim: ArtifactClaim, what: string, promised = '', got = ''): GatewayError {
  return new GatewayError(
    'CLAIM_MISMATCH',
    `the upstream's bytes of ${claim.path} are not what its index promised (${what}: promised ${promised}, got ${got})`,
    { repository: claim.repository, path: claim.path, what, promised, got },
  )
}
