// Packages files as raw stanzas: fifty megabytes of text are cut at blank lines and never turned into objects.
import { invalid } from './release.ts'

export interface Stanza {
  /** Byte range in the file, without the blank line behind it. */
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
const FILENAME =
  /^(?:\.\/)?(?!\/)(?!.*(?:^|\/)\.\.(?:\/|$))(?!.*\/\/)(?![A-Za-z][A-Za-z0-9+.-]*:)[\x21-\x7e]+$/
const NEWLINE = 10

/**
 * Yields every stanza. Throws UPSTREAM_INVALID for CR, NUL, a field twice, a missing field, or a Filename that leaves the
 * archive; a half-understood index is not served.
 */
export function* stanzasOf(text: Uint8Array, what: string): Generator<Stanza> {
  const buffer = Buffer.from(text.buffer, text.byteOffset, text.byteLength)
  if (buffer.includes(0)) throw invalid(what, 'has a NUL in it')
  if (buffer.includes(13)) throw invalid(what, 'has a CR in it')
  let start = 0
  while (start < buffer.length) {
    if (buffer[start] === NEWLINE) {
      start += 1
      continue
    }
    const blank = buffer.indexOf('\n\n', start)
    const end = blank < 0 ? buffer.length : blank + 1
    yield { start, end, fields: fieldsOf(buffer.toString('latin1', start, end), what) }
    start = end + 1
  }
}

function fieldsOf(text: string, what: string): StanzaFields {
  const found: Record<string, string> = {}
  const seen = new Set<string>()
  let at = 0
  while (at < text.length) {
    const next = text.indexOf('\n', at)
    const end = next < 0 ? text.length : next
    const first = text.charCodeAt(at)
    if (first !== 32 && first !== 9 && end > at) {
      const colon = text.indexOf(':', at)
      if (colon < 0 || colon > end)
        throw invalid(what, `has a line that is no field: ${text.slice(at, at + 60)}`)
      const name = text.slice(at, colon)
      const folded = name.toLowerCase()
      if (seen.has(folded)) throw invalid(what, `has a stanza with ${name} twice: ${text.slice(0, 60)}`)
      seen.add(folded)
      if (WANTED.has(name)) found[name] = text.slice(colon + 1, end).trim()
    }
    at = end + 1
  }
  return checked(found, what)
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
  return {
    Package,
    Version,
    Architecture,
    Filename,
    Size: Number(Size),
    SHA256,
    ...(Source === undefined ? {} : { Source }),
  }
}

function missing(found: Record<string, string>): string {
  return ['Package', 'Version', 'Architecture', 'Filename', 'Size', 'SHA256']
    .filter((name) => !found[name])
    .join(', ')
}
