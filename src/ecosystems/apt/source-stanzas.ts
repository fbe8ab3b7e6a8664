// Sources files: one stanza a source package, which promises several files. Source: deb-src-control(5) and dsc(5).
import { invalid } from './release.ts'
import { type ClaimedFile, isSafePath, stanzaRanges } from './stanzas.ts'

const WANTED = ['Package', 'Version', 'Directory', 'Checksums-Sha256'] as const
/** What dpkg-source takes: the description, tarballs, the old diff, and detached signatures of tarballs. */
const FILE_NAME = /^[\w][\w.+~:-]*\.(?:dsc|asc|diff\.gz|tar\.(?:gz|xz|bz2|lzma|zst))$/

export function isSourceFile(fileName: string): boolean {
  return FILE_NAME.test(fileName)
}

/** Calls `add` with the range of every stanza. Throws UPSTREAM_INVALID as `scanPackages` does, and for a file that is no source. */
export function scanSources(text: Buffer, what: string, add: (start: number, end: number) => void): void {
  for (const { start, end, names } of stanzaRanges(text, what)) {
    const stanza = text.toString('latin1', start, end)
    for (let at = 0; at < stanza.length; ) {
      const next = stanza.indexOf('\n', at)
      const lineEnd = next < 0 ? stanza.length : next
      if (stanza[at] !== ' ' && stanza[at] !== '\t') names.nameAt(stanza, at, lineEnd)
      else if (at === 0) throw invalid(what, 'has a stanza that begins with a continuation line')
      at = lineEnd + 1
    }
    sourceFilesOf(stanza, what)
    add(start, end)
  }
}

/** The files of one stanza, as `scanSources` has accepted it. */
export function sourceFilesOf(stanza: string, what: string): readonly ClaimedFile[] {
  const [name, version, directory, list] = WANTED.map((field) => fieldOf(stanza, field))
  if (!name || !version || !directory || !list)
    throw invalid(what, `has a stanza without ${WANTED.join(', ')}: ${stanza.slice(0, 60).split('\n')[0]}`)
  if (!/^[a-z0-9][a-z0-9+.-]*$/i.test(name) || !/^[A-Za-z0-9.+:~-]+$/.test(version))
    throw invalid(what, `has a Package or Version that cannot be read: ${name} ${version}`.slice(0, 200))
  return list
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => ({
      name,
      version,
      architecture: 'source',
      source: name,
      sourceVersion: version,
      ...fileOf(line, directory, what),
    }))
}

function fileOf(line: string, directory: string, what: string) {
  const [sha256 = '', size = '', file = '', ...more] = line.split(/\s+/)
  const path = directory === '.' ? file : `${directory}/${file}`
  if (!FILE_NAME.test(file) || !isSafePath(path) || more.length > 0)
    throw invalid(what, `has a source file that is none, or leaves the archive: ${path.slice(0, 100)}`)
  if (!/^[0-9a-f]{64}$/.test(sha256) || !/^\d{1,15}$/.test(size))
    throw invalid(what, `has a size or SHA256 that cannot be read: ${path}`)
  // A copy: a piece of a string would keep the whole stanza.
  const copy = Buffer.from(path.replace(/^(?:\.\/)+/, ''), 'latin1').toString('latin1')
  return { path: copy, sha256, sizeBytes: Number(size) }
}

/** With continuation lines, each trimmed; empty when the stanza has no such field. */
function fieldOf(stanza: string, field: string): string {
  const start = stanza.startsWith(`${field}:`) ? 0 : stanza.indexOf(`\n${field}:`) + 1
  if (start === 0 && !stanza.startsWith(`${field}:`)) return ''
  const rest = stanza.slice(start + field.length + 1)
  const end = /\n(?![ \t])/.exec(rest)?.index ?? rest.length
  return rest
    .slice(0, end)
    .split('\n')
    .map((line) => line.trim())
    .join('\n')
    .trim()
}
