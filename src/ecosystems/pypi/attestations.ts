// Checks a file's attestations (PEP 740): signed by the publisher that the index names, about exactly these bytes.
import { bundleFromJSON } from '@sigstore/bundle'
import {
  PolicyError,
  type TrustMaterial,
  toSignedEntity,
  VerificationError,
  Verifier,
} from '@sigstore/verify'
import type { Finding } from '../../model/finding.ts'
import { type Attestation, isSameFile, parseProvenance, parseStatement } from './provenance.ts'
import { expectedSigner } from './publisher.ts'

export interface AttestedBytes {
  readonly filename: string
  readonly sha256: string
}

const PAYLOAD_TYPE = 'application/vnd.in-toto+json'
const BUNDLE_TYPE = 'application/vnd.dev.sigstore.bundle.v0.3+json'
// What an attestation may say of these bytes. `unverified` is neither good nor bad: nobody here can tell.
const INVALID = 'pypi-attestation-invalid'
const UNVERIFIED = 'pypi-attestation-unverified'
const ATTESTED = 'pypi-attested'

/** One finding for each attestation; one in all when the object cannot be read. Never silent. */
export function checkProvenance(
  bytes: Uint8Array,
  file: AttestedBytes,
  trust: TrustMaterial,
): readonly Finding[] {
  const attestations = parseProvenance(bytes)
  if (attestations === undefined)
    return [finding(UNVERIFIED, 'medium', 'the provenance of the file is in no form that is known here')]
  return attestations.map((attestation) => checkAttestation(attestation, file, trust))
}

function checkAttestation(attestation: Attestation, file: AttestedBytes, trust: TrustMaterial): Finding {
  const statement = parseStatement(attestation.statement)
  if (statement === undefined)
    return finding(UNVERIFIED, 'medium', 'an attestation of the file makes no statement that is known here')
  if (statement.subjectSha256 !== file.sha256 || !isSameFile(statement.subjectName, file.filename))
    return finding(
      INVALID,
      'high',
      `an attestation is about another file: ${statement.subjectName.slice(0, 100)}`,
    )
  const signer = expectedSigner(attestation.publisher)
  if (signer === undefined)
    return finding(
      UNVERIFIED,
      'low',
      `attested by a publisher of unknown kind: ${attestation.publisher.kind.slice(0, 40)}`,
    )
  try {
    const entity = toSignedEntity(bundleFromJSON(bundleOf(attestation)))
    // A log that our trusted root does not know may be newer than it: that says nothing about the attestation.
    if (!entity.tlogEntries.every(({ logId }) => trust.tlogs.some(({ logID }) => logID.equals(logId.keyId))))
      return finding(
        UNVERIFIED,
        'medium',
        'the attestation lies in a transparency log that is not known here',
      )
    new Verifier(trust).verify(entity, {
      subjectAlternativeName: signer.subjectAlternativeName,
      extensions: { issuer: signer.issuer },
    })
  } catch (thrown) {
    return refusal(thrown)
  }
  return finding(ATTESTED, 'info', `attested by ${signer.label}`)
}

/** The PEP's object in the shape of a sigstore bundle. */
function bundleOf({ certificate, transparencyEntries, statement, signature }: Attestation): unknown {
  return {
    mediaType: BUNDLE_TYPE,
    verificationMaterial: { certificate: { rawBytes: certificate }, tlogEntries: transparencyEntries },
    dsseEnvelope: {
      payload: statement,
      payloadType: PAYLOAD_TYPE,
      signatures: [{ sig: signature, keyid: '' }],
    },
  }
}

// Our trusted root may be older than the certificate or the log: that says nothing about the attestation.
const TRUST_CODES = ['CERTIFICATE_ERROR', 'PUBLIC_KEY_ERROR', 'TIMESTAMP_ERROR', 'NOT_IMPLEMENTED_ERROR']

function refusal(thrown: unknown): Finding {
  if (thrown instanceof PolicyError)
    return finding(
      INVALID,
      'high',
      'the attestation is signed by somebody else than the publisher that the index names',
    )
  if (thrown instanceof VerificationError && !TRUST_CODES.includes(thrown.code))
    return finding(INVALID, 'high', `the attestation does not verify: ${thrown.message.slice(0, 120)}`)
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return finding(UNVERIFIED, 'medium', `the attestation cannot be verified: ${message.slice(0, 120)}`)
}

function finding(rule: string, severity: Finding['severity'], title: string): Finding {
  return { rule, layer: 'integrity', severity, title }
}
