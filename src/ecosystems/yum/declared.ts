// What an rpm says of itself: name, version in the repository's spelling, and the header facts the gate wants to see.
import { createHash } from 'node:crypto'
import { invalidPackage } from '../../archive/refusal.ts'
import type { RpmParts } from '../../archive/rpm-file.ts'
import { numberTag, type RpmHeader, stringTag } from '../../archive/rpm-header.ts'
import { TAG } from '../../archive/rpm-tags.ts'
import type { JsonObject } from '../../model/claim.ts'
import type { PackageContents } from '../../model/package-contents.ts'
import type { RpmSignature } from './package-signature.ts'

const MOST_TEXT = 4000

/** Throws PACKAGE_INVALID when name, version, release or architecture is missing. */
export function declaredBy(
  parts: RpmParts,
  signatures: readonly RpmSignature[],
): PackageContents['declared'] {
  const { main } = parts
  const optional = (tag: number, key: string) => {
    const value = stringTag(main, tag)
    return value ? { [key]: value.slice(0, MOST_TEXT) } : {}
  }
  const isSource = numberTag(main, TAG.SOURCEPACKAGE) !== undefined
  const packager = stringTag(main, TAG.PACKAGER) ?? stringTag(main, TAG.VENDOR)
  return {
    name: needed(main, TAG.NAME, 'name'),
    version: versionOf(main),
    architecture: needed(main, TAG.ARCH, 'architecture'),
    ...optional(TAG.LICENSE, 'licence'),
    ...optional(TAG.SUMMARY, 'description'),
    ...optional(TAG.URL, 'homepage'),
    ...optional(TAG.VCS, 'repositoryUrl'),
    maintainers: packager ? [packager.slice(0, MOST_TEXT)] : [],
    manifest: {
      ...optional(TAG.VENDOR, 'vendor'),
      ...optional(TAG.SOURCERPM, 'sourceRpm'),
      ...optional(TAG.PAYLOADCOMPRESSOR, 'payloadCompressor'),
      isSourcePackage: isSource,
      buildTime: numberTag(main, TAG.BUILDTIME) ?? null,
      headerSha256: createHash('sha256').update(main.bytes).digest('hex'),
      signatures: signatures.map(signatureFacts),
    },
  }
}

/** `[epoch:]version-release`; repositories leave out an epoch of 0. */
function versionOf(main: RpmHeader): string {
  const epoch = numberTag(main, TAG.EPOCH) ?? 0
  const rest = `${needed(main, TAG.VERSION, 'version')}-${needed(main, TAG.RELEASE, 'release')}`
  return epoch === 0 ? rest : `${epoch}:${rest}`
}

function needed(main: RpmHeader, tag: number, what: string): string {
  const value = stringTag(main, tag)
  if (!value) throw invalidPackage('rpm-nevra', `the header has no ${what}`, { tag })
  return value
}

function signatureFacts(signature: RpmSignature): JsonObject {
  const { covers, tag, start, end } = signature
  return { covers, tag, start, end, packet: Buffer.from(signature.packet).toString('base64') }
}
