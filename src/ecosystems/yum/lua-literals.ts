// Texts in a lua script, as the interpreter would see them. Source: Lua 5.4 manual, section 3.1 and 6.4.

export interface LuaLiteral {
  /** Range in `source`. */
  readonly start: number
  readonly end: number
  readonly text: string
}

export interface LuaLiterals {
  /** The script with calls that only make a text (`string.char`, `reverse`, `table.concat`, `string.format`) replaced by it. */
  readonly source: string
  readonly literals: readonly LuaLiteral[]
}

const QUOTED = `"(?:\\\\[\\s\\S]|[^"\\\\\\n])*"|'(?:\\\\[\\s\\S]|[^'\\\\\\n])*'`
const LITERAL = /"((?:\\[\s\S]|[^"\\\n])*)"|'((?:\\[\s\S]|[^'\\\n])*)'|\[(=*)\[([\s\S]*?)\]\3\]/g
const CHAR = /\bstring\.char\s*\(([\d\sxa-fA-F,]*)\)/g
const REVERSED = new RegExp(
  `\\bstring\\.reverse\\s*\\(\\s*(${QUOTED})\\s*\\)|\\(\\s*(${QUOTED})\\s*\\)\\s*:\\s*reverse\\s*\\(\\s*\\)`,
  'g',
)
const CONCAT = new RegExp(
  `\\btable\\.concat\\s*\\(\\s*\\{\\s*((?:(?:${QUOTED})\\s*,?\\s*)*)\\}\\s*(?:,\\s*(${QUOTED})\\s*)?\\)`,
  'g',
)
const FORMAT = new RegExp(`\\bstring\\.format\\s*\\(\\s*(${QUOTED})\\s*((?:,[^()]*)?)\\)`, 'g')
/** Calls may stand in one another. */
const ROUNDS = 4

export function luaLiterals(script: string): LuaLiterals {
  let source = script
  for (let round = 0; round < ROUNDS; round += 1) {
    const folded = fold(source)
    if (folded === source) break
    source = folded
  }
  const literals = [...source.matchAll(LITERAL)].map((match) => ({
    start: match.index,
    end: match.index + match[0].length,
    text: textOf(match),
  }))
  return { source, literals }
}

function fold(source: string): string {
  return source
    .replace(CHAR, (_, codes: string) => quoted(String.fromCharCode(...numbersOf(codes))))
    .replace(REVERSED, (_, first?: string, second?: string) =>
      quoted([...textsOf(first ?? second ?? '')].join('').split('').reverse().join('')),
    )
    .replace(CONCAT, (_, list: string, separator?: string) =>
      quoted(textsOf(list).join(textsOf(separator ?? '').join(''))),
    )
    .replace(FORMAT, (_, pattern: string, given: string) => quoted(formatted(pattern, given)))
}

/** `%s` takes the next argument: its text, or `$name` for what is known only when the script runs. */
function formatted(pattern: string, given: string): string {
  const values = given
    .split(',')
    .slice(1)
    .map((one) => textsOf(one)[0] ?? `$${one.trim().replace(/\W.*$/, '')}`)
  let next = 0
  return textsOf(pattern)
    .join('')
    .replace(/%(?:%|-?\d*(?:\.\d+)?[a-zA-Z])/g, (one) => (one === '%%' ? '%' : (values[next++] ?? '')))
}

function numbersOf(codes: string): number[] {
  return codes
    .split(',')
    .map((code) => Number(code.trim()) & 255)
    .slice(0, 10_000)
}

function textsOf(source: string): string[] {
  return [...source.matchAll(LITERAL)].map(textOf)
}

function textOf([, double, single, , long]: RegExpMatchArray): string {
  return long ?? unescaped(double ?? single ?? '')
}

function quoted(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\r', '\\r')}"`
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' }

function unescaped(text: string): string {
  return text.replace(
    /\\(?:x([0-9a-fA-F]{2})|(\d{1,3})|([\s\S]))/g,
    (_, hex?: string, decimal?: string, other?: string) => {
      if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16))
      if (decimal !== undefined) return String.fromCharCode(Number(decimal) & 255)
      return ESCAPES[other ?? ''] ?? other ?? ''
    },
  )
}
