// The vendor's signature inside an rpm, held against the keys that the configuration names; the result is a finding that a policy may act on.
import { createReadStream } from 'node:fs'
import type { PublicKey } from 'openpgp'
import { GatewayError } from '../../model/errors.ts'
import type { Finding } from '../../model/finding.ts'
import type { RepositorySettings } from '../ecosystem.ts'
import { readKeyrings, verifyDetached } from '../openpgp.ts'
import { type RpmSignature, readRpmSignatures, type SignedRpm } from './package-signature.ts'

/** Signatures over header and payload are older than 2010 and are read whole. */
const MAX_WHOLE_BYTES = 256 * 1024 * 1024

export const VENDOR_SIGNATURE = {
  good: 'rpm-vendor-signature',
  missing: 'rpm-vendor-signature-missing',
  unknown: 'rpm-vendor-signature-unknown',
} as const

/** `location`: file of the rpm. No keys in `options.vendorKeys`: nothing is said. Throws CONFIG_INVALID, PACKAGE_INVALID. */
export async function examineVendorSignature({
  settings,
  location,
}: {
  readonly settings: RepositorySettings
  readonly location: string
}): Promise<readonly Finding[]> {
  const files = settings.options['vendorKeys']
  if (!Array.isArray(files) || files.length === 0) return []
  const keys = await readKeyrings(files.map(String))
  const rpm = await readRpmSignatures(location)
  if (rpm.signatures.length === 0) return [finding('missing', 'medium', 'no vendor signature in the package')]
  const why: string[] = []
  for (const signature of rpm.signatures) {
    const checked = await check(signature, rpm, keys, location)
    if (checked.signer !== undefined)
      return [finding('good', 'info', `signed by the vendor key ${checked.signer}`)]
    why.push(checked.why)
  }
  return [
    finding('unknown', 'medium', 'no signature in the package is a good one by a vendor key', why.join('; ')),
  ]
}

async function check(
  { packet, covers, start, end }: RpmSignature,
  { signedHeader }: SignedRpm,
  keys: readonly PublicKey[],
  location: string,
): Promise<{ readonly signer?: string; readonly why: string }> {
  if (covers === 'package' && end - start > MAX_WHOLE_BYTES)
    return { why: 'a signature over a whole package of more than 256 MiB is not checked' }
  const signed = covers === 'header' ? signedHeader : await readRange(location, start, end)
  try {
    const [signer] = await verifyDetached(signed, packet, keys, 'the package')
    return signer === undefined ? { why: 'no signer' } : { signer, why: '' }
  } catch (thrown) {
    if (!(thrown instanceof GatewayError) || thrown.code !== 'UPSTREAM_INVALID') throw thrown
    return { why: thrown.message }
  }
}

async function readRange(location: string, start: number, end: number): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of createReadStream(location, { start, end: end - 1 })) pieces.push(piece as Buffer)
  return Buffer.concat(pieces)
}

function finding(
  kind: keyof typeof VENDOR_SIGNATURE,
  severity: Finding['severity'],
  title: string,
  detail?: string,
): Finding {
  return {
    rule: VENDOR_SIGNATURE[kind],
    layer: 'integrity',
    severity,
    title,
    ...(detail === undefined ? {} : { detail: detail.slice(0, 500) }),
  }
}
