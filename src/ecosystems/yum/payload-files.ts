// Holds every entry of the payload against the header's file list, both ways, and passes the files on.
import { createHash } from 'node:crypto'
import type { CpioEntry } from '../../archive/cpio.ts'
import { digesting } from '../../archive/digest-stream.ts'
import type { EntryCollector, EntryFacts } from '../../archive/entry-collector.ts'
import type { HazardLog } from '../../archive/hazards.ts'
import { decodeName } from '../../archive/name-bytes.ts'
import { cleanPath } from '../../archive/path-hazards.ts'
import { type RpmFile, typeOfMode } from './file-table.ts'

const MOST_LINK_BYTES = 64 * 1024

export class PayloadFiles {
  readonly #files: readonly RpmFile[]
  readonly #hash: string | undefined
  readonly #hazards: HazardLog
  readonly #collector: EntryCollector
  readonly #byPath = new Map<string, RpmFile>()
  /** Files of each group of hard links, in the header's order. */
  readonly #groups = new Map<string, RpmFile[]>()
  readonly #seen = new Set<RpmFile>()
  /** Members of a group that came without data; their data comes with the last one. */
  readonly #waiting: RpmFile[] = []
  /** Path of the file that brought the data of a group. */
  readonly #dataOf = new Map<string, string>()

  /** `hash`: algorithm of the header's per-file digests; undefined when it is unknown. */
  constructor(
    files: readonly RpmFile[],
    hash: string | undefined,
    hazards: HazardLog,
    collector: EntryCollector,
  ) {
    this.#files = files
    this.#hash = hash
    this.#hazards = hazards
    this.#collector = collector
    for (const file of files) this.#list(file)
  }

  /** Bytes of data that a stripped entry carries, which only the header tells. */
  sizeOf(number: number): number | undefined {
    const file = this.#files[number]
    if (!file) return undefined
    if (file.type !== 'file' && file.type !== 'symlink') return 0
    const group = this.#groups.get(file.node)
    const isLast = !group || group.length < 2 || group.at(-1) === file
    return isLast ? file.sizeBytes : 0
  }

  async take(entry: CpioEntry): Promise<void> {
    const file = this.#fileOf(entry)
    if (!file) return this.#takeUnknown(entry)
    if (this.#seen.has(file))
      this.#report('rpm-duplicate-payload-entry', 'a file that the payload has twice', file.path)
    this.#seen.add(file)
    this.#compareMode(file, entry)
    if (file.type === 'file') await this.#takeFile(file, entry)
    else await this.#takeOther(file, entry)
  }

  /** To be called after the last entry. */
  end(): void {
    for (const file of this.#waiting) this.#takeHardLink(file)
    for (const file of this.#files) {
      if (this.#seen.has(file) || file.isGhost) continue
      this.#hazards.report('rpm-file-missing', 'high', 'a file of the header that the payload lacks', {
        file: file.path,
      })
    }
  }

  #list(file: RpmFile): void {
    const path = trimRoot(file.path)
    if (this.#byPath.has(path))
      this.#report('rpm-duplicate-path', 'a path that the header lists twice', file.path)
    this.#byPath.set(path, file)
    if (file.type !== 'file' || file.isGhost) return
    const group = this.#groups.get(file.node)
    if (group) group.push(file)
    else this.#groups.set(file.node, [file])
  }

  #fileOf(entry: CpioEntry): RpmFile | undefined {
    if (entry.fileNumber !== undefined) return this.#files[entry.fileNumber]
    return this.#byPath.get(trimRoot(entry.name ?? ''))
  }

  /** rpm stops with an error at such an entry; tools that unpack the cpio alone write it. */
  async #takeUnknown(entry: CpioEntry): Promise<void> {
    const path = entry.name ?? ''
    this.#report('rpm-file-not-in-header', 'a payload entry that the header does not list', path)
    const mode = entry.fields?.mode ?? 0
    const meta: EntryFacts = {
      path: cleanPath(path),
      archivePath: path,
      type: typeOfMode(mode),
      mode: mode & 0o7777,
      sizeBytes: entry.sizeBytes,
      member: 'payload',
    }
    if (meta.type === 'file') await this.#collector.addStreamed(meta, entry.content)
    else this.#collector.add({ ...meta, sizeBytes: 0 })
  }

  async #takeFile(file: RpmFile, entry: CpioEntry): Promise<void> {
    const group = this.#groups.get(file.node) ?? []
    if (group.length > 1 && entry.sizeBytes === 0 && file.sizeBytes > 0) {
      this.#waiting.push(file)
      return
    }
    if (this.#dataOf.has(file.node) && entry.sizeBytes > 0) {
      this.#report('rpm-hardlink-data', 'hard links that bring data more than once', file.path)
    }
    this.#dataOf.set(file.node, file.path)
    if (entry.sizeBytes !== file.sizeBytes) {
      this.#report(
        'rpm-size-mismatch',
        `a file of ${entry.sizeBytes} bytes, of ${file.sizeBytes} in the header`,
        file.path,
      )
    }
    const hash = this.#hash ? createHash(this.#hash) : undefined
    const content = hash ? digesting(entry.content, [hash]) : entry.content
    await this.#collector.addStreamed({ ...factsOf(file), sizeBytes: entry.sizeBytes }, content)
    this.#compareDigest(file, hash?.digest('hex'))
  }

  #takeHardLink(file: RpmFile): void {
    const target = this.#dataOf.get(file.node)
    if (target === undefined) {
      this.#report('rpm-hardlink-missing', 'hard links of which none brings the data', file.path)
    }
    const link = target === undefined ? {} : { linkTarget: trimRoot(target) }
    this.#collector.add({ ...factsOf(file), type: 'hardlink', sizeBytes: 0, ...link })
  }

  async #takeOther(file: RpmFile, entry: CpioEntry): Promise<void> {
    if (file.type === 'symlink') await this.#compareLink(file, entry)
    else if (entry.sizeBytes > 0) this.#report('rpm-size-mismatch', `a ${file.type} with data`, file.path)
    this.#collector.add({ ...factsOf(file), sizeBytes: 0 })
  }

  async #compareLink(file: RpmFile, entry: CpioEntry): Promise<void> {
    const pieces: Uint8Array[] = []
    if (entry.sizeBytes <= MOST_LINK_BYTES) for await (const piece of entry.content) pieces.push(piece)
    const target = decodeName(Buffer.concat(pieces))
    if (target === file.linkTarget) return
    this.#report(
      'rpm-link-target',
      `a link to ${file.linkTarget} in the header and to ${target} in the payload`,
      file.path,
    )
  }

  /** rpm goes by the header; what unpacks the cpio alone goes by the entry. */
  #compareMode(file: RpmFile, entry: CpioEntry): void {
    if (!entry.fields) return
    const type = typeOfMode(entry.fields.mode)
    const mode = entry.fields.mode & 0o7777
    if (type === file.type && mode === file.mode) return
    const title = `${file.type} ${file.mode.toString(8)} in the header, ${type} ${mode.toString(8)} in the payload`
    const severity = type === file.type ? 'high' : 'critical'
    this.#hazards.report('rpm-mode-mismatch', severity, title, { file: file.path })
  }

  #compareDigest(file: RpmFile, found: string | undefined): void {
    if (file.digest === '' || found === undefined) {
      const title = 'a file whose digest the header does not have or does not say how to make'
      if (file.sizeBytes > 0)
        this.#hazards.report('rpm-file-digest-missing', 'medium', title, { file: file.path })
    } else if (file.digest.toLowerCase() !== found) {
      const detail = `The header says ${file.digest}, the payload has ${found}.`
      this.#hazards.report(
        'rpm-file-digest',
        'critical',
        'a file without the digest that the header claims',
        {
          file: file.path,
          detail,
        },
      )
    }
  }

  #report(rule: string, title: string, file: string): void {
    this.#hazards.report(rule, 'critical', title, { file })
  }
}

function factsOf(file: RpmFile): EntryFacts {
  return {
    path: cleanPath(file.path),
    // As rpm spells it in the payload: absolute in the header, below the current folder in the cpio.
    archivePath: file.path.startsWith('/') ? `.${file.path}` : file.path,
    type: file.type,
    mode: file.mode,
    sizeBytes: file.sizeBytes,
    member: 'payload',
    ...(file.owner === '' ? {} : { owner: file.owner }),
    ...(file.group === '' ? {} : { group: file.group }),
    ...(file.capabilities === '' ? {} : { capabilities: file.capabilities }),
    ...(file.type === 'symlink' ? { linkTarget: file.linkTarget } : {}),
  }
}

/** `./usr/a`, `/usr/a` and `usr/a` are one path to rpm. */
function trimRoot(path: string): string {
  return path.replace(/^\.?\/+/, '')
}
