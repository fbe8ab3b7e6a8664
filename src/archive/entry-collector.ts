// Turns the entries of any container into PackageEntry: hashed, retained within limits, large files shown to observers.
import { createHash, hash } from 'node:crypto'
import type { Finding } from '../model/finding.ts'
import type { ReadLimits } from '../model/limits.ts'
import type { PackageEntry } from '../model/package-contents.ts'
import { ColdContents } from './cold-contents.ts'
import type { HazardLog } from './hazards.ts'
import { type PathRoot, reportPath } from './path-hazards.ts'
import { reportTree } from './tree-hazards.ts'

/** An entry before its content was read. */
export type EntryFacts = Omit<PackageEntry, 'sha256' | 'content' | 'head' | 'tail'>

/** Shown every file over the retention limit; same shape as the package reader's `ObserveLargeFile`. */
export type ObserveContent = (entry: Pick<PackageEntry, 'path' | 'sizeBytes' | 'mode' | 'member'>) => {
  chunk(bytes: Uint8Array): void
  end(): Finding[]
}

export interface CollectorOptions {
  readonly limits: ReadLimits
  readonly hazards: HazardLog
  readonly observe: ObserveContent
  readonly root: PathRoot
}

/** Takes a file's content piece by piece. */
export interface ContentSink {
  write(piece: Uint8Array): void
  end(): PackageEntry
}

const EDGE_BYTES = 64 * 1024
/** What says which package it is often comes last in the archive, after everything else has filled the room. */
const DESCRIPTION =
  /^[^/]+\.dist-info\/[^/]+$|^(?:[^/]+\/)?(?:package\.json|PKG-INFO|pyproject\.toml|setup\.(?:py|cfg))$/
/** Filling an archive with other things must not keep its code from being read. */
const CODE = /\.(?:[cm]?jsx?|[cm]?tsx?|pyw?|pth|sh|ps1|bat|cmd|gyp)$/i
const SMALL_BYTES = 1024 * 1024
const FAVOURED_BYTES = 64 * 1024 * 1024
/** Contents are kept as they are up to here, and compressed beyond: most packages are smaller. */
const WARM_BYTES = 32 * 1024 * 1024
/** Spare bytes that decoders ask for beside a content. */
const VIEW_MARGIN = 4096

export class EntryCollector {
  readonly entries: PackageEntry[] = []
  readonly #options: CollectorOptions
  readonly #cold = new ColdContents()
  #warm = 0
  #retained = 0
  #unpacked = 0

  constructor(options: CollectorOptions) {
    this.#options = options
  }

  /** Content bytes of all files so far. */
  get unpackedBytes(): number {
    return this.#unpacked
  }

  /** An entry that has no content: directory, link, device. */
  add(facts: EntryFacts): PackageEntry {
    return this.#keep(facts)
  }

  /** A file whose content is in memory. It is kept as it is, not copied. */
  addHeld(facts: EntryFacts, content: Uint8Array): PackageEntry {
    const sha256 = hash('sha256', content, 'hex')
    this.#unpacked += content.length
    if (this.#mayRetain(content.length, facts)) {
      this.#retained += content.length
      return this.#retain({ ...facts, sha256 }, content)
    }
    const observer = this.#options.observe(facts)
    observer.chunk(content)
    this.#options.hazards.add(observer.end())
    const head = Buffer.from(content.subarray(0, EDGE_BYTES))
    const tail = Buffer.from(content.subarray(Math.max(0, content.length - EDGE_BYTES)))
    return this.#keep({ ...facts, sha256, head, tail })
  }

  /** A file whose content comes in pieces. */
  async addStreamed(facts: EntryFacts, pieces: AsyncIterable<Uint8Array>): Promise<PackageEntry> {
    const sink = this.open(facts)
    for await (const piece of pieces) sink.write(piece)
    return sink.end()
  }

  /** Like `addStreamed` for a caller that pushes. `facts.sizeBytes` decides whether the content is retained. */
  open(facts: EntryFacts): ContentSink {
    const retain = this.#mayRetain(facts.sizeBytes, facts)
    if (retain) this.#retained += facts.sizeBytes
    const content = retain
      ? new RetainedContent(facts.sizeBytes)
      : new PassingContent(this.#options.observe(facts))
    const digest = createHash('sha256')
    return {
      write: (piece) => {
        this.#unpacked += piece.length
        digest.update(piece)
        content.write(piece)
      },
      end: () => {
        const { findings, content: whole, ...ends } = content.end()
        this.#options.hazards.add(findings)
        const kept = { ...facts, sha256: digest.digest('hex'), ...ends }
        return whole === undefined ? this.#keep(kept) : this.#retain(kept, whole)
      },
    }
  }

  /** All entries; reports what is wrong with their paths together. To be called once, at the end. */
  finish(): readonly PackageEntry[] {
    reportTree(this.entries, this.#options.root, this.#options.hazards)
    return this.entries
  }

  #mayRetain(bytes: number, { archivePath }: EntryFacts): boolean {
    const { retainFileBytes, retainTotalBytes } = this.#options.limits
    if (bytes > retainFileBytes) return false
    const isFavoured = DESCRIPTION.test(archivePath) || (bytes <= SMALL_BYTES && CODE.test(archivePath))
    return this.#retained + bytes <= retainTotalBytes + (isFavoured ? FAVOURED_BYTES : 0)
  }

  /** A view of something larger is kept as it is: compressing it would free nothing. */
  #retain(entry: PackageEntry, content: Uint8Array): PackageEntry {
    const isView = content.buffer.byteLength > content.length + VIEW_MARGIN
    const unpack = isView || this.#warm < WARM_BYTES ? undefined : this.#cold.pack(content)
    if (unpack === undefined) {
      this.#warm += content.length
      return this.#keep({ ...entry, content })
    }
    return this.#keep({
      ...entry,
      get content() {
        return unpack()
      },
    })
  }

  #keep(entry: PackageEntry): PackageEntry {
    reportPath(entry.archivePath, this.#options.root, this.#options.hazards)
    if (entry.path === '' && entry.type !== 'directory') {
      this.#options.hazards.report('archive-empty-path', 'critical', `a ${entry.type} without a name`)
    }
    this.entries.push(entry)
    return entry
  }
}

interface FinishedContent {
  readonly content?: Uint8Array
  readonly head?: Uint8Array
  readonly tail?: Uint8Array
  readonly findings: Finding[]
}

class RetainedContent {
  readonly #bytes: Buffer
  #used = 0

  constructor(sizeBytes: number) {
    this.#bytes = Buffer.allocUnsafeSlow(sizeBytes)
  }

  write(piece: Uint8Array): void {
    this.#bytes.set(piece, this.#used)
    this.#used += piece.length
  }

  end(): FinishedContent {
    return { content: this.#bytes.subarray(0, this.#used), findings: [] }
  }
}

class PassingContent {
  readonly #observer: ReturnType<ObserveContent>
  readonly #head: Buffer = Buffer.allocUnsafeSlow(EDGE_BYTES)
  #headUsed = 0
  #last: Uint8Array[] = []
  #lastBytes = 0

  constructor(observer: ReturnType<ObserveContent>) {
    this.#observer = observer
  }

  write(piece: Uint8Array): void {
    this.#observer.chunk(piece)
    if (this.#headUsed < EDGE_BYTES) {
      const part = piece.subarray(0, EDGE_BYTES - this.#headUsed)
      this.#head.set(part, this.#headUsed)
      this.#headUsed += part.length
    }
    this.#last.push(piece)
    this.#lastBytes += piece.length
    while (this.#last[0] !== undefined && this.#lastBytes - this.#last[0].length >= EDGE_BYTES) {
      this.#lastBytes -= this.#last[0].length
      this.#last.shift()
    }
  }

  end(): FinishedContent {
    const last = Buffer.concat(this.#last)
    const tail = Buffer.from(last.subarray(Math.max(0, last.length - EDGE_BYTES)))
    return { head: this.#head.subarray(0, this.#headUsed), tail, findings: this.#observer.end() }
  }
}
