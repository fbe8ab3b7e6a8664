// Sources files: one stanza a source package, which promises several files. Source: deb-src-control(5) and dsc(5).
import { invalid } from './release.ts'
import { type ClaimedFile, isSafePath, type Stanza, scanStanzas, scanText } from './stanzas.ts'

const WANTED = new Set(['Package', 'Version', 'Directory', 'Checksums-Sha256'])
/** What dpkg-source takes: the description, tarballs, the old diff, and detached signatures of tarballs. */
const FILE_NAME = /^[\w][\w.+~:-]*\.(?:dsc|asc|diff\.gz|tar\.(?:gz|xz|bz2|lzma|zst))$/

export function isSourceFile(fileName: string): boolean {
  return FILE_NAME.test(fileName)
}

/** Throws UPSTREAM_INVALID as `packageStanzas` does, and for a file that is no part of a source package. */
export function sourceStanzas(text: Buffer, what: string): Generator<Stanza> {
  return scanStanzas(text, what, (stanza, names) => filesOf(scanText(stanza, WANTED, names, what), what))
}

/** The files of one stanza that `sourceStanzas` has accepted. */
export function sourceFilesOf(stanza: string): readonly ClaimedFile[] {
  return filesOf(scanText(stanza, WANTED), '')
}

function filesOf(found: Readonly<Record<string, string>>, what: string): ClaimedFile[] {
  const { Package, Version, Directory, 'Checksums-Sha256': list } = found
  if (!Package || !Version || !Directory || !list)
    throw invalid(what, `has a stanza without Package, Version, Directory or Checksums-Sha256: ${Package}`)
  if (!/^[a-z0-9][a-z0-9+.-]*$/i.test(Package) || !/^[A-Za-z0-9.+:~-]+$/.test(Version))
    throw invalid(what, `has a Package or Version that cannot be read: ${Package} ${Version}`.slice(0, 200))
  return list
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [sha256 = '', size = '', name = '', ...more] = line.trim().split(/\s+/)
      const path = Directory === '.' ? name : `${Directory}/${name}`
      if (!FILE_NAME.test(name) || !isSafePath(path) || more.length > 0)
        throw invalid(what, `has a source file that is none, or leaves the archive: ${path.slice(0, 100)}`)
      if (!/^[0-9a-f]{64}$/.test(sha256) || !/^\d{1,15}$/.test(size))
        throw invalid(what, `has a size or SHA256 that cannot be read: ${path}`)
      return {
        name: Package,
        version: Version,
        architecture: 'source',
        path: path.replace(/^(?:\.\/)+/, ''),
        sizeBytes: Number(size),
        sha256,
        source: Package,
        sourceVersion: Version,
      }
    })
}
