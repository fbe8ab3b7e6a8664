// Globs over names and rule ids: `*` is any run of characters, `?` is one; everything else is itself.

const compiled = new Map<string, RegExp>()

/** Whole-text, case-sensitive match. Compiled once for each pattern; patterns come from operators, never from artifacts. */
export function matchesGlob(pattern: string, text: string): boolean {
  if (!/[*?]/.test(pattern)) return pattern === text
  let expression = compiled.get(pattern)
  if (expression === undefined) {
    const source = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('?', '.')
    expression = new RegExp(`^${source.replace(/\*+/g, '.*')}$`, 's')
    compiled.set(pattern, expression)
  }
  return expression.test(text)
}
