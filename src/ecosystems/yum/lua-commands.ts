// Shell commands that a lua scriptlet hands to the shell, so that they are examined as what they are.
import { luaLiterals } from './lua-literals.ts'

/** `os.execute`, `io.popen` of lua; `rpm.execute`, `rpm.spawn`, `posix.exec*` of rpm's own library. */
const RUNS = /\b(?:execute|popen|spawn|execp?)\b/
/** What stands between two texts that a script joins: nothing, or a value known only when it runs. */
const JOINED = /^\s*\.\.\s*(?:([A-Za-z_][\w.]*(?:\([^()"']*\))?)\s*\.\.\s*)?$/

/**
 * Every text of a script that runs commands, one a line, joined where the script joins them with `..`; a command may be put
 * together in a variable or function first, out of pieces, codes or backwards. What is known only when it runs becomes `$name`.
 * Empty when the script runs none.
 */
export function luaCommands(script: string): string {
  if (!RUNS.test(script)) return ''
  const { literals, source } = luaLiterals(script)
  let commands = ''
  let end = -1
  for (const { start, end: literalEnd, text } of literals) {
    const joined = end < 0 ? undefined : JOINED.exec(source.slice(end, start))
    if (joined !== undefined && joined !== null) commands += givenTo(joined[1], source)
    else if (end >= 0) commands += '\n'
    commands += text
    end = literalEnd
  }
  return commands
}

/** The text that a variable was given, when the script says so itself; `$name` otherwise. */
function givenTo(expression: string | undefined, source: string): string {
  if (expression === undefined) return ''
  const name = expression.replace(/\W.*$/, '')
  const given = new RegExp(
    `(?:^|[^\\w.])${name}\\s*=\\s*("(?:\\\\[\\s\\S]|[^"\\\\\\n])*")\\s*(?:$|[;\\n])`,
  ).exec(source)
  return given?.[1] === undefined ? `$${name}` : (luaLiterals(given[1]).literals[0]?.text ?? `$${name}`)
}
