// Files of `key = value` lines in sections, as npm, pip and yum write them.

export interface IniEntry {
  readonly section: string
  readonly key: string
  readonly value: string
  /** 1-based. */
  readonly line: number
}

/** Entries in order. A line that begins with white space continues the value before it, joined by a line break. */
export function parseIni(text: string): readonly IniEntry[] {
  const entries: IniEntry[] = []
  let section = ''
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim()
    if (line === '' || line.startsWith('#') || line.startsWith(';')) continue
    const last = entries.at(-1)
    const header = /^\[([^\]]*)\]$/.exec(line)
    if (header !== null) section = header[1]?.trim() ?? ''
    else if (/^\s/.test(raw) && last !== undefined && last.section === section) {
      entries[entries.length - 1] = { ...last, value: `${last.value}\n${line}`.trim() }
    } else entries.push({ section, ...keyAndValue(line), line: index + 1 })
  }
  return entries
}

/** The first `=` or `: ` parts key and value; npm has colons inside keys, so a bare colon parts nothing. */
function keyAndValue(line: string): { key: string; value: string } {
  const match = /^([^=]*?)\s*(?:=|:\s)\s*(.*)$/.exec(line)
  const value = match?.[2]?.trim() ?? ''
  return { key: match?.[1]?.trim() ?? line, value: value.replace(/^(["'])(.*)\1$/, '$2') }
}
