// What the index says of one file beyond its digests: provenance that is there, is wrong, or has gone missing.
import type { TrustMaterial } from '@sigstore/verify'
import type { ArtifactClaim, Digests } from '../../model/claim.ts'
import { GatewayError } from '../../model/errors.ts'
import type { Finding } from '../../model/finding.ts'
import type { FetchDocument, ReadContext } from '../ecosystem.ts'
import { checkProvenance } from './attestations.ts'
import { readTrustRoot } from './trust-root.ts'

const MAX_BYTES = 8 * 1024 * 1024

type ExamineContext = ReadContext & { readonly digests: Digests; readonly fetch: FetchDocument }

/** Throws UPSTREAM_* when the provenance that the index promises cannot be fetched: not known is not fine. */
export async function examinePypiClaim(
  claim: ArtifactClaim,
  context: ExamineContext,
): Promise<readonly Finding[]> {
  const { provenance, attestedBefore } = claim.facts
  if (typeof provenance !== 'string')
    return [typeof attestedBefore === 'string' ? lost(attestedBefore) : unattested()]
  const filename = claim.path.slice(claim.path.lastIndexOf('/') + 1)
  const document = await fetchProvenance(filename, provenance, context)
  if (document === undefined) return [missing()]
  if ('title' in document) return [document]
  const { trustedRoot } = context.settings.options
  const trust = await trustRoot(typeof trustedRoot === 'string' ? trustedRoot : undefined)
  const { sha256 = '' } = context.digests
  return checkProvenance(await context.open(document), { filename, sha256 }, trust)
}

async function fetchProvenance(filename: string, url: string, { fetch }: ExamineContext) {
  try {
    return await fetch(`provenance/${filename}`, url, { accept: 'application/json', maxBytes: MAX_BYTES })
  } catch (thrown) {
    // The index points to a host that nobody allowed: the file is as unattested as one without provenance.
    if (thrown instanceof GatewayError && thrown.code === 'HOST_REFUSED') return missing()
    throw thrown
  }
}

function lost(version: string): Finding {
  return finding('pypi-attestation-lost', `version ${version} of this project was attested, this file is not`)
}

/** Most files have none; a policy that requires attestations names this rule. */
function unattested(): Finding {
  return { ...finding('pypi-unattested', 'nobody attested where this file was built'), severity: 'info' }
}

function missing(): Finding {
  return finding(
    'pypi-attestation-missing',
    'the index promises provenance for this file and does not have it',
  )
}

function finding(rule: string, title: string): Finding {
  return { rule, layer: 'integrity', severity: 'medium', title }
}

const roots = new Map<string | undefined, Promise<TrustMaterial>>()

/** Read once for each location; a failed reading is tried again. */
function trustRoot(location: string | undefined): Promise<TrustMaterial> {
  const known = roots.get(location)
  if (known !== undefined) return known
  const reading = readTrustRoot(location)
  roots.set(location, reading)
  reading.catch(() => roots.delete(location))
  return reading
}
