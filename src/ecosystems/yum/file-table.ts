// The file list in an rpm's main header: the truth about paths, modes, digests and links, which the payload must match.
import { tooLarge } from '../../archive/budget.ts'
import { invalidPackage } from '../../archive/refusal.ts'
import { numbersTag, type RpmHeader, stringsTag } from '../../archive/rpm-header.ts'
import { TAG } from '../../archive/rpm-tags.ts'
import type { EntryType } from '../../model/package-contents.ts'

/** Bit of FILEFLAGS: belongs to the package, is not in the payload. */
const GHOST = 1 << 6
const FORMAT_MASK = 0o170000
// Pairs and not an object: biome 2.6 rewrites octal keys of an object to other numbers.
const TYPES: ReadonlyMap<number, EntryType> = new Map([
  [0o100000, 'file'],
  [0o040000, 'directory'],
  [0o120000, 'symlink'],
  [0o020000, 'character-device'],
  [0o060000, 'block-device'],
  [0o010000, 'fifo'],
])

export interface RpmFile {
  readonly number: number
  /** Absolute in a binary package, bare in a source package. */
  readonly path: string
  readonly type: EntryType
  readonly mode: number
  readonly sizeBytes: number
  /** Hex, made with the table's algorithm; empty for what has no content. */
  readonly digest: string
  readonly linkTarget: string
  readonly owner: string
  readonly group: string
  readonly capabilities: string
  readonly isGhost: boolean
  /** Same value for files that are hard links of each other. */
  readonly node: string
}

/** The type that the format bits of a Unix mode say. */
export function typeOfMode(mode: number): EntryType {
  return TYPES.get(mode & FORMAT_MASK) ?? 'other'
}

/** All files of the header. Throws PACKAGE_INVALID when the parallel lists differ in length, TOO_LARGE for too many files. */
export function readFileTable(header: RpmHeader, most: number): RpmFile[] {
  const paths = readPaths(header)
  const count = paths.length
  if (count > most) throw tooLarge('archive-limit-entries', `more than ${most} entries`, most)
  const numbers = (tag: number) => sameLength(numbersTag(header, tag), count, tag)
  const strings = (tag: number) => sameLength(stringsTag(header, tag), count, tag)
  const modes = numbers(TAG.FILEMODES)
  const sizes = numbers(TAG.LONGFILESIZES) ?? numbers(TAG.FILESIZES)
  if (count > 0 && (!modes || !sizes))
    throw invalidPackage('rpm-file-table', 'the header has files without modes or sizes')
  const digests = strings(TAG.FILEDIGESTS)
  const links = strings(TAG.FILELINKTOS)
  const owners = strings(TAG.FILEUSERNAME)
  const groups = strings(TAG.FILEGROUPNAME)
  const capabilities = strings(TAG.FILECAPS)
  const flags = numbers(TAG.FILEFLAGS)
  const devices = numbers(TAG.FILEDEVICES)
  const inodes = numbers(TAG.FILEINODES)
  return paths.map((path, number) => ({
    number,
    path,
    type: typeOfMode(modes?.[number] ?? 0),
    mode: (modes?.[number] ?? 0) & 0o7777,
    sizeBytes: sizes?.[number] ?? 0,
    digest: digests?.[number] ?? '',
    linkTarget: links?.[number] ?? '',
    owner: owners?.[number] ?? '',
    group: groups?.[number] ?? '',
    capabilities: capabilities?.[number] ?? '',
    isGhost: ((flags?.[number] ?? 0) & GHOST) !== 0,
    node: inodes ? `${devices?.[number] ?? 0}:${inodes[number]}` : `alone:${number}`,
  }))
}

/** Folder number and base name per file, or whole names in packages of the 1990s. */
function readPaths(header: RpmHeader): string[] {
  const bases = stringsTag(header, TAG.BASENAMES)
  const old = stringsTag(header, TAG.OLDFILENAMES)
  if (bases && old) throw invalidPackage('rpm-file-table', 'the header has its file names in two forms')
  if (!bases) return old ?? []
  const folders = stringsTag(header, TAG.DIRNAMES) ?? []
  const folderOf = sameLength(numbersTag(header, TAG.DIRINDEXES), bases.length, TAG.DIRINDEXES)
  return bases.map((base, at) => {
    const folder = folders[folderOf?.[at] ?? -1]
    if (folder === undefined)
      throw invalidPackage('rpm-file-table', 'a file is in a folder that the header does not list')
    return folder + base
  })
}

function sameLength<T>(list: T[] | undefined, length: number, tag: number): T[] | undefined {
  if (list && list.length !== length) {
    const facts = { tag, expected: length, found: list.length }
    throw invalidPackage('rpm-file-table', 'the lists of the header do not have the same length', facts)
  }
  return list
}
