// Which compression an rpm's payload has: by its tag and by its first bytes, which must agree.
import { type Compression, detectCompression } from '../../archive/decompress.ts'
import type { HazardLog } from '../../archive/hazards.ts'
import type { RandomAccess } from '../../archive/random-access.ts'
import { invalidPackage } from '../../archive/refusal.ts'
import type { RpmParts } from '../../archive/rpm-file.ts'
import { stringTag } from '../../archive/rpm-header.ts'
import { TAG } from '../../archive/rpm-tags.ts'

const CPIO_MAGIC = /^0707[01]/
const BY_TAG: Readonly<Record<string, Compression>> = {
  gzip: 'gzip',
  bzip2: 'bzip2',
  xz: 'xz',
  lzma: 'lzma',
  zstd: 'zstd',
}

/**
 * The compression that the bytes show. Throws PACKAGE_INVALID for a payload that is no cpio (delta rpms) and for bytes
 * that are no known compression; reports a tag that says otherwise.
 */
export async function payloadCompression(
  file: RandomAccess,
  parts: RpmParts,
  hazards: HazardLog,
): Promise<Compression> {
  const format = stringTag(parts.main, TAG.PAYLOADFORMAT) ?? 'cpio'
  if (format !== 'cpio')
    throw invalidPackage('rpm-payload-format', `the payload is no cpio archive but ${format}`)
  const head = await file.read(parts.payloadStart, Math.min(16, file.sizeBytes - parts.payloadStart))
  const seen = CPIO_MAGIC.test(head.toString('latin1')) ? 'none' : detectCompression(head)
  if (!seen)
    throw invalidPackage('rpm-payload-compression', 'the payload is in no compression that rpm knows')
  const tag = stringTag(parts.main, TAG.PAYLOADCOMPRESSOR)
  // Without a tag rpm reads by way of gzip, which lets plain data pass.
  const fits = tag === undefined ? seen === 'gzip' || seen === 'none' : BY_TAG[tag] === seen
  if (!fits) {
    hazards.report(
      'rpm-payload-compressor',
      'critical',
      `the header says ${tag ?? 'gzip'}, the payload is ${seen}`,
      {
        detail: 'A reader that goes by the header and one that goes by the bytes unpack different things.',
      },
    )
  }
  return seen
}
