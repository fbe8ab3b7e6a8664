// A zip of hundreds of thousands of small records: windows of it in memory, and no stream for each entry.
import { constants, crc32, inflateRawSync } from 'node:zlib'
import { HazardLog } from '../archive/hazards.ts'
import { openRandomAccess, type RandomAccess } from '../archive/random-access.ts'
import { readZipEnd } from '../archive/zip-end.ts'
import { GatewayError } from '../model/errors.ts'
import type { FeedText } from './feed-files.ts'

const WINDOW_BYTES = 8 * 1024 * 1024
const MAX_DIRECTORY_BYTES = 512 * 1024 * 1024
const RECORD_SIGNATURE = 0x02014b50
const RECORD_BYTES = 46
const LOCAL_SIGNATURE = 0x04034b50
const LOCAL_BYTES = 30
/** Room for the local header's own name and extra field, which may be longer than the directory's. */
const HEADER_SLACK = 1024
const MAX_CHUNK_BYTES = 64 * 1024
const STORED = 0
const DEFLATED = 8

interface ZipEntry {
  readonly name: string
  readonly method: number
  readonly checksum: number
  readonly packedBytes: number
  readonly sizeBytes: number
  readonly offset: number
}

/**
 * The `.json` entries in the order of the directory (APPNOTE 4.3). Throws PACKAGE_INVALID for damage, which includes a
 * checksum that does not fit, and TOO_LARGE for an entry beyond the limit.
 */
export async function* readZipTexts(file: string, maxBytes: number): AsyncIterable<FeedText> {
  const zip = await openRandomAccess(file)
  try {
    const end = await readZipEnd(zip, new HazardLog())
    if (end.directoryBytes > MAX_DIRECTORY_BYTES) throw damaged('its directory is too large')
    const directory = await zip.read(end.directoryOffset, end.directoryBytes)
    const windows = openWindows(zip)
    for (const entry of entriesOf(directory)) {
      if (!entry.name.endsWith('.json')) continue
      if (entry.sizeBytes > maxBytes)
        throw new GatewayError('TOO_LARGE', `${entry.name} is larger than ${maxBytes} bytes`, { maxBytes })
      yield { text: await textOf(entry, windows), where: `${file}:${entry.name}` }
    }
  } finally {
    await zip.close()
  }
}

function* entriesOf(directory: Buffer): Iterable<ZipEntry> {
  for (let at = 0; at < directory.length; ) {
    if (at + RECORD_BYTES > directory.length || directory.readUInt32LE(at) !== RECORD_SIGNATURE)
      throw damaged('its directory is damaged')
    const nameBytes = directory.readUInt16LE(at + 28)
    yield {
      name: directory.toString('utf8', at + RECORD_BYTES, at + RECORD_BYTES + nameBytes),
      method: directory.readUInt16LE(at + 10),
      checksum: directory.readUInt32LE(at + 16),
      packedBytes: directory.readUInt32LE(at + 20),
      sizeBytes: directory.readUInt32LE(at + 24),
      offset: directory.readUInt32LE(at + 42),
    }
    at += RECORD_BYTES + nameBytes + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32)
  }
}

type Windows = (offset: number, length: number) => Promise<Buffer>

/** Pieces of the file, from a window that is read anew only when a piece lies outside: entries mostly follow each other. */
function openWindows(zip: RandomAccess): Windows {
  let start = 0
  let window: Buffer = Buffer.alloc(0)
  return async (offset, length) => {
    const most = Math.min(length, zip.sizeBytes - offset)
    if (offset < start || offset + most > start + window.length) {
      start = offset
      window = await zip.read(offset, Math.min(Math.max(WINDOW_BYTES, most), zip.sizeBytes - offset))
    }
    return window.subarray(offset - start, offset - start + most)
  }
}

async function textOf(entry: ZipEntry, windows: Windows): Promise<string> {
  const { name, packedBytes, sizeBytes, offset, method, checksum } = entry
  const whole = await windows(offset, LOCAL_BYTES + HEADER_SLACK + packedBytes)
  if (whole.length < LOCAL_BYTES || whole.readUInt32LE(0) !== LOCAL_SIGNATURE)
    throw damaged(`${name} is not where the directory says`)
  const from = LOCAL_BYTES + whole.readUInt16LE(26) + whole.readUInt16LE(28)
  const packed = whole.subarray(from, from + packedBytes)
  if (packed.length !== packedBytes) throw damaged(`${name} is cut short`)
  const bytes = unpack(packed, method, sizeBytes, name)
  if (bytes.length !== sizeBytes || crc32(bytes) !== checksum)
    throw damaged(`${name} does not have the bytes that the directory promises`)
  return bytes.toString('utf8')
}

function unpack(packed: Buffer, method: number, sizeBytes: number, name: string): Buffer {
  if (method === STORED) return packed
  if (method !== DEFLATED) throw damaged(`${name} is packed in a way that no feed uses`)
  try {
    // Just enough for the record and the end mark: the usual 16 KB for each of half a million records is mostly garbage.
    const chunkSize = Math.min(MAX_CHUNK_BYTES, Math.max(constants.Z_MIN_CHUNK, sizeBytes + 1))
    return inflateRawSync(packed, { chunkSize, maxOutputLength: Math.max(1, sizeBytes) })
  } catch {
    throw damaged(`${name} does not unpack`)
  }
}

function damaged(why: string): GatewayError {
  return new GatewayError('PACKAGE_INVALID', `the zip file is damaged: ${why}`, { rule: 'archive-damaged' })
}
