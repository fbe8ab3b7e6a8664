// The end of a zip file: where its central directory lies (APPNOTE 4.3.14 to 4.3.16), with everything that readers find differently.
import type { HazardLog } from './hazards.ts'
import type { RandomAccess } from './random-access.ts'
import { invalidPackage } from './refusal.ts'

export interface ZipEnd {
  readonly entryCount: number
  readonly directoryOffset: number
  readonly directoryBytes: number
}

const END_SIGNATURE = Buffer.from('504b0506', 'hex')
const END_BYTES = 22
const LOCATOR_SIGNATURE = 0x07064b50
const LOCATOR_BYTES = 20
const END64_SIGNATURE = 0x06064b50
const END64_BYTES = 56
const MAX_COMMENT_BYTES = 0xffff

/**
 * Finds the end record as every reader must: the last one, whose comment fills the file exactly, with the directory right before
 * it. Throws PACKAGE_INVALID when there is none or it points nowhere.
 */
export async function readZipEnd(file: RandomAccess, hazards: HazardLog): Promise<ZipEnd> {
  const tailBytes = Math.min(file.sizeBytes, LOCATOR_BYTES + END_BYTES + MAX_COMMENT_BYTES)
  const tailStart = file.sizeBytes - tailBytes
  const tail = await file.read(tailStart, tailBytes)
  const at = tail.lastIndexOf(END_SIGNATURE, tail.length - END_BYTES)
  if (at < 0 || tail.length < END_BYTES)
    throw invalidPackage('archive-truncated', 'the zip file has no end record')
  if (at + END_BYTES + tail.readUInt16LE(at + 20) !== tail.length) {
    throw invalidPackage('archive-trailing-data', 'the zip file does not end where its end record says')
  }
  const plain = parseEnd(tail.subarray(at))
  const { end, recordStart } = await withZip64(file, tail, tailStart, at, plain, hazards)
  if (end.directoryOffset + end.directoryBytes > recordStart) {
    throw invalidPackage('archive-damaged', 'the zip directory reaches beyond the end record')
  }
  if (end.directoryOffset + end.directoryBytes !== recordStart) reportShifted(hazards)
  reportOtherEnds(tail, tailStart, end, at, hazards)
  return end
}

function parseEnd(record: Buffer): ZipEnd {
  const disks = record.readUInt16LE(4) | record.readUInt16LE(6)
  const sameCount = record.readUInt16LE(8) === record.readUInt16LE(10)
  if ((disks !== 0 && disks !== 0xffff) || !sameCount) {
    throw invalidPackage('archive-zip-disks', 'the zip file claims to be one of several')
  }
  return {
    entryCount: record.readUInt16LE(10),
    directoryBytes: record.readUInt32LE(12),
    directoryOffset: record.readUInt32LE(16),
  }
}

async function withZip64(
  file: RandomAccess,
  tail: Buffer,
  tailStart: number,
  at: number,
  plain: ZipEnd,
  hazards: HazardLog,
): Promise<{ end: ZipEnd; recordStart: number }> {
  const locator = at - LOCATOR_BYTES
  if (locator < 0 || tail.readUInt32LE(locator) !== LOCATOR_SIGNATURE)
    return { end: plain, recordStart: tailStart + at }
  const offset = safeNumber(tail.readBigUInt64LE(locator + 8))
  const record = await file.read(offset, END64_BYTES)
  if (record.readUInt32LE(0) !== END64_SIGNATURE) {
    throw invalidPackage('archive-damaged', 'the zip64 end record is not where its locator says')
  }
  const end = {
    entryCount: safeNumber(record.readBigUInt64LE(32)),
    directoryBytes: safeNumber(record.readBigUInt64LE(40)),
    directoryOffset: safeNumber(record.readBigUInt64LE(48)),
  }
  const recordEnd = offset + 12 + safeNumber(record.readBigUInt64LE(4))
  if (!agrees(plain, end) || recordEnd !== tailStart + locator) {
    hazards.report('archive-zip64-mismatch', 'critical', 'the two end records of the zip file disagree', {
      detail: 'Readers with and without zip64 find different directories.',
    })
  }
  return { end, recordStart: offset }
}

// A field of the plain record is either the same or all ones, which means: look into the other.
function agrees(plain: ZipEnd, end: ZipEnd): boolean {
  return (
    (plain.entryCount === end.entryCount || plain.entryCount === 0xffff) &&
    (plain.directoryBytes === end.directoryBytes || plain.directoryBytes === 0xffffffff) &&
    (plain.directoryOffset === end.directoryOffset || plain.directoryOffset === 0xffffffff)
  )
}

// Python adds the difference to every offset, so that a zip behind other data opens; others take the offsets as they are.
function reportShifted(hazards: HazardLog): void {
  hazards.report('archive-zip-shifted', 'critical', 'the zip directory is not where its end record says', {
    detail: 'Readers that correct the offsets see other entries than readers that do not.',
  })
}

function reportOtherEnds(tail: Buffer, tailStart: number, end: ZipEnd, at: number, hazards: HazardLog): void {
  const from = Math.max(0, end.directoryOffset + end.directoryBytes - tailStart)
  const first = tail.indexOf(END_SIGNATURE, from)
  const inComment = tail.indexOf(END_SIGNATURE, at + 4)
  if (first === at && inComment < 0) return
  hazards.report('archive-zip-second-end', 'critical', 'more than one end record in the zip file', {
    detail: 'Readers search for the end record in different directions and may open another directory.',
  })
}

function safeNumber(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER))
    throw invalidPackage('archive-damaged', 'a zip64 number is too large')
  return Number(value)
}
