// Shell commands that a lua scriptlet hands to the shell, so that they are examined as what they are.

/** `os.execute`, `io.popen` of lua; `rpm.execute`, `rpm.spawn`, `posix.exec*` of rpm's own library. */
const RUNS = /\b(?:execute|popen|spawn|execp?)\s*[({"'[]/
const LITERAL = /"((?:\\[\s\S]|[^"\\\n])*)"|'((?:\\[\s\S]|[^'\\\n])*)'|\[(=*)\[([\s\S]*?)\]\3\]/g

/**
 * Every text of a script that runs commands, one a line, joined where the script joins them with `..`; a command may be put
 * together in a variable first. Empty when the script runs none.
 */
export function luaCommands(script: string): string {
  if (!RUNS.test(script)) return ''
  let commands = ''
  let end = -1
  for (const match of script.matchAll(LITERAL)) {
    const [whole, double, single, , long] = match
    const text = long ?? unescaped(double ?? single ?? '')
    const isJoined = end >= 0 && /^\s*\.\.\s*$/.test(script.slice(end, match.index))
    commands += isJoined || end < 0 ? text : `\n${text}`
    end = match.index + whole.length
  }
  return commands
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' }

/** Lua 5.4 manual, section 3.1. */
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
