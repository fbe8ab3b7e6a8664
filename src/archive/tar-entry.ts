// Which entry a row of tar headers describes: extended headers of both families applied, every oddity reported.
import type { EntryType } from '../model/package-contents.ts'
import type { HazardLog } from './hazards.ts'
import { invalidPackage } from './refusal.ts'
import { decodeTarText, parseTarHeader, type TarHeader } from './tar-header.ts'
import { isDecisive, type PaxRecords, parsePax } from './tar-pax.ts'

export interface TarEntry {
  /** As the archive spells it, extended headers applied; not cleaned. */
  readonly path: string
  readonly type: EntryType
  /** Bytes of content that follow; 0 for everything but files. */
  readonly sizeBytes: number
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly owner: string
  readonly group: string
  readonly mtime: number
  readonly linkTarget?: string
  /** Raw pax records of this entry, globals not included (`APK-TOOLS.checksum.SHA1`, `SCHILY.xattr.security.capability`). */
  readonly pax: PaxRecords
}

/** What a header block asks for next. */
export type TarStep =
  | { readonly kind: 'extension'; readonly sizeBytes: number }
  | { readonly kind: 'entry'; readonly entry: TarEntry }

const MAX_EXTENSION_BYTES = 1024 * 1024
const EXTENSIONS = 'xXgLKN'
const OLD_FILE = '\0'
const TYPES: Readonly<Record<string, EntryType>> = {
  [OLD_FILE]: 'file',
  '0': 'file',
  '7': 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '3': 'character-device',
  '4': 'block-device',
  '5': 'directory',
  '6': 'fifo',
}
const NO_RECORDS: PaxRecords = new Map()

/** Takes headers and the contents of extension headers in order; keeps what applies to the next entry. */
export class TarEntryAssembler {
  readonly #hazards: HazardLog
  #extension: TarHeader | undefined
  #pax: PaxRecords | undefined
  #longName: string | undefined
  #longLink: string | undefined

  constructor(hazards: HazardLog) {
    this.#hazards = hazards
  }

  /** Throws PACKAGE_INVALID for a header that cannot be read. */
  header(block: Buffer): TarStep {
    const header = parseTarHeader(block, this.#hazards)
    if (!EXTENSIONS.includes(header.type)) return { kind: 'entry', entry: this.#entry(header) }
    if (header.size > MAX_EXTENSION_BYTES) {
      throw invalidPackage(
        'archive-tar-extension-size',
        'a tar extension header is larger than any reader takes',
      )
    }
    this.#extension = header
    if (header.name === '') this.#reportEmptyName('')
    // tar-stream writes a target into the pax headers of links, and node-tar lets it pass there.
    if (!'xg'.includes(header.type)) this.#checkLinkTarget('file', header.linkTarget, header.name)
    return { kind: 'extension', sizeBytes: header.size }
  }

  /** Content of the extension header that was announced last. */
  extension(content: Buffer): void {
    const type = this.#extension?.type
    if (type === 'g') this.#globalPax(content)
    else if (type === 'x' || type === 'X') this.#localPax(content, type)
    else if (type === 'L')
      this.#longName = this.#once('long name', this.#longName, decodeTarText(content).text)
    else if (type === 'K')
      this.#longLink = this.#once('long link', this.#longLink, decodeTarText(content).text)
    else this.#oddType('N', '')
  }

  /** To be called at the end: extension headers that apply to nothing. */
  end(): void {
    if (this.#pax === undefined && this.#longName === undefined && this.#longLink === undefined) return
    this.#hazards.report(
      'archive-tar-dangling-extension',
      'high',
      'the archive ends after an extension header',
    )
  }

  #entry(header: TarHeader): TarEntry {
    const pax = this.#pax ?? NO_RECORDS
    const path = this.#path(header, pax)
    const type = this.#type(header, path)
    const size = this.#size(header, pax, path)
    if (type !== 'file' && size > 0) this.#reportSizedNonFile(type, path)
    if ([...pax.keys()].some((key) => key.startsWith('GNU.sparse.'))) this.#reportSparse(path)
    const linkTarget = pax.get('linkpath') ?? this.#longLink ?? header.linkTarget
    this.#checkLinkTarget(type, linkTarget, path)
    this.#pax = this.#longName = this.#longLink = undefined
    return {
      path,
      type,
      sizeBytes: type === 'file' ? size : 0,
      mode: header.mode,
      uid: paxNumber(pax, 'uid') ?? header.uid,
      gid: paxNumber(pax, 'gid') ?? header.gid,
      owner: pax.get('uname') ?? header.owner,
      group: pax.get('gname') ?? header.group,
      mtime: paxNumber(pax, 'mtime') ?? header.mtime,
      ...(type === 'symlink' || type === 'hardlink' ? { linkTarget } : {}),
      pax,
    }
  }

  #path(header: TarHeader, pax: PaxRecords): string {
    const paxPath = pax.get('path')
    if (paxPath !== undefined && this.#longName !== undefined && paxPath !== this.#longName) {
      this.#reportTwoNames('a pax path and a GNU long name', paxPath)
    }
    const path = paxPath || this.#longName || header.name
    if (header.name === '' || paxPath === '' || this.#longName === '') this.#reportEmptyName(path)
    if (path === header.name && !header.nameIsUtf8) {
      this.#hazards.report('archive-name-encoding', 'low', 'a name that is not UTF-8', { file: path })
    }
    return path
  }

  // node-tar leaves out headers without a name of their own, extension headers too.
  #reportEmptyName(file: string): void {
    this.#hazards.report('archive-empty-path', 'critical', 'a header with an empty name', {
      file,
      detail: 'npm leaves such a header out, others give the entry another name or none.',
    })
  }

  // node-tar leaves out a file with a link target and a link without one; others unpack both.
  #checkLinkTarget(type: EntryType, linkTarget: string, file: string): void {
    const isLink = type === 'symlink' || type === 'hardlink'
    if (isLink === (linkTarget !== '')) return
    const title = isLink ? 'a link without a target' : `a ${type} with a link target`
    this.#hazards.report('archive-tar-link-target', 'critical', title, {
      file,
      detail: 'npm leaves such an entry out and other readers unpack it.',
    })
  }

  // Old archives mark directories by a slash at the end only (V7); with content, readers disagree.
  #type(header: TarHeader, path: string): EntryType {
    if (path.endsWith('/') && TYPES[header.type] === 'file') {
      if (header.type !== OLD_FILE || header.size > 0) {
        const severity = header.size === 0 ? 'low' : 'critical'
        this.#hazards.report('archive-tar-file-as-directory', severity, 'a file named as a directory', {
          file: path,
        })
      }
      if (header.size === 0) return 'directory'
    }
    const known = TYPES[header.type]
    if (known !== undefined) return known
    if (header.type === 'S') this.#reportSparse(path)
    else this.#oddType(header.type, path)
    return 'file'
  }

  #size(header: TarHeader, pax: PaxRecords, path: string): number {
    if (!pax.has('size')) return header.size
    const size = /^\d+$/.test(pax.get('size') ?? '') ? Number(pax.get('size')) : undefined
    if (size === undefined || !Number.isSafeInteger(size)) {
      throw invalidPackage('archive-tar-size', 'a pax header has a size that cannot be read', { file: path })
    }
    if (size !== header.size) {
      this.#hazards.report(
        'archive-tar-size-override',
        'critical',
        'pax and tar header give different sizes',
        {
          file: path,
          detail: `${header.size} in the header, ${size} in the pax record: a reader that ignores one of them sees other entries.`,
        },
      )
    }
    return size
  }

  #globalPax(content: Buffer): void {
    for (const key of parsePax(content, this.#hazards).keys()) {
      if (!isDecisive(key)) continue
      this.#hazards.report('archive-tar-global-override', 'critical', `a global pax header sets ${key}`, {
        detail: 'It would give every entry the same value; readers differ in whether they obey.',
      })
    }
  }

  #localPax(content: Buffer, type: string): void {
    if (type === 'X') this.#oddType(type, '')
    const records = parsePax(content, this.#hazards)
    if (this.#pax !== undefined) this.#reportTwoNames('two pax headers', records.get('path') ?? '')
    this.#pax = records
  }

  #once(what: string, former: string | undefined, value: string): string {
    if (former !== undefined && former !== value)
      this.#reportTwoNames(`two GNU headers with a ${what}`, value)
    return value
  }

  #reportTwoNames(what: string, file: string): void {
    this.#hazards.report('archive-tar-two-names', 'critical', `${what} for one entry`, {
      file,
      detail: 'Tar readers differ in which of the two counts.',
    })
  }

  #reportSizedNonFile(type: EntryType, file: string): void {
    this.#hazards.report('archive-tar-sized-nonfile', 'critical', `a ${type} that claims content`, {
      file,
      detail: 'Some readers skip that many bytes and others read them as the next header.',
    })
  }

  #reportSparse(file: string): void {
    this.#hazards.report('archive-tar-sparse', 'critical', 'a sparse file', {
      file,
      detail: 'Readers that do not know sparse files unpack other bytes than readers that do.',
    })
  }

  #oddType(type: string, file: string): void {
    const shown = /[!-~]/.test(type) ? type : `0x${type.charCodeAt(0).toString(16)}`
    this.#hazards.report('archive-tar-type', 'critical', `a tar entry of the unusual type ${shown}`, {
      file,
      detail: 'Some readers unpack such an entry as a file and others ignore it.',
    })
  }
}

function paxNumber(pax: PaxRecords, key: string): number | undefined {
  const text = pax.get(key)
  if (text === undefined || !/^-?\d+(\.\d*)?$/.test(text)) return undefined
  return Number(text)
}
