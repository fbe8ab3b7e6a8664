// One 512-byte tar header block: ustar, GNU and old V7 (POSIX.1-2024 pax, "ustar Interchange Format"; GNU tar manual, "Basic Tar Format").
import { asBuffer } from './byte-reader.ts'
import type { HazardLog } from './hazards.ts'
import { invalidPackage } from './refusal.ts'

export const BLOCK_BYTES = 512

export interface TarHeader {
  readonly name: string
  /** Name bytes that are not UTF-8 were read as Latin-1. */
  readonly nameIsUtf8: boolean
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly size: number
  readonly mtime: number
  /** One character; NUL in old archives, where it is a file, or a folder when the name ends with `/`. */
  readonly type: string
  readonly linkTarget: string
  readonly owner: string
  readonly group: string
}

const CHECKSUM_START = 148
const CHECKSUM_END = 156
const PREFIX_START = 345
const PREFIX_END = 500
const SPACE = 0x20

export function isZeroBlock(block: Buffer): boolean {
  // Honest headers begin with a name, so that the whole block is looked at only at the end.
  return block[0] === 0 && block.every((byte) => byte === 0)
}

/** Parses and checks a header. Throws PACKAGE_INVALID when the checksum is wrong or the size cannot be read in one way only. */
export function parseTarHeader(block: Buffer, hazards: HazardLog): TarHeader {
  if (!hasRightChecksum(block)) {
    throw invalidPackage('archive-tar-checksum', 'a tar header does not have the checksum it claims')
  }
  const { text: ownName, utf8 } = readName(block, 0, 100)
  const prefix = readPrefix(block, ownName, hazards)
  const name = prefix === '' ? ownName : `${prefix}/${ownName}`
  return {
    name,
    nameIsUtf8: utf8,
    mode: readNumber(block, 100, 8, 'mode', name, hazards) & 0o7777,
    uid: readNumber(block, 108, 8, 'uid', name, hazards),
    gid: readNumber(block, 116, 8, 'gid', name, hazards),
    size: readSize(block, name),
    mtime: readNumber(block, 136, 12, 'mtime', name, hazards),
    type: String.fromCharCode(block.readUInt8(156)),
    linkTarget: readName(block, 157, 100).text,
    owner: readName(block, 265, 32).text,
    group: readName(block, 297, 32).text,
  }
}

// Sum of all bytes with the checksum field as spaces. Signed sums of ancient tars are refused: not every reader takes them.
function hasRightChecksum(block: Buffer): boolean {
  const claimed = parseNumber(block.subarray(CHECKSUM_START, CHECKSUM_END))
  let unsigned = SPACE * (CHECKSUM_END - CHECKSUM_START)
  for (let at = 0; at < CHECKSUM_START; at++) unsigned += block[at] ?? 0
  for (let at = CHECKSUM_END; at < BLOCK_BYTES; at++) unsigned += block[at] ?? 0
  return claimed === unsigned
}

// GNU headers keep times where POSIX has the prefix; Python takes the field whatever the magic says, node-tar only with the POSIX magic.
function readPrefix(block: Buffer, name: string, hazards: HazardLog): string {
  if (block[PREFIX_START] === 0) return ''
  const prefix = readName(block, PREFIX_START, PREFIX_END - PREFIX_START).text
  if (block.toString('latin1', 257, 265) === 'ustar\u000000') return prefix
  hazards.report(
    'archive-tar-ambiguous-prefix',
    'critical',
    'a name prefix in a header that is not POSIX ustar',
    {
      file: name,
      detail: 'Some tar readers put the prefix before the name and others ignore it.',
    },
  )
  return prefix
}

/** Text up to the first NUL; UTF-8, or Latin-1 when it is none. */
export function decodeTarText(bytes: Uint8Array): { readonly text: string; readonly utf8: boolean } {
  const buffer = asBuffer(bytes)
  const end = buffer.indexOf(0)
  const used = end < 0 ? buffer : buffer.subarray(0, end)
  const text = used.toString('utf8')
  return text.includes('\ufffd') && !Buffer.from(text).equals(used)
    ? { text: used.toString('latin1'), utf8: false }
    : { text, utf8: true }
}

function readName(block: Buffer, start: number, length: number): { text: string; utf8: boolean } {
  if (block[start] === 0) return { text: '', utf8: true }
  return decodeTarText(block.subarray(start, start + length))
}

function readSize(block: Buffer, name: string): number {
  const size = parseNumber(block.subarray(124, 136))
  if (size === undefined || !Number.isSafeInteger(size) || size < 0) {
    throw invalidPackage('archive-tar-size', 'a tar header has a size that cannot be read', { file: name })
  }
  return size
}

function readNumber(
  block: Buffer,
  start: number,
  length: number,
  field: string,
  name: string,
  hazards: HazardLog,
): number {
  const value = parseNumber(block.subarray(start, start + length))
  if (value !== undefined) return value
  hazards.report('archive-tar-number', 'low', `a tar header has an unreadable ${field}`, { file: name })
  return 0
}

/** Octal digits between optional spaces and a NUL, or GNU base-256; undefined for anything else. */
function parseNumber(field: Buffer): number | undefined {
  const first = field[0] ?? 0
  if (first === 0x80 || first === 0xff) return parseBase256(field)
  let at = 0
  while (field[at] === SPACE) at += 1
  let value = 0
  for (; at < field.length; at++) {
    const digit = (field[at] ?? 0) - 0x30
    if (digit < 0 || digit > 7) break
    value = value * 8 + digit
  }
  return onlyFilling(field, at) ? value : undefined
}

// After the digits: spaces and NULs. What follows the first NUL no reader looks at.
function onlyFilling(field: Buffer, from: number): boolean {
  for (let at = from; at < field.length; at++) {
    if (field[at] === 0) return true
    if (field[at] !== SPACE) return false
  }
  return true
}

function parseBase256(field: Buffer): number {
  let value = field[0] === 0xff ? -1 : 0
  for (let at = 1; at < field.length; at++) value = value * 256 + (field[at] ?? 0)
  return value
}
