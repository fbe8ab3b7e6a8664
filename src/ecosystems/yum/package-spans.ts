// primary, filelists and other as raw <package> spans: hundreds of megabytes pass by in pieces and are never turned into trees.
import { invalid } from './invalid.ts'

export interface PackageSpan {
  /** Everything between the former package and this one. */
  readonly before: Buffer
  /** From `<package` to `</package>`. */
  readonly bytes: Buffer
}

const OPEN = Buffer.from('<package ')
const CLOSE = Buffer.from('</package>')
const MAX_SPAN_BYTES = 64 * 1024 * 1024
// Constructs in which an XML parser and a reader of spans would see different packages. No tool that writes metadata uses them.
const AMBIGUOUS = ['<!--', '<![CDATA[', '<!DOCTYPE', '<!ENTITY']

/**
 * Yields every package with what stands before it, and at last an empty span with what stands after all. Throws UPSTREAM_INVALID
 * for comments, CDATA, DOCTYPE, nested or unclosed packages.
 */
export async function* packageSpans(
  chunks: AsyncIterable<Uint8Array>,
  what: string,
): AsyncGenerator<PackageSpan> {
  let held: Buffer = Buffer.alloc(0)
  let searched = 0
  for await (const chunk of chunks) {
    held = held.length === 0 ? Buffer.from(chunk) : Buffer.concat([held, chunk])
    if (held.length > MAX_SPAN_BYTES) throw invalid(what, 'has a package of more than 64 MiB')
    for (let close = held.indexOf(CLOSE, searched); close >= 0; close = held.indexOf(CLOSE)) {
      const end = close + CLOSE.length
      yield spanOf(held.subarray(0, end), what)
      held = held.subarray(end)
      searched = 0
    }
    searched = Math.max(0, held.length - CLOSE.length)
  }
  if (held.indexOf(OPEN) >= 0) throw invalid(what, 'ends within a package')
  refuseAmbiguous(held, what)
  yield { before: held, bytes: Buffer.alloc(0) }
}

function spanOf(piece: Buffer, what: string): PackageSpan {
  const open = piece.indexOf(OPEN)
  if (open < 0 || piece.indexOf(OPEN, open + 1) >= 0)
    throw invalid(what, 'has a package that is not closed, or none where one ends')
  refuseAmbiguous(piece, what)
  return { before: piece.subarray(0, open), bytes: piece.subarray(open) }
}

function refuseAmbiguous(piece: Buffer, what: string): void {
  for (const construct of AMBIGUOUS)
    if (piece.includes(construct)) throw invalid(what, `has ${construct} in it`)
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

function decodeEntities(text: string, what: string): string {
  return text.replace(/&(#x[0-9a-f]{1,6}|#\d{1,7}|[a-z]+);/gi, (whole, entity: string) => {
    if (entity.startsWith('#x')) return String.fromCodePoint(Number.parseInt(entity.slice(2), 16))
    if (entity.startsWith('#')) return String.fromCodePoint(Number(entity.slice(1)))
    const known = ENTITIES[entity]
    if (known === undefined) throw invalid(what, `has the unknown entity ${whole}`)
    return known
  })
}

/** Attributes of the first element of that name in a span; undefined when there is none. Throws when there are several. */
export function attributesOf(
  span: string,
  element: string,
  what: string,
): Readonly<Record<string, string>> | undefined {
  const open = new RegExp(`<${element}(\\s[^<>]*?)?/?>`, 'g')
  const matches = [...span.matchAll(open)]
  if (matches.length > 1) throw invalid(what, `has a package with <${element}> twice`)
  const [match] = matches
  if (match === undefined) return undefined
  const attributes: Record<string, string> = {}
  for (const [, name = '', double, single] of (match[1] ?? '').matchAll(
    /([\w:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g,
  )) {
    if (attributes[name] !== undefined) throw invalid(what, `has an element with the attribute ${name} twice`)
    attributes[name] = decodeEntities(double ?? single ?? '', what)
  }
  return attributes
}

/** Text of the first element of that name without child elements; undefined when there is none. */
export function textOf(span: string, element: string, what: string): string | undefined {
  const matches = [...span.matchAll(new RegExp(`<${element}(?:\\s[^<>]*)?>([^<]*)</${element}>`, 'g'))]
  if (matches.length > 1) throw invalid(what, `has a package with <${element}> twice`)
  return matches[0]?.[1] === undefined ? undefined : decodeEntities(matches[0][1].trim(), what)
}
