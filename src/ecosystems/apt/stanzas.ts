// Packages files as raw stanzas: fifty megabytes of text are cut at blank lines, and only what a claim needs is read out.
import { invalid } from './release.ts'

export interface Stanza {
  /** Range in the text in bytes, up to and with its last newline, without the blank line behind it. */
  readonly start: number
  readonly end: number
  readonly fields: StanzaFields
}

export interface StanzaFields {
  readonly Package: string
  readonly Version: string
  readonly Architecture: string
  readonly Filename: string
  readonly Size: number
  readonly SHA256: string
  /** Source package name and version, as `name` or `name (version)`. */
  readonly Source?: string
}

const WANTED = new Set(['Package', 'Version', 'Architecture', 'Filename', 'Size', 'SHA256', 'Source'])
const FIELD_NAME = /^[!-9;-~]{1,100}$/
const MAX_FIELD_NAMES = 1000
const FILENAME =
  /^(?:\.\/)?(?!\/)(?!.*(?:^|\/)\.\.(?:\/|$))(?!.*\/\/)(?![A-Za-z][A-Za-z0-9+.-]*:)[\x21-\x7e]+$/
const NEWLINE = 10
const CR = 13
const BLANK_LINE = Buffer.from('\n\n')
const SPACE = 32
const TAB = 9

/**
 * Yields every stanza of a text. Throws UPSTREAM_INVALID for CR, NUL, a field twice, a missing field, or a Filename that leaves
 * the archive; a half-understood index is not served.
 */
export function* stanzasOf(text: Buffer, what: string): Generator<Stanza> {
  if (text.includes(0)) throw invalid(what, 'has a NUL in it')
  if (text.includes(CR)) throw invalid(what, 'has a CR in it')
  const names = createFieldNames(what)
  let start = 0
  while (start < text.length) {
    if (text[start] === NEWLINE) {
      start += 1
      continue
    }
    const blank = text.indexOf(BLANK_LINE, start)
    const end = blank < 0 ? text.length : blank + 1
    yield { start, end, fields: checked(readFields(text.toString('latin1', start, end), names, what), what) }
    start = end + 1
  }
}

/** The fields of one stanza of a text that `stanzasOf` has accepted. */
export function fieldsOf(text: Buffer, start: number, end: number): StanzaFields {
  return checked(readFields(text.toString('latin1', start, end), ACCEPTED, ''), '')
}

/** Reads the lines of one stanza. Continuation lines belong to a field nobody asks for. */
function readFields(text: string, names: FieldNames, what: string): Record<string, string> {
  const found: Record<string, string> = {}
  names.nextStanza()
  for (let at = 0; at < text.length; ) {
    const next = text.indexOf('\n', at)
    const lineEnd = next < 0 ? text.length : next
    const first = text.charCodeAt(at)
    if (first !== SPACE && first !== TAB) {
      const colon = text.indexOf(':', at)
      if (colon < 0 || colon > lineEnd)
        throw invalid(what, `has a line that is no field: ${text.slice(at, Math.min(lineEnd, at + 60))}`)
      const name = text.slice(at, colon)
      names.see(name)
      if (WANTED.has(name)) found[name] = text.slice(colon + 1, lineEnd).trim()
    } else if (at === 0) throw invalid(what, 'has a stanza that begins with a continuation line')
    at = lineEnd + 1
  }
  return found
}

interface FieldNames {
  nextStanza(): void
  /** Throws for a name that this stanza has already, in whatever case, and for what is no name (deb-control(5)). */
  see(name: string): void
}

const ACCEPTED: FieldNames = { nextStanza: () => undefined, see: () => undefined }

/** The few dozen names of a file are folded and checked once, not at each of a million lines. */
function createFieldNames(what: string): FieldNames {
  const slots = new Map<string, number>()
  const folded = new Map<string, number>()
  const seenIn: number[] = []
  let stanza = 0

  function slotOf(name: string): number {
    if (!FIELD_NAME.test(name))
      throw invalid(what, `has a field name that cannot be read: ${name.slice(0, 60)}`)
    if (slots.size >= MAX_FIELD_NAMES) throw invalid(what, `has more than ${MAX_FIELD_NAMES} field names`)
    const lower = name.toLowerCase()
    const slot = folded.get(lower) ?? folded.size
    folded.set(lower, slot)
    slots.set(name, slot)
    return slot
  }

  return {
    nextStanza() {
      stanza += 1
    },
    see(name) {
      const slot = slots.get(name) ?? slotOf(name)
      if (seenIn[slot] === stanza) throw invalid(what, `has a stanza with ${name} twice`)
      seenIn[slot] = stanza
    },
  }
}

function checked(found: Record<string, string>, what: string): StanzaFields {
  const { Package, Version, Architecture, Filename, Size, SHA256, Source } = found
  if (!Package || !Version || !Architecture || !Filename || !Size || !SHA256)
    throw invalid(what, `has a stanza without ${missing(found)}: ${Package ?? Filename ?? 'unnamed'}`)
  if (!FILENAME.test(Filename))
    throw invalid(what, `has a Filename that leaves the archive: ${Filename.slice(0, 100)}`)
  if (!/^[0-9a-f]{64}$/.test(SHA256) || !/^\d{1,15}$/.test(Size))
    throw invalid(what, `has a Size or SHA256 that cannot be read: ${Filename}`)
  if (!/^[a-z0-9][a-z0-9+.-]*$/i.test(Package) || !/^[A-Za-z0-9.+:~-]+$/.test(Version))
    throw invalid(what, `has a Package or Version that cannot be read: ${Package} ${Version}`.slice(0, 200))
  const fields = { Package, Version, Architecture, Filename, Size: Number(Size), SHA256 }
  return Source === undefined ? fields : { ...fields, Source }
}

function missing(found: Record<string, string>): string {
  return ['Package', 'Version', 'Architecture', 'Filename', 'Size', 'SHA256']
    .filter((name) => !found[name])
    .join(', ')
}
