// What apk expects of the single entries of each member, and what it silently passes over.
import { createHash } from 'node:crypto'
import type { HazardLog } from '../../archive/hazards.ts'
import type { TarEntry } from '../../archive/tar.ts'
import type { PackageEntry } from '../../model/package-contents.ts'
import { SCRIPTS } from './hooks.ts'
import type { ApkRole } from './members.ts'

const CHECKSUM = 'APK-TOOLS.checksum.SHA1'
/** Name of an install script in packages older than the member layout; apk refuses it. */
const OLD_SCRIPT = '.INSTALL'
const PKGINFO = '.PKGINFO'

export class EntryChecks {
  readonly #hazards: HazardLog
  readonly #folders = new Set<string>(['', '.'])
  #pkgInfos = 0

  constructor(hazards: HazardLog) {
    this.#hazards = hazards
  }

  check(role: ApkRole, entry: PackageEntry, tar: TarEntry, sha1: string | undefined): void {
    if (entry.path === PKGINFO) this.#countPkgInfo(role)
    if (entry.path === OLD_SCRIPT)
      this.#critical('apk-old-script', 'an install script of the old form', entry)
    if (role === 'data') this.#checkData(entry, tar, sha1)
    else this.#checkMeta(role, entry)
  }

  #countPkgInfo(role: ApkRole): void {
    this.#pkgInfos += 1
    if (this.#pkgInfos === 1 && role === 'control') return
    this.#hazards.report(
      'apk-second-pkginfo',
      'critical',
      `a .PKGINFO in the ${role} member that is not the package's`,
      {
        file: PKGINFO,
        detail: 'One reader takes the first and another the last.',
      },
    )
  }

  /** To apk the control part ends at the first name without a dot: what follows is data that no hash covers. */
  #checkMeta(role: ApkRole, entry: PackageEntry): void {
    const isPlain =
      entry.archivePath.startsWith('.') && !entry.archivePath.includes('/') && entry.type === 'file'
    const isSignature = entry.archivePath.startsWith('.SIGN.')
    if (isPlain && isSignature === (role === 'signature')) return
    this.#critical(`apk-${role}-name`, `an entry that does not belong into the ${role} member`, entry)
  }

  #checkData(entry: PackageEntry, tar: TarEntry, sha1: string | undefined): void {
    if (entry.archivePath.startsWith('.') && entry.path !== '.') this.#reportDotName(entry)
    this.#checkFolder(entry)
    const content = entry.type === 'symlink' ? hashOf(entry.linkTarget ?? '') : sha1
    if (content === undefined) return
    const claimed = tar.pax.get(CHECKSUM)?.toLowerCase()
    if (claimed === undefined && entry.type === 'file') {
      this.#hazards.report('apk-no-checksum', 'medium', 'a file without a checksum in its header', {
        file: entry.path,
        detail: 'apk 3 refuses the package as obsolete; apk 2 installs the file unchecked.',
      })
    } else if (claimed !== undefined && claimed !== content) {
      this.#critical('apk-file-checksum', 'a file without the checksum that its header claims', entry)
    }
  }

  #reportDotName(entry: PackageEntry): void {
    if (entry.path === PKGINFO || entry.path === OLD_SCRIPT) return
    if (SCRIPTS.includes(entry.path)) {
      this.#critical('apk-script-in-data', 'an install script in the data member', entry)
      return
    }
    this.#hazards.report('apk-dotfile-in-data', 'high', 'a data entry whose name begins with a dot', {
      file: entry.path,
      detail: 'apk passes over it, tar unpacks it.',
    })
  }

  #checkFolder(entry: PackageEntry): void {
    if (entry.type === 'directory') this.#folders.add(entry.path)
    const folder = entry.path.slice(0, Math.max(0, entry.path.lastIndexOf('/')))
    if (this.#folders.has(folder)) return
    this.#folders.add(folder)
    this.#hazards.report('apk-no-directory-entry', 'medium', 'a file before the entry of its folder', {
      file: entry.path,
      detail: 'apk 3 refuses the package; the folder gets its owner and mode from nowhere.',
    })
  }

  #critical(rule: string, title: string, entry: PackageEntry): void {
    this.#hazards.report(rule, 'critical', title, { file: entry.archivePath })
  }
}

function hashOf(text: string): string {
  return createHash('sha1').update(text).digest('hex')
}
