// Strict tar reader: entries in order with their content, everything that two readers could see differently reported.
import type { Budget } from './budget.ts'
import { type ByteReader, type ByteSource, ByteReader as Reader } from './byte-reader.ts'
import type { HazardLog } from './hazards.ts'
import { invalidPackage } from './refusal.ts'
import { type TarEntry, TarEntryAssembler } from './tar-entry.ts'
import { BLOCK_BYTES, isZeroBlock } from './tar-header.ts'

export type { TarEntry } from './tar-entry.ts'

export interface TarOptions {
  readonly budget: Budget
  readonly hazards: HazardLog
  /** Whether the archive must end with two zero blocks; apk's signature and control members have none. Default true. */
  readonly endBlocks?: boolean
}

export interface StreamedTarEntry {
  readonly entry: TarEntry
  /** Content in pieces; what is not read is skipped. Valid until the next entry is asked for. */
  readonly content: AsyncIterable<Buffer>
}

export interface HeldTarEntry {
  readonly entry: TarEntry
  /** Content as a view of the archive's memory. */
  readonly content: Buffer
}

/** Entries of a streamed archive. Throws PACKAGE_INVALID for damage and TOO_LARGE for a broken limit. */
export async function* readTar(
  source: ByteSource | ByteReader,
  options: TarOptions,
): AsyncGenerator<StreamedTarEntry> {
  const reader = source instanceof Reader ? source : new Reader(source)
  const assembler = new TarEntryAssembler(options.hazards)
  const end = new EndOfArchive(options)
  for (let block = await nextBlock(reader); block !== undefined; block = await nextBlock(reader)) {
    const place = end.look(block)
    if (place === 'end') break
    if (place === 'zero block') continue
    const step = assembler.header(block)
    if (step.kind === 'extension') {
      assembler.extension(await reader.read(step.sizeBytes))
      await reader.skip(padding(step.sizeBytes))
      continue
    }
    const { entry } = step
    options.budget.entry(Buffer.byteLength(entry.path))
    const before = reader.position
    yield { entry, content: reader.take(entry.sizeBytes) }
    await reader.skip(before + entry.sizeBytes - reader.position)
    await skipPadding(reader, entry.sizeBytes)
  }
  assembler.end()
  for await (const piece of reader.rest()) end.trailing(piece)
  end.report()
}

/** Entries of an archive that is in memory; same checks and errors as `readTar`, no promise on the way. */
export function* walkTar(archive: Buffer, options: TarOptions): Generator<HeldTarEntry> {
  const assembler = new TarEntryAssembler(options.hazards)
  const end = new EndOfArchive(options)
  let at = 0
  const take = (count: number): Buffer => {
    if (at + count > archive.length) throw cutOff()
    at += count
    return archive.subarray(at - count, at)
  }
  while (at < archive.length) {
    const left = archive.length - at
    const block = left < BLOCK_BYTES ? wholeBlock(archive.subarray(at)) : take(BLOCK_BYTES)
    if (left < BLOCK_BYTES) at = archive.length
    const place = block === undefined ? 'end' : end.look(block)
    if (block === undefined || place === 'end') break
    if (place === 'zero block') continue
    const step = assembler.header(block)
    if (step.kind === 'extension') assembler.extension(take(step.sizeBytes))
    else options.budget.entry(Buffer.byteLength(step.entry.path))
    const size = step.kind === 'extension' ? step.sizeBytes : step.entry.sizeBytes
    if (step.kind === 'entry') yield { entry: step.entry, content: take(size) }
    at = Math.min(archive.length, at + padding(size))
  }
  assembler.end()
  end.trailing(archive.subarray(at))
  end.report()
}

/** Two zero blocks end an archive; what comes between or after them is where readers part ways. */
class EndOfArchive {
  readonly #options: TarOptions
  #zeroBlocks = 0
  #trailing = 0

  constructor(options: TarOptions) {
    this.#options = options
  }

  /** The second zero block in a row is the end. A lone one is passed over by node-tar and ends Python's reading. */
  look(block: Buffer): 'entry' | 'zero block' | 'end' {
    if (isZeroBlock(block)) {
      this.#zeroBlocks += 1
      return this.#zeroBlocks >= 2 ? 'end' : 'zero block'
    }
    if (this.#zeroBlocks === 1) {
      this.#options.hazards.report(
        'archive-tar-lone-zero-block',
        'critical',
        'entries after a single zero block',
        {
          detail: 'Some readers stop at the first zero block and others go on.',
        },
      )
    }
    this.#zeroBlocks = 0
    return 'entry'
  }

  trailing(bytes: Buffer): void {
    const from = bytes.findIndex((byte) => byte !== 0)
    if (from >= 0) this.#trailing += bytes.length - from
  }

  report(): void {
    const { hazards, endBlocks = true } = this.#options
    if (this.#trailing > 0) {
      hazards.report('archive-trailing-data', 'critical', 'data after the end of the tar archive', {
        detail: 'A reader that does not stop at the end blocks sees entries that others do not.',
      })
    }
    if (endBlocks && this.#zeroBlocks < 2) {
      hazards.report('archive-tar-no-end', 'low', 'the tar archive has no end blocks')
    }
  }
}

async function nextBlock(reader: ByteReader): Promise<Buffer | undefined> {
  const ready = reader.readNow(BLOCK_BYTES)
  if (ready !== undefined) return ready
  const block = await reader.peek(BLOCK_BYTES)
  if (block.length < BLOCK_BYTES) return wholeBlock(await reader.read(block.length))
  return reader.read(BLOCK_BYTES)
}

// A last piece shorter than a block: zero filling is an end, anything else a cut-off header.
function wholeBlock(piece: Buffer): Buffer | undefined {
  if (piece.length === 0) return undefined
  if (piece.every((byte) => byte === 0)) return undefined
  throw cutOff()
}

function cutOff(): Error {
  return invalidPackage('archive-truncated', 'the tar archive ends within an entry')
}

/** Filling up to the next block; the last entry's may be missing, which no reader minds. */
async function skipPadding(reader: ByteReader, size: number): Promise<void> {
  const count = padding(size)
  if (reader.readNow(count) !== undefined) return
  const there = await reader.peek(count)
  await reader.skip(there.length)
}

function padding(size: number): number {
  return (BLOCK_BYTES - (size % BLOCK_BYTES)) % BLOCK_BYTES
}
