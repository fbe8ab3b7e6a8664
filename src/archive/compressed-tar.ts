// A compressed tar file on disk as collected entries: small gzip files in memory, all others streamed.
import { readFile } from 'node:fs/promises'
import type { Budget } from './budget.ts'
import { ByteReader, readFileChunks } from './byte-reader.ts'
import { type Compression, decompress, reportDecompression } from './decompress.ts'
import type { EntryCollector, EntryFacts } from './entry-collector.ts'
import type { HazardLog } from './hazards.ts'
import { readTar, type TarEntry, walkTar } from './tar.ts'
import { gunzipWhole } from './whole-gunzip.ts'

export interface CompressedTarOptions {
  readonly compression: Compression
  readonly budget: Budget
  readonly hazards: HazardLog
  readonly collector: EntryCollector
  /** Where the client puts an entry, and what else the format knows of it; undefined leaves it out (a folder above all files). */
  readonly place: (entry: TarEntry) => EntryFacts | undefined
}

const MAX_HELD_FILE_BYTES = 32 * 1024 * 1024
const MAX_HELD_TAR_BYTES = 64 * 1024 * 1024

/** Reads a whole file. Throws PACKAGE_INVALID for damage and TOO_LARGE for a broken limit. */
export async function collectCompressedTar(
  location: string,
  sizeBytes: number,
  options: CompressedTarOptions,
): Promise<void> {
  if (options.compression === 'gzip' && sizeBytes <= MAX_HELD_FILE_BYTES) {
    const { limits } = options.budget
    const most = Math.max(limits.ratioGraceBytes, sizeBytes * limits.maxRatio)
    const maxBytes = Math.min(MAX_HELD_TAR_BYTES, limits.maxUnpackedBytes, most)
    const tar = await gunzipWhole(await readFile(location), options.budget, maxBytes)
    if (tar !== undefined) return collectHeld(tar, options)
  }
  return collectStreamed(location, options)
}

function collectHeld(tar: Buffer, { budget, hazards, collector, place }: CompressedTarOptions): void {
  for (const { entry, content } of walkTar(tar, { budget, hazards })) {
    const facts = place(entry)
    if (facts === undefined) continue
    if (entry.type === 'file') collector.addHeld(facts, content)
    else collector.add(facts)
  }
}

async function collectStreamed(location: string, options: CompressedTarOptions): Promise<void> {
  const { compression, budget, hazards, collector, place } = options
  const source = new ByteReader(readFileChunks(location, budget))
  const unpacked = decompress(source, compression, budget)
  const tar = new ByteReader(unpacked)
  try {
    for await (const { entry, content } of readTar(tar, { budget, hazards })) {
      const facts = place(entry)
      if (facts === undefined) continue
      if (entry.type === 'file') await collector.addStreamed(facts, content)
      else collector.add(facts)
    }
  } finally {
    await tar.close()
    await source.close()
  }
  reportDecompression(unpacked.report, hazards)
}

/** What every tar says of an entry, at the path where the client puts it. */
export function tarFacts(entry: TarEntry, path: string, member: string): EntryFacts {
  const { type, sizeBytes, mode, uid, gid, owner, group, linkTarget } = entry
  return {
    path,
    archivePath: entry.path,
    type,
    sizeBytes,
    mode,
    uid,
    gid,
    ...(owner === '' ? {} : { owner }),
    ...(group === '' ? {} : { group }),
    ...(linkTarget === undefined ? {} : { linkTarget }),
    member,
  }
}
