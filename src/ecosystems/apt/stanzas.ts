// Packages files as raw stanzas: fifty megabytes of text are cut at blank lines, and only what a claim needs is read out.
import { invalid } from './release.ts'

export interface Stanza {
  /** Range in the text in bytes, up to and with its last newline, without the blank line behind it. */
  readonly start: number
  readonly end: number
  /** What it promises: one package, or the files of a source package. */
  readonly files: readonly ClaimedFile[]
}

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

const WANTED = new Set(['Package', 'Version', 'Architecture', 'Filename', 'Size', 'SHA256', 'Source'])
const FIELD_NAME = /^[!-9;-~]{1,100}$/
const MAX_FIELD_NAMES = 1000
const SAFE_PATH =
  /^(?:\.\/)?(?!\/)(?!.*(?:^|\/)\.\.(?:\/|$))(?!.*\/\/)(?![A-Za-z][A-Za-z0-9+.-]*:)[\x21-\x7e]+$/
const NEWLINE = 10
const CR = 13
const BLANK_LINE = Buffer.from('\n\n')
const SPACE = 32
const TAB = 9

/**
 * Yields every stanza of a Packages text. Throws UPSTREAM_INVALID for CR, NUL, a field twice, a missing field, or a Filename that
 * leaves the archive; a half-understood index is not served.
 */
export function packageStanzas(text: Buffer, what: string): Generator<Stanza> {
  return scanStanzas(text, what, (stanza, names) => [packageOf(scanText(stanza, WANTED, names, what), what)])
}

/** The package of one stanza that `packageStanzas` has accepted. */
export function packageFileOf(stanza: string): ClaimedFile {
  return packageOf(scanText(stanza, WANTED), '')
}

/** Cuts a text at blank lines; `read` gets each stanza, and what checks its field names. */
export function* scanStanzas(
  text: Buffer,
  what: string,
  read: (stanza: string, names: FieldNames) => readonly ClaimedFile[],
): Generator<Stanza> {
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
    yield { start, end, files: read(text.toString('latin1', start, end), names) }
    start = end + 1
  }
}

/** The wanted fields of one stanza, with their continuation lines. */
export function scanText(
  stanza: string,
  wanted: ReadonlySet<string>,
  names: FieldNames = ACCEPTED,
  what = '',
): Record<string, string> {
  const found: Record<string, string> = {}
  let current: string | undefined
  names.nextStanza()
  for (let at = 0; at < stanza.length; ) {
    const next = stanza.indexOf('\n', at)
    const lineEnd = next < 0 ? stanza.length : next
    const first = stanza.charCodeAt(at)
    if (first !== SPACE && first !== TAB) {
      const colon = stanza.indexOf(':', at)
      if (colon < 0 || colon > lineEnd)
        throw invalid(what, `has a line that is no field: ${stanza.slice(at, Math.min(lineEnd, at + 60))}`)
      const name = stanza.slice(at, colon)
      names.see(name)
      current = wanted.has(name) ? name : undefined
      if (current !== undefined) found[current] = stanza.slice(colon + 1, lineEnd).trim()
    } else if (at === 0) throw invalid(what, 'has a stanza that begins with a continuation line')
    else if (current !== undefined) found[current] += `\n${stanza.slice(at, lineEnd).trim()}`
    at = lineEnd + 1
  }
  return found
}

export interface FieldNames {
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

function packageOf(found: Readonly<Record<string, string>>, what: string): ClaimedFile {
  const { Package, Version, Architecture, Filename, Size, SHA256, Source } = found
  if (!Package || !Version || !Architecture || !Filename || !Size || !SHA256)
    throw invalid(what, `has a stanza without ${missing(found)}: ${Package ?? Filename ?? 'unnamed'}`)
  if (!isSafePath(Filename))
    throw invalid(what, `has a Filename that leaves the archive: ${Filename.slice(0, 100)}`)
  if (!/^[0-9a-f]{64}$/.test(SHA256) || !/^\d{1,15}$/.test(Size))
    throw invalid(what, `has a Size or SHA256 that cannot be read: ${Filename}`)
  if (!/^[a-z0-9][a-z0-9+.-]*$/i.test(Package) || !/^[A-Za-z0-9.+:~-]+$/.test(Version))
    throw invalid(what, `has a Package or Version that cannot be read: ${Package} ${Version}`.slice(0, 200))
  return {
    name: Package,
    version: Version,
    architecture: Architecture,
    path: Filename.startsWith('./') ? Filename.replace(/^(?:\.\/)+/, '') : Filename,
    sizeBytes: Number(Size),
    sha256: SHA256,
    ...sourceOf(Package, Version, Source),
  }
}

/** Relative, and without a way up, an empty part, a scheme or anything but visible ASCII. */
export function isSafePath(path: string): boolean {
  return SAFE_PATH.test(path)
}

/** `Source` is left out when it is the package itself, and its version when it is the package's. */
function sourceOf(name: string, version: string, told: string | undefined) {
  if (told === undefined) return { source: name, sourceVersion: version }
  const [, source = told, sourceVersion = version] = /^(\S+)(?:\s+\(([^)]+)\))?$/.exec(told) ?? []
  return { source, sourceVersion }
}

function missing(found: Readonly<Record<string, string>>): string {
  return ['Package', 'Version', 'Architecture', 'Filename', 'Size', 'SHA256']
    .filter((name) => !found[name])
    .join(', ')
}
