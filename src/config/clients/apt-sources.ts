// The two spellings of an APT source, sources.list(5).

export interface AptSource {
  readonly uris: readonly string[]
  readonly suites: readonly string[]
  readonly components: readonly string[]
  readonly architectures: readonly string[]
  /** Paths of Signed-By, as written. */
  readonly keyrings: readonly string[]
  /** Signed-By holds a key, not a path. */
  readonly inlineKey: boolean
  /** `trusted=yes`: apt would not verify it. */
  readonly trusted: boolean
  readonly origin: string
}

/** Stanzas of a .sources file; disabled ones and deb-src are left out. */
export function parseDeb822(text: string, file: string): readonly AptSource[] {
  return text.split(/\n\s*\n/).flatMap((stanza) => {
    const fields = fieldsOf(stanza)
    const words = (name: string) => (fields.get(name) ?? '').split(/\s+/).filter((word) => word !== '')
    const isOff = /^(no|false|without|off|disable|0)$/i.test(fields.get('enabled') ?? '')
    if (isOff || !words('types').includes('deb') || words('uris').length === 0) return []
    const signedBy = fields.get('signed-by') ?? ''
    const inlineKey = signedBy.includes('BEGIN PGP')
    return [
      {
        uris: words('uris'),
        suites: words('suites'),
        components: words('components'),
        architectures: words('architectures'),
        keyrings: inlineKey ? [] : words('signed-by').filter((word) => word.startsWith('/')),
        inlineKey,
        trusted: isYes(fields.get('trusted')),
        origin: file,
      },
    ]
  })
}

function fieldsOf(stanza: string): Map<string, string> {
  const fields = new Map<string, string>()
  let last = ''
  for (const line of stanza.split(/\r?\n/)) {
    if (line.startsWith('#')) continue
    if (/^\s/.test(line)) {
      fields.set(last, `${fields.get(last) ?? ''}\n${line.trim()}`)
      continue
    }
    const colon = line.indexOf(':')
    if (colon === -1) continue
    last = line.slice(0, colon).trim().toLowerCase()
    fields.set(last, line.slice(colon + 1).trim())
  }
  return fields
}

/** Lines of a .list file: `deb [options] uri suite component...`. */
export function parseOneLine(text: string, file: string): readonly AptSource[] {
  return text.split(/\r?\n/).flatMap((raw, index) => {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s*)?(\S+)\s+(\S+)\s*([^#]*)/.exec(raw)
    const [, options = '', uri, suite, components = ''] = match ?? []
    if (uri === undefined || suite === undefined) return []
    const option = (name: string) =>
      new RegExp(`(?:^|\\s)${name}=(\\S+)`).exec(options)?.[1]?.split(',') ?? []
    return [
      {
        uris: [uri],
        suites: [suite],
        components: components.split(/\s+/).filter((word) => word !== ''),
        architectures: option('arch'),
        keyrings: option('signed-by').filter((word) => word.startsWith('/')),
        inlineKey: false,
        trusted: isYes(option('trusted')[0]),
        origin: `${file} line ${index + 1}`,
      },
    ]
  })
}

function isYes(value: string | undefined): boolean {
  return /^(yes|true|with|on|enable|1)$/i.test(value ?? '')
}
