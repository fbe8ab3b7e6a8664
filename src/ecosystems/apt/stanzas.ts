// Index texts cut at blank lines into stanzas, with what is checked in all of them.
import { invalid } from './release.ts'

/** One file as a stanza promises it. */
export interface ClaimedFile {
  readonly name: string
  readonly version: string
  readonly architecture: string
  /** Without a leading `./`. */
  readonly path: string
  readonly sizeBytes: number
  readonly sha256: string
  /** The source package that it was built from; the package's own name and version unless told. */
  readonly source: string
  readonly sourceVersion: string
}

export interface StanzaRange {
  /** In bytes, up to and with the last newline, without the blank line behind it. */
  readonly start: number
  readonly end: number
  readonly names: StanzaNames
}

/** Reads the field names of one stanza after the other. */
export interface StanzaNames {
  /** The name of the line at `at`. Throws for a line that is no field and for a name that this stanza has already. */
  nameAt(stanza: string, at: number, lineEnd: number): string
}

const FIELD_NAME = /^[!-9;-~]{1,100}$/
const MAX_FIELD_NAMES = 1000
const SAFE_PATH =
  /^(?:\.\/)?(?!\/)(?!.*(?:^|\/)\.\.(?:\/|$))(?!.*\/\/)(?![A-Za-z][A-Za-z0-9+.-]*:)[\x21-\x7e]+$/
const NEWLINE = 10
const CR = 13
const BLANK_LINE = Buffer.from('\n\n')

/** Throws UPSTREAM_INVALID for CR and NUL. */
export function* stanzaRanges(text: Buffer, what: string): Generator<StanzaRange> {
  if (text.includes(0)) throw invalid(what, 'has a NUL in it')
  if (text.includes(CR)) throw invalid(what, 'has a CR in it')
  const names = createNames(what)
  let start = 0
  while (start < text.length) {
    if (text[start] === NEWLINE) {
      start += 1
      continue
    }
    const blank = text.indexOf(BLANK_LINE, start)
    const end = blank < 0 ? text.length : blank + 1
    names.nextStanza()
    yield { start, end, names }
    start = end + 1
  }
}

/** Relative, and without a way up, an empty part, a scheme or anything but visible ASCII. */
export function isSafePath(path: string): boolean {
  return SAFE_PATH.test(path)
}

interface Name {
  readonly name: string
  /** With its colon. */
  readonly prefix: string
  /** The same for all spellings of a name: names are compared without case (deb-control(5)). */
  readonly folded: number
  /** Which name followed last time: stanzas of one file have the same order. */
  next?: Name
}

/** The few dozen names of a file are folded and checked once, not at each of a million lines. */
function createNames(what: string): StanzaNames & { nextStanza(): void } {
  const known = new Map<string, Name>()
  const folded = new Map<string, number>()
  const seenIn: number[] = []
  const first: Name = { name: '', prefix: '', folded: -1 }
  let previous = first
  let stanza = 0

  function learn(name: string): Name {
    if (!FIELD_NAME.test(name))
      throw invalid(what, `has a field name that cannot be read: ${name.slice(0, 60)}`)
    if (known.size >= MAX_FIELD_NAMES) throw invalid(what, `has more than ${MAX_FIELD_NAMES} field names`)
    const lower = name.toLowerCase()
    const slot = folded.get(lower) ?? folded.size
    folded.set(lower, slot)
    // A copy: a piece of a stanza would keep all of it.
    const copy = Buffer.from(name, 'latin1').toString('latin1')
    const learnt: Name = { name: copy, prefix: `${copy}:`, folded: slot }
    known.set(copy, learnt)
    return learnt
  }

  function find(text: string, at: number, lineEnd: number): Name {
    const expected = previous.next
    if (expected !== undefined && text.startsWith(expected.prefix, at)) return expected
    const colon = text.indexOf(':', at)
    if (colon < 0 || colon > lineEnd)
      throw invalid(what, `has a line that is no field: ${text.slice(at, Math.min(lineEnd, at + 60))}`)
    const name = text.slice(at, colon)
    const found = known.get(name) ?? learn(name)
    previous.next = found
    return found
  }

  return {
    nextStanza() {
      stanza += 1
      previous = first
    },
    nameAt(text, at, lineEnd) {
      const found = find(text, at, lineEnd)
      if (seenIn[found.folded] === stanza) throw invalid(what, `has a stanza with ${found.name} twice`)
      seenIn[found.folded] = stanza
      previous = found
      return found.name
    },
  }
}
