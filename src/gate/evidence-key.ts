// Under which key evidence is kept: the examination that was made, and the claim the bytes were held against.
import { hash } from 'node:crypto'
import type { ArtifactClaim } from '../model/claim.ts'

/**
 * Two claims on the same bytes have evidence of their own: names, manifests and signatures are compared with what a claim says, so
 * what is clean under one may be a lie under another. `examinationKey` is the pool's.
 */
export function evidenceKeyOf(examinationKey: string, claim: ArtifactClaim): string {
  return `${examinationKey}${claimPart(claim)}`
}

/** Whether evidence or a verdict of that key was made under what the claim says now. */
export function isKeyOf(evidenceKey: string, claim: ArtifactClaim): boolean {
  return evidenceKey.endsWith(claimPart(claim))
}

function claimPart({ repository, path, name, version, facts }: ArtifactClaim): string {
  const said = JSON.stringify([repository, path, name, version, facts])
  return `.${hash('sha256', said, 'base64url').slice(0, 22)}`
}
