// Compressed streams of every kind the formats use, decoded member by member with an account of every input byte.
import type { Budget } from './budget.ts'
import { ByteReader, type ByteSource } from './byte-reader.ts'
import { bunzip2Stream } from './bzip2-stream.ts'
import { gunzipMember } from './gzip-member.ts'
import type { HazardLog } from './hazards.ts'
import { unlzmaStream } from './lzma-stream.ts'
import { unxzStream } from './xz-stream.ts'
import { isSkippableFrame, skipZstdFrame, unzstdFrame } from './zstd-frame.ts'

export type Compression = 'none' | 'gzip' | 'xz' | 'lzma' | 'bzip2' | 'zstd'

/** What was seen of the input; complete once all output was read. */
export interface DecompressReport {
  readonly compression: Compression
  bytesIn: number
  bytesOut: number
  /** gzip members, xz or bzip2 streams, zstd frames. Honest artifacts have one. */
  members: number
  /** zstd frames without content. */
  skippableFrames: number
  /** Zero bytes between or after members. */
  paddingBytes: number
  /** Bytes that belong to no member. */
  trailingBytes: number
}

export interface Decompression extends AsyncIterable<Buffer> {
  readonly report: DecompressReport
}

const MAGICS: readonly [Compression, Buffer][] = [
  ['gzip', Buffer.from('1f8b', 'hex')],
  ['xz', Buffer.from('fd377a585a00', 'hex')],
  ['zstd', Buffer.from('28b52ffd', 'hex')],
  ['bzip2', Buffer.from('BZh')],
  // Properties byte of every encoder in use and a dictionary of a whole number of 64 KiB.
  ['lzma', Buffer.from('5d0000', 'hex')],
]

/** The kind of compression that the first bytes show; undefined for anything else. */
export function detectCompression(head: Uint8Array): Compression | undefined {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength)
  if (isSkippableFrame(bytes)) return 'zstd'
  return MAGICS.find(([, magic]) => bytes.subarray(0, magic.length).equals(magic))?.[0]
}

/**
 * Decodes a whole source. Further members are decoded too, so that all that any client could see is seen, and are counted in
 * the report for `reportDecompression`. Throws PACKAGE_INVALID for damaged or cut off data, TOO_LARGE for a broken limit.
 */
export function decompress(
  source: ByteSource | ByteReader,
  compression: Compression,
  budget: Budget,
): Decompression {
  const reader = source instanceof ByteReader ? source : new ByteReader(source)
  const report: DecompressReport = {
    compression,
    bytesIn: 0,
    bytesOut: 0,
    members: 0,
    skippableFrames: 0,
    paddingBytes: 0,
    trailingBytes: 0,
  }
  return { report, [Symbol.asyncIterator]: () => decodeAll(reader, report, budget) }
}

/** Decodes exactly one member and leaves the reader right after it. */
export function decompressMember(
  reader: ByteReader,
  compression: Compression,
  budget: Budget,
): AsyncGenerator<Buffer> {
  switch (compression) {
    case 'none':
      return copyRest(reader, budget)
    case 'gzip':
      return gunzipMember(reader, budget)
    case 'xz':
      return unxzStream(reader, budget)
    case 'lzma':
      return unlzmaStream(reader, budget)
    case 'bzip2':
      return bunzip2Stream(reader, budget)
    case 'zstd':
      return unzstdFrame(reader, budget)
  }
}

/** Turns what no client is sure to read alike into findings: further members, skipped frames, trailing bytes. */
export function reportDecompression(report: DecompressReport, hazards: HazardLog, file?: string): void {
  const where = file === undefined ? {} : { file }
  if (report.members > 1) {
    hazards.report(
      'archive-multiple-members',
      'critical',
      `${report.members} ${report.compression} members in a row`,
      {
        ...where,
        detail:
          'Some decoders stop after the first member and others go on, so that two clients see different contents.',
      },
    )
  }
  if (report.skippableFrames > 0) {
    hazards.report('archive-skippable-frame', 'critical', 'a zstd frame that decoders skip', {
      ...where,
      detail: 'Decoders differ in whether anything after a skippable frame is read.',
    })
  }
  // gzip readers pass over zeros and the xz format allows them; the others answer with an error or not at all.
  if (report.paddingBytes > 0 && !['gzip', 'xz'].includes(report.compression)) {
    hazards.report('archive-padding', 'medium', `zero bytes after the ${report.compression} data`, where)
  }
  if (report.trailingBytes > 0) {
    hazards.report(
      'archive-trailing-data',
      'critical',
      `${report.trailingBytes} bytes after the end of the compressed data`,
      {
        ...where,
        detail:
          'Bytes that belong to no part of the archive can carry a second archive that another reader finds.',
      },
    )
  }
}

async function* decodeAll(
  reader: ByteReader,
  report: DecompressReport,
  budget: Budget,
): AsyncGenerator<Buffer> {
  const start = reader.position
  try {
    do {
      if (await skipFrame(reader, report)) continue
      for await (const piece of decompressMember(reader, report.compression, budget)) {
        report.bytesOut += piece.length
        yield piece
      }
      report.members += 1
    } while (await anotherMember(reader, report))
    for await (const piece of reader.rest()) report.trailingBytes += piece.length
    report.bytesIn = reader.position - start
  } finally {
    await reader.close()
  }
}

async function* copyRest(reader: ByteReader, budget: Budget): AsyncGenerator<Buffer> {
  for await (const piece of reader.rest()) {
    budget.bytesOut(piece.length)
    yield piece
  }
}

async function skipFrame(reader: ByteReader, report: DecompressReport): Promise<boolean> {
  if (report.compression !== 'zstd' || !isSkippableFrame(await reader.peek(4))) return false
  await skipZstdFrame(reader)
  report.skippableFrames += 1
  return true
}

// Zero padding is passed over first: Python's gzip reads a member after it, zlib does not.
async function anotherMember(reader: ByteReader, report: DecompressReport): Promise<boolean> {
  if (report.compression === 'none') return false
  for (let piece = await reader.chunk(); piece !== undefined; piece = await reader.chunk()) {
    const used = piece.findIndex((byte) => byte !== 0)
    report.paddingBytes += used < 0 ? piece.length : used
    if (used < 0) continue
    reader.unread(piece.subarray(used))
    // .lzma has no magic worth the name, and no tool writes two in a row.
    return report.compression !== 'lzma' && detectCompression(await reader.peek(6)) === report.compression
  }
  return false
}
