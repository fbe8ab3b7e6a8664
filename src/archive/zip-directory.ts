// The central directory of a zip file as records, each with what its own fields say that readers take differently.
import { type Entry, fromRandomAccessReaderPromise, RandomAccessReader } from 'yauzl'
import type { Budget } from './budget.ts'
import type { HazardLog } from './hazards.ts'
import type { RandomAccess } from './random-access.ts'
import { invalidPackage } from './refusal.ts'
import type { ZipEnd } from './zip-end.ts'

export interface ZipRecord {
  readonly name: string
  readonly nameBytes: Buffer
  readonly flags: number
  readonly method: number
  readonly crc32: number
  readonly compressedBytes: number
  readonly sizeBytes: number
  readonly headerOffset: number
  /** Unix mode with file type, 0 when the archive was not made on Unix. */
  readonly unixMode: number
}

export const FLAG_ENCRYPTED = 0x1
export const FLAG_DESCRIPTOR = 0x8
export const FLAG_UTF8 = 0x800
const FIXED_RECORD_BYTES = 46
const MADE_ON_UNIX = 3
const MADE_ON_MACOS = 19
const ZIP64_FIELD = 0x0001
const UNICODE_PATH_FIELD = 0x7075
const MAX_DIRECTORY_BYTES = 64 * 1024 * 1024

/** All records in the order of the directory. Throws PACKAGE_INVALID when it cannot be read. */
export async function readZipDirectory(
  file: RandomAccess,
  end: ZipEnd,
  budget: Budget,
  hazards: HazardLog,
): Promise<ZipRecord[]> {
  if (end.directoryBytes > MAX_DIRECTORY_BYTES) {
    throw invalidPackage('archive-zip-directory-size', 'the zip directory is larger than any package needs')
  }
  // Everything from the directory on in memory: yauzl reads each record with two calls.
  const start = end.directoryOffset
  const reader = new TailReader(await file.read(start, file.sizeBytes - start), start)
  const records: ZipRecord[] = []
  let used = 0
  try {
    const zip = await fromRandomAccessReaderPromise(reader, file.sizeBytes, {
      decodeStrings: false,
      validateEntrySizes: false,
      autoClose: false,
    })
    for await (const entry of zip.eachEntry()) {
      budget.entry(entry.fileNameLength)
      reportZip64Field(entry, reader.bytes, used, hazards)
      used += FIXED_RECORD_BYTES + entry.fileNameLength + entry.extraFieldLength + entry.fileCommentLength
      records.push(toRecord(entry, hazards))
    }
  } catch (error) {
    if (error instanceof Error && error.constructor === Error) {
      throw invalidPackage(
        'archive-damaged',
        'the zip directory is damaged',
        { reader: error.message },
        error,
      )
    }
    throw error
  }
  reportDirectorySize(used, end, hazards)
  return records
}

/** Serves yauzl from memory; the file before the directory is never asked for. */
class TailReader extends RandomAccessReader {
  readonly bytes: Buffer
  readonly #start: number

  constructor(bytes: Buffer, start: number) {
    super()
    this.bytes = bytes
    this.#start = start
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null, bytesRead?: number) => void,
  ): void {
    // yauzl looks for the end record in up to 64 KiB, which may begin before the directory: those bytes stay zero.
    const from = position - this.#start
    const before = Math.min(Math.max(0, -from), length)
    buffer.fill(0, offset, offset + before)
    const copied = this.bytes.copy(buffer, offset + before, Math.max(0, from), Math.max(0, from + length))
    callback(null, before + copied)
  }

  override close(callback: (error: Error | null) => void): void {
    callback(null)
  }
}

function toRecord(entry: Entry, hazards: HazardLog): ZipRecord {
  const nameBytes = entry.fileNameRaw
  const name = decodeName(nameBytes, entry.generalPurposeBitFlag, hazards)
  if (
    entry.extraFields.some(({ id, data }) => id === UNICODE_PATH_FIELD && !data.subarray(5).equals(nameBytes))
  ) {
    hazards.report('archive-zip-two-names', 'critical', 'a zip entry with a second name in an extra field', {
      file: name,
      detail: 'Readers that know the field unpack to that name, others to the first.',
    })
  }
  const system = entry.versionMadeBy >> 8
  return {
    name,
    nameBytes,
    flags: entry.generalPurposeBitFlag,
    method: entry.compressionMethod,
    crc32: entry.crc32,
    compressedBytes: entry.compressedSize,
    sizeBytes: entry.uncompressedSize,
    headerOffset: entry.relativeOffsetOfLocalHeader,
    unixMode: system === MADE_ON_UNIX || system === MADE_ON_MACOS ? entry.externalFileAttributes >>> 16 : 0,
  }
}

// Without the UTF-8 flag the name is code page 437 for Python and UTF-8 for others: same only in ASCII.
function decodeName(bytes: Buffer, flags: number, hazards: HazardLog): string {
  const name = bytes.toString('utf8')
  if (bytes.every((byte) => byte < 0x80)) return name
  const valid = Buffer.from(name).equals(bytes)
  if (!valid) {
    hazards.report('archive-zip-name-encoding', 'critical', 'a zip name that is not UTF-8', {
      file: name,
      detail: 'Readers guess the encoding differently and unpack to different names.',
    })
  } else if ((flags & FLAG_UTF8) === 0) {
    hazards.report(
      'archive-zip-name-unmarked',
      'medium',
      'a zip name beyond ASCII that is not marked as UTF-8',
      {
        file: name,
      },
    )
  }
  return valid ? name : bytes.toString('latin1')
}

// The field counts only where the plain number is all ones; a value that is not asked for but differs misleads other readers.
function reportZip64Field(entry: Entry, directory: Buffer, at: number, hazards: HazardLog): void {
  const field = entry.extraFields.find(({ id }) => id === ZIP64_FIELD)
  if (field === undefined || field.data.length < 8) return
  const plainSize = directory.readUInt32LE(at + 24)
  if (plainSize === 0xffffffff || directory.readUInt32LE(at + 20) === 0xffffffff) return
  if (directory.readUInt32LE(at + 42) === 0xffffffff) return
  if (field.data.readBigUInt64LE(0) === BigInt(plainSize)) return
  hazards.report('archive-zip64-mismatch', 'critical', 'a zip entry with two different sizes', {
    file: entry.fileNameRaw.toString('utf8'),
  })
}

// yauzl goes by the number of entries, Python by the size of the directory.
function reportDirectorySize(used: number, end: ZipEnd, hazards: HazardLog): void {
  if (used === end.directoryBytes) return
  hazards.report(
    'archive-zip-directory-size',
    'critical',
    'the zip directory has more or fewer records than it claims',
    {
      detail: `${end.entryCount} records take ${used} bytes, the directory claims ${end.directoryBytes}: readers count differently.`,
    },
  )
}
