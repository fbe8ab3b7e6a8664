// Zip reader: entries of the central directory in the order of the file, every byte of which must belong to one of them.
import zlib from 'node:zlib'
import type { EntryType } from '../model/package-contents.ts'
import type { Budget } from './budget.ts'
import { ByteReader, readFileChunks } from './byte-reader.ts'
import type { HazardLog } from './hazards.ts'
import type { RandomAccess } from './random-access.ts'
import { invalidPackage } from './refusal.ts'
import { FLAG_ENCRYPTED, readZipDirectory, type ZipRecord } from './zip-directory.ts'
import { readZipEnd, type ZipEnd } from './zip-end.ts'
import { checkAfterData, compareLocalHeader, LOCAL_HEADER_BYTES, localHeaderBytes } from './zip-local.ts'
import { pumpDecoder } from './zlib-pump.ts'

export interface ZipEntry {
  /** As the directory spells it. */
  readonly path: string
  readonly type: EntryType
  readonly sizeBytes: number
  readonly mode: number
  readonly linkTarget?: string
}

export interface ReadZipEntry {
  readonly entry: ZipEntry
  /** Whole content, or pieces for a large file; undefined for non-files and for what cannot be decoded (a finding says so). */
  readonly content: Buffer | AsyncIterable<Buffer> | undefined
}

export interface ZipOptions {
  readonly budget: Budget
  readonly hazards: HazardLog
}

const STORED = 0
const DEFLATE = 8
const FILE_TYPE_BITS = 0o170000
// Pairs and not an object: biome 2.6 rewrites octal keys of an object to other numbers.
const MODE_TYPES: ReadonlyMap<number, EntryType> = new Map([
  [0o120000, 'symlink'],
  [0o020000, 'character-device'],
  [0o060000, 'block-device'],
  [0o010000, 'fifo'],
])
/** Deflate cannot do better: a claim beyond it is a lie that would cost memory. */
const MAX_DEFLATE_RATIO = 1033
const OUTPUT_BYTES = 256 * 1024
const MAX_LINK_BYTES = 4096

/** Reads a zip file. Throws PACKAGE_INVALID for damage, TOO_LARGE for a broken limit; hazards go to the log. */
export async function* readZip(file: RandomAccess, options: ZipOptions): AsyncGenerator<ReadZipEntry> {
  options.budget.bytesIn(file.sizeBytes)
  const end = await readZipEnd(file, options.hazards)
  const records = await readZipDirectory(file, end, options.budget, options.hazards)
  records.sort((a, b) => a.headerOffset - b.headerOffset)
  reportPrefix(records, end, options.hazards)
  for (const [index, record] of records.entries()) {
    const next = records[index + 1]?.headerOffset ?? end.directoryOffset
    const content = await openContent(file, record, next, options)
    yield await toEntry(record, content, options.hazards)
  }
}

function reportPrefix(records: readonly ZipRecord[], end: ZipEnd, hazards: HazardLog): void {
  if ((records[0]?.headerOffset ?? end.directoryOffset) === 0) return
  hazards.report('archive-prefix-data', 'critical', 'data before the first zip entry', {
    detail: 'The file can be something else as well: a script, a picture or another archive.',
  })
}

async function openContent(
  file: RandomAccess,
  record: ZipRecord,
  next: number,
  { budget, hazards }: ZipOptions,
): Promise<Buffer | AsyncIterable<Buffer> | undefined> {
  const start = record.headerOffset
  const fixed = await file.read(start, Math.min(LOCAL_HEADER_BYTES, Math.max(0, file.sizeBytes - start)))
  const header = await file.read(start, localHeaderBytes(fixed, record))
  compareLocalHeader(header, record, hazards)
  const dataStart = start + header.length
  const dataEnd = dataStart + record.compressedBytes
  if (dataEnd > next) reportOverlap(record, hazards)
  else checkAfterData(await file.read(dataEnd, Math.min(next - dataEnd, 64)), record, hazards)
  if (!isReadable(record, hazards)) return undefined
  const { retainFileBytes } = budget.limits
  if (record.sizeBytes > retainFileBytes || record.compressedBytes > retainFileBytes) {
    return streamContent(file, record, dataStart, budget, hazards)
  }
  return holdContent(await file.read(dataStart, record.compressedBytes), record, budget, hazards)
}

function isReadable(record: ZipRecord, hazards: HazardLog): boolean {
  if (record.flags & FLAG_ENCRYPTED) {
    hazards.report('archive-encrypted', 'critical', 'an encrypted zip entry', { file: record.name })
    return false
  }
  if (record.method !== STORED && record.method !== DEFLATE) {
    hazards.report('archive-zip-method', 'critical', `a zip entry compressed by method ${record.method}`, {
      file: record.name,
      detail: 'Only stored and deflated entries can be read by every client.',
    })
    return false
  }
  const most = record.method === STORED ? record.compressedBytes : record.compressedBytes * MAX_DEFLATE_RATIO
  if (record.sizeBytes > most || (record.method === STORED && record.sizeBytes !== most)) {
    throw invalidPackage('archive-damaged', 'a zip entry claims an impossible size', { file: record.name })
  }
  return true
}

function holdContent(compressed: Buffer, record: ZipRecord, budget: Budget, hazards: HazardLog): Buffer {
  const content = record.method === STORED ? compressed : inflateWhole(compressed, record, hazards)
  budget.bytesOut(content.length)
  checkContent(record, content.length, zlib.crc32(content))
  return content
}

function inflateWhole(compressed: Buffer, record: ZipRecord, hazards: HazardLog): Buffer {
  try {
    // A chunk larger than the claim: one allocation, and a longer output than claimed fails.
    const options = { info: true, chunkSize: record.sizeBytes + 64, maxOutputLength: record.sizeBytes + 1 }
    const result = zlib.inflateRawSync(compressed, options) as unknown as {
      buffer: Buffer
      engine: zlib.Zlib
    }
    reportHidden(compressed.length - result.engine.bytesWritten, record, hazards)
    return result.buffer
  } catch (error) {
    throw invalidPackage('archive-damaged', 'a zip entry cannot be unpacked', { file: record.name }, error)
  }
}

async function* streamContent(
  file: RandomAccess,
  record: ZipRecord,
  start: number,
  budget: Budget,
  hazards: HazardLog,
): AsyncGenerator<Buffer> {
  const end = start + record.compressedBytes
  const reader = new ByteReader(readFileChunks(file.location, undefined, { start, end }))
  const pieces =
    record.method === STORED
      ? reader.rest()
      : pumpDecoder(zlib.createInflateRaw({ chunkSize: OUTPUT_BYTES }), () => reader.chunk(), reader)
  let crc = 0
  let length = 0
  try {
    for await (const piece of pieces) {
      budget.bytesOut(piece.length)
      crc = zlib.crc32(piece, crc)
      length += piece.length
      yield piece
    }
    checkContent(record, length, crc)
    reportHidden(record.compressedBytes - reader.position, record, hazards)
  } finally {
    await reader.close()
  }
}

function checkContent(record: ZipRecord, length: number, crc: number): void {
  if (length === record.sizeBytes && crc === record.crc32) return
  throw invalidPackage('archive-damaged', 'a zip entry does not have the size or checksum it claims', {
    file: record.name,
  })
}

function reportHidden(bytes: number, record: ZipRecord, hazards: HazardLog): void {
  if (bytes === 0) return
  hazards.report(
    'archive-zip-hidden-data',
    'critical',
    `${bytes} bytes after the end of a zip entry's data`,
    {
      file: record.name,
    },
  )
}

function reportOverlap(record: ZipRecord, hazards: HazardLog): void {
  hazards.report('archive-zip-overlap', 'critical', 'zip entries that share bytes', {
    file: record.name,
    detail: 'The same bytes are read more than once, which is how small files unpack to huge ones.',
  })
}

async function toEntry(
  record: ZipRecord,
  content: ReadZipEntry['content'],
  hazards: HazardLog,
): Promise<ReadZipEntry> {
  const type = typeOf(record, hazards)
  const base = { path: record.name, type, mode: record.unixMode & 0o7777 }
  if (type === 'directory') return { entry: { ...base, sizeBytes: 0 }, content: undefined }
  if (type === 'symlink' && Buffer.isBuffer(content)) {
    const linkTarget = content.toString('utf8', 0, MAX_LINK_BYTES)
    return { entry: { ...base, sizeBytes: record.sizeBytes, linkTarget }, content: undefined }
  }
  return { entry: { ...base, sizeBytes: record.sizeBytes }, content }
}

function typeOf(record: ZipRecord, hazards: HazardLog): EntryType {
  const special = MODE_TYPES.get(record.unixMode & FILE_TYPE_BITS)
  if (special !== undefined) {
    hazards.report('archive-zip-special', 'high', `a zip entry whose mode says ${special}`, {
      file: record.name,
      detail: 'Some tools create what the mode says, others a plain file.',
    })
    return special === 'symlink' ? 'symlink' : 'file'
  }
  if (!record.name.endsWith('/')) return 'file'
  if (record.sizeBytes > 0) {
    hazards.report('archive-zip-sized-directory', 'critical', 'a zip directory with content', {
      file: record.name,
    })
    return 'file'
  }
  return 'directory'
}
