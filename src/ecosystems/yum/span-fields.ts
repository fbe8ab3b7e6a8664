// Attributes and texts of one <package> span, read without a parser and refused where a parser could read otherwise.
import { invalid } from './invalid.ts'

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

function decodeEntities(text: string, what: string): string {
  if (!text.includes('&')) return text
  return text.replace(/&(#x[0-9a-f]{1,6}|#\d{1,7}|[a-z]+);/gi, (whole, entity: string) => {
    if (!entity.startsWith('#')) return ENTITIES[entity] ?? unknownEntity(whole, what)
    const code = entity.startsWith('#x') ? Number.parseInt(entity.slice(2), 16) : Number(entity.slice(1))
    return code > 0x10ffff ? unknownEntity(whole, what) : String.fromCodePoint(code)
  })
}

function unknownEntity(entity: string, what: string): never {
  throw invalid(what, `has the unknown entity ${entity}`)
}

const patterns = new Map<string, RegExp>()

function patternOf(source: string): RegExp {
  const known = patterns.get(source) ?? new RegExp(source, 'g')
  patterns.set(source, known)
  return known
}

/** Attributes of the first element of that name in a span; undefined when there is none. Throws when there are several. */
export function attributesOf(
  span: string,
  element: string,
  what: string,
): Readonly<Record<string, string>> | undefined {
  const matches = [...span.matchAll(patternOf(`<${element}(\\s[^<>]*?)?/?>`))]
  if (matches.length > 1) throw invalid(what, `has a package with <${element}> twice`)
  const [match] = matches
  if (match === undefined) return undefined
  const attributes: Record<string, string> = {}
  for (const [, name = '', double, single] of (match[1] ?? '').matchAll(
    /([\w:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g,
  )) {
    if (Object.hasOwn(attributes, name))
      throw invalid(what, `has an element with the attribute ${name} twice`)
    attributes[name] = decodeEntities(double ?? single ?? '', what)
  }
  return attributes
}

/** Text of the first element of that name without child elements; undefined when there is none. */
export function textOf(span: string, element: string, what: string): string | undefined {
  const matches = [...span.matchAll(patternOf(`<${element}(?:\\s[^<>]*)?>([^<]*)</${element}>`))]
  if (matches.length > 1) throw invalid(what, `has a package with <${element}> twice`)
  return matches[0]?.[1] === undefined ? undefined : decodeEntities(matches[0][1].trim(), what)
}
