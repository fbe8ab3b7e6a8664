// Registry signatures: ECDSA P-256 over `name@version:integrity`, keys published by the registry itself.
import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import type { ArtifactClaim } from '../../model/claim.ts'
import type { Finding } from '../../model/finding.ts'

export interface RegistryKey {
  readonly keyid: string
  /** Base64 SPKI DER. */
  readonly key: string
  /** ISO 8601 or null. */
  readonly expires: string | null
}

export const KEYS_MISSING: Finding = finding(
  'npm-registry-keys-missing',
  'info',
  'the registry publishes no keys: its signatures were not checked',
)

/** Keys of a `/-/npm/v1/keys` answer; entries that are not P-256 keys are left out. Undefined when it is no list of keys. */
export function parseRegistryKeys(body: Uint8Array): RegistryKey[] | undefined {
  const value = parseJson(Buffer.from(body).toString('utf8'))
  const keys = typeof value === 'object' && value !== null && 'keys' in value ? value.keys : undefined
  if (!Array.isArray(keys)) return undefined
  return keys
    .filter((one) => typeof one?.keyid === 'string' && typeof one?.key === 'string')
    .filter((one) => publicKeyOf(one.key)?.asymmetricKeyDetails?.namedCurve === 'prime256v1')
    .map((one) => ({
      keyid: one.keyid,
      key: one.key,
      expires: typeof one.expires === 'string' ? one.expires : null,
    }))
}

/** Some registries answer every question they do not know with a page for people. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function publicKeyOf(base64: string): KeyObject | undefined {
  try {
    return createPublicKey({ key: Buffer.from(base64, 'base64'), format: 'der', type: 'spki' })
  } catch {
    return undefined
  }
}

/**
 * Checks a claim's signatures. A signature by a known key must be right, and the key must not have expired before the version was
 * published (npm's own rule; 2015 when the date is unknown). No signature at all is a fact, not a fault: old mirrors drop them.
 */
export function checkRegistrySignature(claim: ArtifactClaim, keys: readonly RegistryKey[]): Finding[] {
  const signed = signedFacts(claim)
  if (signed === undefined)
    return [finding('npm-registry-signature-missing', 'info', 'the registry gave no signature')]
  const known = signed.pairs.flatMap((pair) =>
    keys.filter((key) => key.keyid === pair.keyid).map((key) => ({ key, sig: pair.sig })),
  )
  if (known.length === 0)
    return [
      finding(
        'npm-registry-signature-unknown-key',
        'low',
        'signed by a key that the registry does not publish',
      ),
    ]
  const message = `${claim.name}@${claim.version}:${signed.integrity}`
  const bad = known.find(({ key, sig }) => !isRight(message, key, sig, claim.publishedAt))
  if (bad === undefined) return []
  return [
    finding(
      'npm-registry-signature-invalid',
      'critical',
      `the registry signature by ${bad.key.keyid} is wrong or its key had expired`,
    ),
  ]
}

function isRight(
  message: string,
  key: RegistryKey,
  signature: string,
  publishedAt: string | undefined,
): boolean {
  if (key.expires !== null && Date.parse(publishedAt ?? '2015-01-01') >= Date.parse(key.expires)) return false
  const publicKey = publicKeyOf(key.key)
  if (publicKey === undefined) return false
  return verify('sha256', Buffer.from(message), publicKey, Buffer.from(signature, 'base64'))
}

function signedFacts(
  claim: ArtifactClaim,
): { integrity: string; pairs: { keyid: string; sig: string }[] } | undefined {
  const signatures = claim.facts['signatures']
  if (typeof signatures !== 'object' || signatures === null || !('pairs' in signatures)) return undefined
  const value = signatures as unknown as { integrity: string; pairs: { keyid: string; sig: string }[] }
  return value.pairs.length === 0 ? undefined : value
}

function finding(rule: string, severity: Finding['severity'], title: string): Finding {
  return { rule, layer: 'integrity', severity, title }
}
