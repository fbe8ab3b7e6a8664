// Reads one header structure of an rpm file: an index of tags, a store of values, and the region that a signature covers.
//
//   magic 8e ad e8 01 | 4 reserved | number of tags | bytes of store | (tag, type, offset, count) per tag | store
//
// The rules are those of rpm's own check (hdrblobVerifyInfo, hdrblobVerifyRegion): values in rising order without
// overlap, aligned, inside the store, strings ended by NUL; the region spans every tag and the whole store.
import { decodeName } from './name-bytes.ts'
import { invalidPackage } from './refusal.ts'
import { TAG } from './rpm-tags.ts'

export const HEADER_INTRO_BYTES = 16
const ENTRY_BYTES = 16
const MAGIC = Uint8Array.of(0x8e, 0xad, 0xe8, 0x01, 0, 0, 0, 0)

const TYPE = {
  CHAR: 1,
  INT8: 2,
  INT16: 3,
  INT32: 4,
  INT64: 5,
  STRING: 6,
  BIN: 7,
  STRING_ARRAY: 8,
  I18NSTRING: 9,
}
const WIDTH: Readonly<Record<number, number>> = { 1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1 }

const LIMITS = {
  signature: { tags: 64, bytes: 16 * 1024 * 1024 },
  main: { tags: 0xffff, bytes: 64 * 1024 * 1024 },
} as const
export type HeaderKind = keyof typeof LIMITS
/** Values of one tag that are turned into JavaScript values; more than any package has files. */
const MOST_VALUES = 1_000_000

export interface RpmEntry {
  readonly tag: number
  readonly type: number
  readonly count: number
  /** Bytes of the value in the store, NULs of strings included. */
  readonly value: Uint8Array
}

/** What rpm or another reader could see otherwise; the package reader makes findings of them. */
export interface HeaderHazard {
  readonly kind: 'no-region' | 'region-size' | 'dribble-tag' | 'duplicate-tag' | 'overlap'
  readonly tag: number
}

export interface RpmHeader {
  readonly entries: ReadonlyMap<number, RpmEntry>
  readonly hazards: readonly HeaderHazard[]
  /** The whole structure, magic included: what header digests and header signatures are made over. */
  readonly bytes: Uint8Array
}

interface IndexEntry {
  readonly tag: number
  readonly type: number
  readonly offset: number
  readonly count: number
}

/**
 * Bytes of a whole header structure, from its first 16 bytes. Throws PACKAGE_INVALID for a wrong magic and for
 * sizes beyond the limits, so that nothing is allocated on an attacker's word.
 */
export function headerLength(intro: Uint8Array, kind: HeaderKind): number {
  if (intro.length < HEADER_INTRO_BYTES) throw invalid('archive-truncated', { kind })
  if (MAGIC.some((byte, at) => intro[at] !== byte)) throw invalid('rpm-header-magic', { kind })
  const view = viewOf(intro)
  const tags = view.getUint32(8)
  const bytes = view.getUint32(12)
  const limit = LIMITS[kind]
  if (tags < 1 || tags > limit.tags || bytes > limit.bytes)
    throw invalid('rpm-header-size', { kind, tags, bytes })
  return HEADER_INTRO_BYTES + tags * ENTRY_BYTES + bytes
}

/** Parses one whole header structure. Throws PACKAGE_INVALID when a value cannot be read where its entry says it is. */
export function parseHeader(bytes: Uint8Array, kind: HeaderKind): RpmHeader {
  if (bytes.length !== headerLength(bytes, kind)) throw invalid('archive-truncated', { kind })
  const view = viewOf(bytes)
  const tags = view.getUint32(8)
  const index = Array.from({ length: tags }, (_, at) =>
    readEntry(view, HEADER_INTRO_BYTES + at * ENTRY_BYTES),
  )
  const store = bytes.subarray(HEADER_INTRO_BYTES + tags * ENTRY_BYTES)
  const hazards = checkRegion(index, store, kind)
  const hasRegion = index[0]?.tag === regionTag(kind)
  const entries = readValues(hasRegion ? index.slice(1) : index, store, hazards)
  return { entries, hazards, bytes }
}

function readEntry(view: DataView, at: number): IndexEntry {
  return {
    tag: view.getInt32(at),
    type: view.getUint32(at + 4),
    offset: view.getInt32(at + 8),
    count: view.getUint32(at + 12),
  }
}

function readValues(index: IndexEntry[], store: Uint8Array, hazards: HeaderHazard[]): Map<number, RpmEntry> {
  const entries = new Map<number, RpmEntry>()
  let end = 0
  for (const entry of index) {
    const value = readValue(entry, store)
    if (entry.offset < end) hazards.push({ kind: 'overlap', tag: entry.tag })
    if (entries.has(entry.tag)) hazards.push({ kind: 'duplicate-tag', tag: entry.tag })
    end = entry.offset + value.length
    entries.set(entry.tag, { tag: entry.tag, type: entry.type, count: entry.count, value })
  }
  return entries
}

function readValue(entry: IndexEntry, store: Uint8Array): Uint8Array {
  const { tag, type, offset, count } = entry
  const width = WIDTH[type]
  const isText = type === TYPE.STRING || type === TYPE.STRING_ARRAY || type === TYPE.I18NSTRING
  if (tag < TAG.HEADERI18NTABLE || (width === undefined && !isText))
    throw invalid('rpm-header-entry', { ...entry })
  if (offset < 0 || offset >= store.length || count < 1) throw invalid('rpm-header-entry', { ...entry })
  if (type === TYPE.STRING && count !== 1) throw invalid('rpm-header-entry', { ...entry })
  if (isText) return store.subarray(offset, endOfStrings(store, entry))
  const bytes = (width ?? 1) * count
  if (offset % (width ?? 1) !== 0 || offset + bytes > store.length)
    throw invalid('rpm-header-entry', { ...entry })
  return store.subarray(offset, offset + bytes)
}

function endOfStrings(store: Uint8Array, entry: IndexEntry): number {
  let at = entry.offset
  for (let left = entry.count; left > 0; left--) {
    const nul = store.indexOf(0, at)
    if (nul < 0) throw invalid('rpm-string-end', { ...entry })
    at = nul + 1
  }
  return at
}

function regionTag(kind: HeaderKind): number {
  return kind === 'signature' ? TAG.HEADERSIGNATURES : TAG.HEADERIMMUTABLE
}

/** The region's trailer says how many tags it covers; tags and bytes beyond are "dribbles" that no signature covers. */
function checkRegion(index: readonly IndexEntry[], store: Uint8Array, kind: HeaderKind): HeaderHazard[] {
  const tag = regionTag(kind)
  const first = index[0]
  if (first?.tag !== tag) return [{ kind: 'no-region', tag }]
  const isSane = first.type === TYPE.BIN && first.count === ENTRY_BYTES && first.offset >= 0
  if (!isSane || first.offset + ENTRY_BYTES > store.length) throw invalid('rpm-region', { ...first })
  const trailer = readEntry(viewOf(store), first.offset)
  // Old builders wrote the image tag into the trailer of the signature header.
  const isTrailer = trailer.tag === tag || (kind === 'signature' && trailer.tag === TAG.HEADERIMAGE)
  const covered = -trailer.offset / ENTRY_BYTES
  if (!isTrailer || !Number.isInteger(covered) || covered < 1 || covered > index.length) {
    throw invalid('rpm-region', { ...trailer })
  }
  const hazards: HeaderHazard[] = index
    .slice(covered)
    .map((entry) => ({ kind: 'dribble-tag', tag: entry.tag }))
  if (first.offset + ENTRY_BYTES !== store.length) hazards.push({ kind: 'region-size', tag })
  return hazards
}

/** First string of a tag; undefined when the tag is absent. Throws PACKAGE_INVALID when it is not text. */
export function stringTag(header: RpmHeader, tag: number): string | undefined {
  return stringsTag(header, tag)?.[0]
}

export function stringsTag(header: RpmHeader, tag: number): string[] | undefined {
  const entry = header.entries.get(tag)
  if (!entry) return undefined
  if (entry.type !== TYPE.STRING && entry.type !== TYPE.STRING_ARRAY && entry.type !== TYPE.I18NSTRING) {
    throw invalid('rpm-tag-type', { tag, type: entry.type })
  }
  if (entry.count > MOST_VALUES) throw invalid('rpm-header-size', { tag, count: entry.count })
  const strings: string[] = []
  for (let at = 0; strings.length < entry.count; ) {
    const nul = entry.value.indexOf(0, at)
    strings.push(decodeName(entry.value.subarray(at, nul)))
    at = nul + 1
  }
  return strings
}

/** Unsigned whole numbers of a tag. 64-bit values lose precision above 2^53, which no size in a file reaches. */
export function numbersTag(header: RpmHeader, tag: number): number[] | undefined {
  const entry = header.entries.get(tag)
  if (!entry) return undefined
  if (entry.count > MOST_VALUES) throw invalid('rpm-header-size', { tag, count: entry.count })
  const view = viewOf(entry.value)
  switch (entry.type) {
    case TYPE.CHAR:
    case TYPE.INT8:
      return Array.from(entry.value)
    case TYPE.INT16:
      return Array.from({ length: entry.count }, (_, at) => view.getUint16(at * 2))
    case TYPE.INT32:
      return Array.from({ length: entry.count }, (_, at) => view.getUint32(at * 4))
    case TYPE.INT64:
      return Array.from({ length: entry.count }, (_, at) => Number(view.getBigUint64(at * 8)))
    default:
      throw invalid('rpm-tag-type', { tag, type: entry.type })
  }
}

export function numberTag(header: RpmHeader, tag: number): number | undefined {
  return numbersTag(header, tag)?.[0]
}

export function binaryTag(header: RpmHeader, tag: number): Uint8Array | undefined {
  const entry = header.entries.get(tag)
  if (!entry) return undefined
  if (entry.type !== TYPE.BIN) throw invalid('rpm-tag-type', { tag, type: entry.type })
  return entry.value
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function invalid(rule: string, facts: Record<string, unknown>): Error {
  return invalidPackage(rule, `the rpm header cannot be read: ${rule}`, facts)
}
