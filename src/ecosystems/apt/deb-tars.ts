// Unpacks the tar members of a .deb into entries, and takes the MD5 of every file on the way for md5sums.
import type { Budget } from '../../archive/budget.ts'
import { readFileChunks } from '../../archive/byte-reader.ts'
import { collectTar } from '../../archive/collect-tar.ts'
import { decompress, reportDecompression } from '../../archive/decompress.ts'
import { EntryCollector, type ObserveContent } from '../../archive/entry-collector.ts'
import type { HazardLog } from '../../archive/hazards.ts'
import { cleanPath } from '../../archive/path-hazards.ts'
import type { PackageEntry } from '../../model/package-contents.ts'
import type { DebTar } from './members.ts'

export interface DebTarOptions {
  readonly budget: Budget
  readonly hazards: HazardLog
  readonly observe: ObserveContent
}

export class DebTars {
  /** MD5 by path of the files of data members; a hard link has that of its target. */
  readonly md5 = new Map<string, string>()
  readonly #location: string
  readonly #options: DebTarOptions
  readonly #collector: EntryCollector

  constructor(location: string, options: DebTarOptions) {
    const { budget, hazards, observe } = options
    this.#location = location
    this.#options = options
    this.#collector = new EntryCollector({ limits: budget.limits, hazards, observe, root: 'system' })
  }

  /** Throws PACKAGE_INVALID for damage and TOO_LARGE for a broken limit. */
  async read(tar: DebTar, kind: 'control' | 'data'): Promise<void> {
    const { budget, hazards } = this.#options
    const { offset, sizeBytes, name } = tar.member
    const packed = readFileChunks(this.#location, budget, { start: offset, end: offset + sizeBytes })
    const unpacked = decompress(packed, tar.compression, budget)
    const isControl = kind === 'control'
    await collectTar(unpacked, {
      budget,
      hazards,
      collector: this.#collector,
      member: kind,
      ...(isControl ? { folder: 'DEBIAN' } : { algorithm: 'md5' }),
      onEntry: (entry, _tar, digest) => {
        if (isControl) this.#checkControlEntry(entry)
        else this.#keepMd5(entry, digest)
      },
    })
    reportDecompression(unpacked.report, hazards, name)
  }

  /** To be called once, after the last member. */
  finish(): readonly PackageEntry[] {
    return this.#collector.finish()
  }

  #keepMd5(entry: PackageEntry, digest: string | undefined): void {
    const own = entry.type === 'hardlink' ? this.md5.get(cleanPath(entry.linkTarget ?? '')) : digest
    if (own !== undefined) this.md5.set(entry.path, own)
  }

  /** dpkg unpacks the control member flat into one folder; anything but a plain file there has no purpose. */
  #checkControlEntry(entry: PackageEntry): void {
    const isRoot = entry.type === 'directory' && entry.path === 'DEBIAN'
    if (isRoot || (entry.type === 'file' && !entry.path.slice('DEBIAN/'.length).includes('/'))) return
    this.#options.hazards.report('deb-control-entry', 'high', `a ${entry.type} in the control member`, {
      file: entry.path,
      detail: 'dpkg unpacks this member as root before it looks at anything.',
    })
  }
}
