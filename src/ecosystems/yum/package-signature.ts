// The OpenPGP signatures inside an rpm, with the bytes each was made over; verifying them needs the vendor's keys and is done elsewhere.
import { openRandomAccess } from '../../archive/random-access.ts'
import { type RpmParts, readRpmParts } from '../../archive/rpm-file.ts'
import { binaryTag, type RpmHeader, stringsTag } from '../../archive/rpm-header.ts'
import { SIGNATURE_TAG } from '../../archive/rpm-tags.ts'

export interface RpmSignature {
  /** `header`: the main header only, which binds the payload by its digest. `package`: main header and payload. */
  readonly covers: 'header' | 'package'
  readonly tag: number
  /** One OpenPGP signature packet, binary. */
  readonly packet: Uint8Array
  /** Range of the file that was signed, end exclusive. */
  readonly start: number
  readonly end: number
}

export interface SignedRpm {
  readonly signatures: readonly RpmSignature[]
  /** The whole main header: what signatures that cover `header` are made over. */
  readonly signedHeader: Uint8Array
}

/** Reads headers only. Throws PACKAGE_INVALID when the file is no rpm. */
export async function readRpmSignatures(location: string): Promise<SignedRpm> {
  const file = await openRandomAccess(location)
  try {
    const parts = await readRpmParts(file)
    return { signatures: signaturesOf(parts, file.sizeBytes), signedHeader: parts.main.bytes }
  } finally {
    await file.close()
  }
}

/** The signature packets of a header that is already parsed. `fileBytes` is the size of the whole file. */
export function signaturesOf(parts: RpmParts, fileBytes: number): RpmSignature[] {
  const { signature, headerStart, payloadStart } = parts
  const binary = (tag: number) => {
    const packet = binaryTag(signature, tag)
    return packet ? [{ tag, packet }] : []
  }
  const overHeader = [
    ...binary(SIGNATURE_TAG.RSA),
    ...binary(SIGNATURE_TAG.DSA),
    ...armouredPackets(signature).map((packet) => ({ tag: SIGNATURE_TAG.OPENPGP, packet })),
  ]
  const overPackage = [...binary(SIGNATURE_TAG.PGP), ...binary(SIGNATURE_TAG.GPG)]
  return [
    ...overHeader.map((found) => ({
      ...found,
      covers: 'header' as const,
      start: headerStart,
      end: payloadStart,
    })),
    ...overPackage.map((found) => ({
      ...found,
      covers: 'package' as const,
      start: headerStart,
      end: fileBytes,
    })),
  ]
}

/** rpm 6 keeps any number of signatures as base64 texts. */
function armouredPackets(signature: RpmHeader): Uint8Array[] {
  return (stringsTag(signature, SIGNATURE_TAG.OPENPGP) ?? []).map((text) => Buffer.from(text, 'base64'))
}
