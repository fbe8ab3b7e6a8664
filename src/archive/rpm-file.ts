// Where the parts of an rpm file lie: lead, signature header, main header, payload.
//
//   lead, 96 bytes | signature header | pad to 8 | main header | payload (compressed cpio) up to the end of the file
import type { RandomAccess } from './random-access.ts'
import { invalidPackage } from './refusal.ts'
import {
  HEADER_INTRO_BYTES,
  type HeaderKind,
  headerLength,
  parseHeader,
  type RpmHeader,
} from './rpm-header.ts'

const LEAD_BYTES = 96
const LEAD_MAGIC = Buffer.from('edabeedb', 'hex')

export interface RpmParts {
  readonly signature: RpmHeader
  readonly main: RpmHeader
  /** Offset of the main header; header signatures are made over it, whole-package ones from here to the end. */
  readonly headerStart: number
  readonly payloadStart: number
  /** Bytes between the headers that are not zero: no reader looks there. */
  readonly hasUsedPadding: boolean
}

/** Reads both headers. Throws PACKAGE_INVALID when the file is no rpm. The rest of the lead is out of use and not looked at. */
export async function readRpmParts(file: RandomAccess): Promise<RpmParts> {
  const lead = await file.read(0, LEAD_BYTES)
  if (!lead.subarray(0, LEAD_MAGIC.length).equals(LEAD_MAGIC)) {
    throw invalidPackage('rpm-lead-magic', 'the file does not begin as an rpm does')
  }
  const signature = await readHeader(file, LEAD_BYTES, 'signature')
  const padStart = LEAD_BYTES + signature.bytes.length
  const padding = await file.read(padStart, (8 - (signature.bytes.length % 8)) % 8)
  const headerStart = padStart + padding.length
  const main = await readHeader(file, headerStart, 'main')
  return {
    signature,
    main,
    headerStart,
    payloadStart: headerStart + main.bytes.length,
    hasUsedPadding: padding.some((byte) => byte !== 0),
  }
}

async function readHeader(file: RandomAccess, start: number, kind: HeaderKind): Promise<RpmHeader> {
  const length = headerLength(await file.read(start, HEADER_INTRO_BYTES), kind)
  return parseHeader(await file.read(start, length), kind)
}
