// Reads the values of Python string literals.

const PREFIX = /^([rbuft]{0,3})("""|'''|"|')/i
const SIMPLE: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '0': '\0',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
}

/** Value of a literal with its quotes and prefix; escapes are read unless the prefix says raw. Bytes become Latin-1 text. */
export function unescapeString(literal: string): string {
  const opening = PREFIX.exec(literal)
  if (!opening) return literal
  const [whole, prefix = '', quote = ''] = opening
  const body = literal.slice(whole.length, literal.endsWith(quote) ? -quote.length : undefined)
  return /r/i.test(prefix) ? body : unescapeText(body)
}

function unescapeText(body: string): string {
  if (!body.includes('\\')) return body
  return body.replace(
    /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{1,3})|N\{[^}]{1,80}\}|(\r?\n)|([\s\S]))/g,
    (all, hex?: string, short?: string, long?: string, octal?: string, line?: string, other?: string) => {
      const code = hex ?? short ?? long
      if (code !== undefined) return fromCode(Number.parseInt(code, 16))
      if (octal !== undefined) return fromCode(Number.parseInt(octal, 8))
      if (line !== undefined) return ''
      return other === undefined ? all : (SIMPLE[other] ?? other)
    },
  )
}

function fromCode(code: number): string {
  return code <= 0x10ffff ? String.fromCodePoint(code) : ''
}

/** Text between the replacements of an f-string, one more than there are replacements. */
export function formatTextParts(
  literal: string,
  start: number,
  replacements: readonly { readonly from: number; readonly to: number }[],
): string[] {
  const opening = PREFIX.exec(literal)
  const head = opening?.[0].length ?? 0
  const tail = literal.length - (opening?.[2]?.length ?? 0)
  const parts: string[] = []
  let from = head
  for (const replacement of replacements) {
    parts.push(unescapeText(literal.slice(from, replacement.from - start)))
    from = replacement.to - start
  }
  parts.push(unescapeText(literal.slice(from, Math.max(from, tail))))
  return parts
}
