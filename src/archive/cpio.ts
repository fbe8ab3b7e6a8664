// Reads the two cpio forms an rpm payload has: "newc" with names, and rpm's stripped form with file numbers only.
//
//   newc:      "070701" or "070702" | 13 fields of 8 hex digits | name NUL | pad to 4 | data | pad to 4
//   stripped:  "07070X" | file number, 8 hex digits | pad to 4 | data (size from the header) | pad to 4
//   end:       a newc entry named TRAILER!!!
import type { ByteReader } from './byte-reader.ts'
import { decodeName } from './name-bytes.ts'
import { invalidPackage } from './refusal.ts'

const TRAILER = 'TRAILER!!!'
const NEWC_FIELDS_BYTES = 13 * 8

/** Fields of a newc header in their order; the rest (time, devices, checksum) is of no use here. */
export interface CpioFields {
  readonly inode: number
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly links: number
  readonly device: string
}

export interface CpioEntry {
  /** As the archive spells it; the stripped form has none. */
  readonly name?: string
  /** Position in the rpm header's file list; only the stripped form has it. */
  readonly fileNumber?: number
  readonly fields?: CpioFields
  readonly sizeBytes: number
  /** Must be read, in full or in part, before the next entry is asked for. */
  readonly content: AsyncIterable<Uint8Array>
}

export interface CpioOptions {
  readonly maxPathBytes: number
  /** Bytes of data that the stripped form carries for a file number. Undefined: there is no such file. */
  readonly sizeOf: (fileNumber: number) => number | undefined
}

/**
 * Yields every entry in order and reads the archive to its very end. Throws PACKAGE_INVALID for a header that is not
 * exactly as the format says (readers differ in what else they take for a number), and for data after the trailer.
 */
export async function* readCpio(reader: ByteReader, options: CpioOptions): AsyncGenerator<CpioEntry> {
  for (;;) {
    const magic = (await reader.read(6)).toString('latin1')
    const entry =
      magic === '07070X' ? await strippedEntry(reader, options) : await newcEntry(reader, magic, options)
    if (entry.name === TRAILER) break
    const end = reader.position + entry.sizeBytes
    yield { ...entry, content: reader.take(entry.sizeBytes) }
    await reader.skip(end - reader.position)
    await skipPadding(reader)
  }
  for await (const chunk of reader.rest()) {
    if (chunk.some((byte) => byte !== 0)) throw invalid('cpio-trailing-data', { position: reader.position })
  }
}

type EntryHead = Omit<CpioEntry, 'content'>

async function newcEntry(reader: ByteReader, magic: string, options: CpioOptions): Promise<EntryHead> {
  if (magic !== '070701' && magic !== '070702') throw invalid('cpio-magic', { magic })
  const text = (await reader.read(NEWC_FIELDS_BYTES)).toString('latin1')
  const field = (at: number) => hex(text.slice(at * 8, at * 8 + 8))
  const nameBytes = field(11)
  if (nameBytes < 2 || nameBytes > options.maxPathBytes + 1) throw invalid('cpio-name-size', { nameBytes })
  const name = readName(await reader.read(nameBytes))
  await skipPadding(reader)
  const fields: CpioFields = {
    inode: field(0),
    mode: field(1),
    uid: field(2),
    gid: field(3),
    links: field(4),
    device: `${field(7)}:${field(8)}`,
  }
  return { name, fields, sizeBytes: field(6) }
}

async function strippedEntry(reader: ByteReader, options: CpioOptions): Promise<EntryHead> {
  const fileNumber = hex((await reader.read(8)).toString('latin1'))
  await skipPadding(reader)
  const sizeBytes = options.sizeOf(fileNumber)
  if (sizeBytes === undefined) throw invalid('cpio-file-number', { fileNumber })
  return { fileNumber, sizeBytes }
}

function readName(bytes: Uint8Array): string {
  if (bytes.indexOf(0) !== bytes.length - 1) throw invalid('cpio-name-end', {})
  return decodeName(bytes.subarray(0, -1))
}

/** Zeros up to the next multiple of four, counted from the archive's start. */
async function skipPadding(reader: ByteReader): Promise<void> {
  const padding = await reader.read((4 - (reader.position % 4)) % 4)
  if (padding.some((byte) => byte !== 0)) throw invalid('cpio-padding', { position: reader.position })
}

function hex(text: string): number {
  if (!/^[0-9a-fA-F]{8}$/.test(text)) throw invalid('cpio-number', { text })
  return Number.parseInt(text, 16)
}

function invalid(rule: string, facts: Record<string, unknown>): Error {
  return invalidPackage(rule, `the cpio payload cannot be read: ${rule}`, facts)
}
