// What the two headers of an rpm promise about themselves and about the payload, and whether it holds.
import { createHash, type Hash } from 'node:crypto'
import { digesting, digestRange } from '../../archive/digest-stream.ts'
import type { HazardLog } from '../../archive/hazards.ts'
import type { RandomAccess } from '../../archive/random-access.ts'
import type { RpmParts } from '../../archive/rpm-file.ts'
import {
  binaryTag,
  type HeaderHazard,
  numberTag,
  type RpmHeader,
  stringsTag,
  stringTag,
} from '../../archive/rpm-header.ts'
import { SIGNATURE_TAG, TAG } from '../../archive/rpm-tags.ts'
import type { RpmSignature } from './package-signature.ts'
import { unknownFeatures } from './requires.ts'

/** Hash algorithms by their OpenPGP numbers, which rpm uses too (RFC 9580, 9.5). */
const HASHES: Readonly<Record<number, string>> = {
  1: 'md5',
  2: 'sha1',
  8: 'sha256',
  9: 'sha384',
  10: 'sha512',
  11: 'sha224',
  12: 'sha3-256',
  14: 'sha3-512',
}
const MD5_NUMBER = 1
const SHA256_NUMBER = 8

const HAZARDS: Readonly<Record<HeaderHazard['kind'], { rule: string; title: string; detail: string }>> = {
  'no-region': {
    rule: 'rpm-no-region',
    title: 'a header without the region that says what is signed',
    detail: 'Nothing ties the tags to a signature, and rpm reads such a header by the rules of the 1990s.',
  },
  'region-size': {
    rule: 'rpm-region-size',
    title: 'a header with data behind its signed region',
    detail: 'rpm refuses it in a package file; other readers take the data.',
  },
  'dribble-tag': {
    rule: 'rpm-dribble-tag',
    title: 'a tag outside the signed region',
    detail: 'No signature covers it, and readers that look at all tags believe it.',
  },
  'duplicate-tag': {
    rule: 'rpm-duplicate-tag',
    title: 'a tag that occurs twice',
    detail: 'Readers differ in whether the first or the last counts.',
  },
  overlap: {
    rule: 'rpm-overlap',
    title: 'values that lie over each other',
    detail: 'rpm refuses it; other readers see whatever the offsets say.',
  },
}

/** Name of the hash with this number; undefined for a number that is unknown and must be reported. */
function hashName(number: number): string | undefined {
  return HASHES[number]
}

/** Algorithm of the per-file digests; MD5 where the header does not say. */
export function fileDigestHash(main: RpmHeader): string | undefined {
  return hashName(numberTag(main, TAG.FILEDIGESTALGO) ?? MD5_NUMBER)
}

/** Form of both headers, features needed, and digests over the header. */
export function checkHeaders(parts: RpmParts, hazards: HazardLog): void {
  for (const header of [parts.signature, parts.main]) {
    for (const { kind, tag } of header.hazards) {
      const { rule, title, detail } = HAZARDS[kind]
      hazards.report(rule, 'critical', `${title}: ${tag}`, { detail })
    }
  }
  if (parts.hasUsedPadding) {
    hazards.report('rpm-header-padding', 'critical', 'data in the gap between the headers')
  }
  for (const feature of unknownFeatures(parts.main)) {
    hazards.report(
      'rpm-unknown-feature',
      'high',
      `needs a feature of rpm that is not known here: ${feature}`,
      {
        detail: 'The package may mean something else to an rpm that has it.',
      },
    )
  }
  checkHeaderDigest(parts, 'sha1', SIGNATURE_TAG.SHA1, hazards)
  checkHeaderDigest(parts, 'sha256', SIGNATURE_TAG.SHA256, hazards)
}

function checkHeaderDigest(parts: RpmParts, hash: string, tag: number, hazards: HazardLog): void {
  const claimed = stringTag(parts.signature, tag)?.toLowerCase()
  if (claimed === undefined) return
  const found = createHash(hash).update(parts.main.bytes).digest('hex')
  if (found === claimed) return
  hazards.report('rpm-header-digest', 'critical', `the main header does not have the ${hash} it claims`, {
    detail: `The signature header says ${claimed}, the main header has ${found}.`,
  })
}

/** Size and MD5 over main header and payload, and the digest over the compressed payload: one pass over the file. */
export async function checkPayloadDigests(
  file: RandomAccess,
  parts: RpmParts,
  signatures: readonly RpmSignature[],
  hazards: HazardLog,
): Promise<void> {
  const { signature, main, headerStart, payloadStart } = parts
  const size = numberTag(signature, SIGNATURE_TAG.LONGSIZE) ?? numberTag(signature, SIGNATURE_TAG.SIZE)
  if (size !== undefined && size !== file.sizeBytes - headerStart) {
    const detail = `The signature header says ${size} bytes, the file has ${file.sizeBytes - headerStart}.`
    hazards.report('rpm-size', 'critical', 'header and payload do not have the size they claim', { detail })
  }
  const md5 = binaryTag(signature, SIGNATURE_TAG.MD5)
  if (md5) {
    const [found] = await digestRange(file, headerStart, file.sizeBytes, ['md5'])
    if (found !== Buffer.from(md5).toString('hex')) {
      hazards.report('rpm-package-md5', 'critical', 'header and payload do not have the MD5 they claim')
    }
  }
  const claimed = stringsTag(main, TAG.PAYLOADDIGEST)
  if (claimed) await checkPayloadDigest(file, payloadStart, main, claimed, hazards)
  else if (!signatures.some((found) => found.covers === 'package')) {
    hazards.report(
      'rpm-payload-unbound',
      'low',
      'neither a payload digest nor a signature over the payload',
      {
        detail: 'Only the digests of the single files tie the payload to the header.',
      },
    )
  }
}

async function checkPayloadDigest(
  file: RandomAccess,
  payloadStart: number,
  main: RpmHeader,
  claimed: readonly string[],
  hazards: HazardLog,
): Promise<void> {
  const hash = hashName(numberTag(main, TAG.PAYLOADDIGESTALGO) ?? SHA256_NUMBER)
  if (!hash) {
    hazards.report('rpm-payload-digest', 'critical', 'the payload digest is made with an unknown hash')
    return
  }
  const [found] = await digestRange(file, payloadStart, file.sizeBytes, [hash])
  // The list has one value in every package rpm writes; a further one would have to be the same.
  if (claimed.some((digest) => digest.toLowerCase() !== found)) {
    hazards.report(
      'rpm-payload-digest',
      'critical',
      'the payload does not have the digest that the header claims',
      {
        detail: `The header says ${claimed.join(', ')}, the payload has ${found}.`,
      },
    )
  }
}

/** The digest over the unpacked payload, which newer packages carry beside that over the packed one. */
export class UnpackedDigest {
  readonly #claimed: readonly string[]
  readonly #hash: Hash | undefined
  readonly #hazards: HazardLog

  constructor(main: RpmHeader, hazards: HazardLog) {
    this.#claimed = stringsTag(main, TAG.PAYLOADDIGESTALT) ?? []
    const name = hashName(numberTag(main, TAG.PAYLOADDIGESTALGO) ?? SHA256_NUMBER)
    this.#hash = this.#claimed.length > 0 && name ? createHash(name) : undefined
    this.#hazards = hazards
  }

  over(payload: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
    return this.#hash ? digesting(payload, [this.#hash]) : payload
  }

  /** To be called once all of the payload was read. */
  check(): void {
    const found = this.#hash?.digest('hex')
    if (found === undefined || this.#claimed.every((digest) => digest.toLowerCase() === found)) return
    this.#hazards.report(
      'rpm-payload-digest',
      'critical',
      'the unpacked payload does not have the digest it claims',
      {
        detail: `The header says ${this.#claimed.join(', ')}, the payload has ${found}.`,
      },
    )
  }
}
