// The local header of a zip entry held against its central record: streaming readers believe one, others the other.
import type { HazardLog } from './hazards.ts'
import { invalidPackage } from './refusal.ts'
import { FLAG_DESCRIPTOR, FLAG_ENCRYPTED, FLAG_UTF8, type ZipRecord } from './zip-directory.ts'

export const LOCAL_HEADER_BYTES = 30

const LOCAL_SIGNATURE = 0x04034b50
const DESCRIPTOR_SIGNATURE = 0x08074b50
const ZIP64_FIELD = 0x0001
const COMPARED_FLAGS = FLAG_ENCRYPTED | FLAG_DESCRIPTOR | FLAG_UTF8

/** Length of the whole local header from its fixed part. Throws PACKAGE_INVALID when there is none. */
export function localHeaderBytes(fixed: Buffer, record: ZipRecord): number {
  if (fixed.length < LOCAL_HEADER_BYTES || fixed.readUInt32LE(0) !== LOCAL_SIGNATURE) {
    throw invalidPackage('archive-damaged', 'a zip entry is not where the directory says', {
      file: record.name,
    })
  }
  return LOCAL_HEADER_BYTES + fixed.readUInt16LE(26) + fixed.readUInt16LE(28)
}

/** Reports every field in which the complete local header and the central record differ. */
export function compareLocalHeader(header: Buffer, record: ZipRecord, hazards: HazardLog): void {
  const nameEnd = LOCAL_HEADER_BYTES + header.readUInt16LE(26)
  const flags = header.readUInt16LE(6)
  const differing = [
    ...(header.subarray(LOCAL_HEADER_BYTES, nameEnd).equals(record.nameBytes) ? [] : ['name']),
    ...((flags & COMPARED_FLAGS) === (record.flags & COMPARED_FLAGS) ? [] : ['flags']),
    ...(header.readUInt16LE(8) === record.method ? [] : ['method']),
    ...differingNumbers(header, nameEnd, flags, record),
  ]
  if (differing.length === 0) return
  hazards.report(
    'archive-zip-local-differs',
    'critical',
    `local and central ${differing.join(', ')} of a zip entry differ`,
    {
      file: record.name,
      detail:
        'Readers that go through the file in order see another entry than readers that use the directory.',
    },
  )
}

// With a descriptor after the data, the numbers here may be zero.
function differingNumbers(header: Buffer, nameEnd: number, flags: number, record: ZipRecord): string[] {
  const { crc, compressed, size } = localNumbers(header, nameEnd)
  if (flags & FLAG_DESCRIPTOR && crc === 0 && compressed === 0 && size === 0) return []
  return [
    ...(crc === record.crc32 ? [] : ['checksum']),
    ...(compressed === record.compressedBytes ? [] : ['compressed size']),
    ...(size === record.sizeBytes ? [] : ['size']),
  ]
}

function localNumbers(header: Buffer, nameEnd: number): { crc: number; compressed: number; size: number } {
  const crc = header.readUInt32LE(14)
  const compressed = header.readUInt32LE(18)
  const size = header.readUInt32LE(22)
  const zip64 = findZip64(header.subarray(nameEnd))
  if (zip64 === undefined || (compressed !== 0xffffffff && size !== 0xffffffff))
    return { crc, compressed, size }
  // The local field always holds both (APPNOTE 4.5.3): size first.
  return { crc, size: Number(zip64.readBigUInt64LE(0)), compressed: Number(zip64.readBigUInt64LE(8)) }
}

function findZip64(extra: Buffer): Buffer | undefined {
  for (let at = 0; at + 4 <= extra.length; ) {
    const length = extra.readUInt16LE(at + 2)
    const data = extra.subarray(at + 4, at + 4 + length)
    if (extra.readUInt16LE(at) === ZIP64_FIELD && data.length >= 16) return data
    at += 4 + length
  }
  return undefined
}

/**
 * Checks what lies between the end of an entry's data and the next header: nothing, or exactly its data descriptor
 * (optional signature, CRC-32, two sizes of 4 or 8 bytes).
 */
export function checkAfterData(between: Buffer, record: ZipRecord, hazards: HazardLog): void {
  const expected = record.flags & FLAG_DESCRIPTOR ? isDescriptor(between, record) : between.length === 0
  if (expected) return
  const rule = record.flags & FLAG_DESCRIPTOR ? 'archive-zip-descriptor' : 'archive-zip-gap'
  hazards.report(rule, 'critical', 'bytes between zip entries that belong to no entry', {
    file: record.name,
    detail:
      'Readers that go through the file in order may find an entry there that the directory does not list.',
  })
}

function isDescriptor(bytes: Buffer, record: ZipRecord): boolean {
  const signed = bytes.length >= 4 && bytes.readUInt32LE(0) === DESCRIPTOR_SIGNATURE
  const body = signed && bytes.length !== 12 && bytes.length !== 20 ? bytes.subarray(4) : bytes
  if (body.length !== 12 && body.length !== 20) return false
  const wide = body.length === 20
  const compressed = wide ? Number(body.readBigUInt64LE(4)) : body.readUInt32LE(4)
  const size = wide ? Number(body.readBigUInt64LE(12)) : body.readUInt32LE(8)
  return (
    body.readUInt32LE(0) === record.crc32 &&
    compressed === record.compressedBytes &&
    size === record.sizeBytes
  )
}
