// Finds keys that a JSON text gives twice: parsers differ in which of the two they take.

export interface RepeatedKey {
  /** Names from the top down to the repeated one. */
  readonly path: readonly string[]
  /** 1-based line of the second one. */
  readonly line: number
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s"{}[\],:]+/gs

interface Level {
  readonly keys: Set<string> | undefined
  readonly name: string
}

/** Repeated keys of a text that JSON.parse has accepted. */
export function repeatedKeys(text: string): RepeatedKey[] {
  const found: RepeatedKey[] = []
  const levels: Level[] = []
  let name = ''
  let atKey = false
  for (const match of text.matchAll(TOKEN)) {
    const token = match[0]
    const level = levels.at(-1)
    if (token === '{' || token === '[') {
      levels.push({ keys: token === '{' ? new Set() : undefined, name })
      atKey = token === '{'
      name = ''
    } else if (token === '}' || token === ']') {
      levels.pop()
      atKey = false
    } else if (token === ',') {
      atKey = level?.keys !== undefined
    } else if (token === ':') {
      atKey = false
    } else if (atKey && level?.keys) {
      name = JSON.parse(token) as string
      if (level.keys.has(name)) found.push({ path: pathTo(levels, name), line: lineAt(text, match.index) })
      level.keys.add(name)
    }
  }
  return found
}

function pathTo(levels: readonly Level[], name: string): string[] {
  return [...levels.slice(1).map((level) => level.name), name]
}

function lineAt(text: string, offset: number): number {
  let line = 1
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) line += 1
  return line
}
