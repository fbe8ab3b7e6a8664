// Passes every entry of a streamed tar on to the collector, with a further digest of each file where a format has its own.
import { createHash } from 'node:crypto'
import type { PackageEntry } from '../model/package-contents.ts'
import type { Budget } from './budget.ts'
import { ByteReader, type ByteSource } from './byte-reader.ts'
import { digesting } from './digest-stream.ts'
import type { EntryCollector, EntryFacts } from './entry-collector.ts'
import type { HazardLog } from './hazards.ts'
import { cleanPath } from './path-hazards.ts'
import { readTar, type TarEntry } from './tar.ts'

export interface CollectTarOptions {
  readonly budget: Budget
  readonly hazards: HazardLog
  readonly collector: EntryCollector
  /** Name of the member that the tar is, see PackageEntry. */
  readonly member: string
  /** Folder put before every path, for files that are not laid down in the system. */
  readonly folder?: string
  readonly endBlocks?: boolean
  /** Hash algorithm of `digest` below. */
  readonly algorithm?: string
  /** Told of every entry in order; `digest` is that of a file's content, hex, when an algorithm is given. */
  readonly onEntry?: (entry: PackageEntry, tar: TarEntry, digest: string | undefined) => void
}

export interface CollectedTar {
  /** Whether anything, if only zero blocks, follows the last entry. */
  readonly hasEndBlocks: boolean
}

/** Throws as `readTar` does; lets go of the source in any case. */
export async function collectTar(
  source: ByteSource | ByteReader,
  options: CollectTarOptions,
): Promise<CollectedTar> {
  const reader = source instanceof ByteReader ? source : new ByteReader(source)
  try {
    return await collectEntries(reader, options)
  } finally {
    await reader.close()
  }
}

async function collectEntries(reader: ByteReader, options: CollectTarOptions): Promise<CollectedTar> {
  const { budget, hazards, endBlocks = true } = options
  let lastEnd = 0
  for await (const { entry, content } of readTar(reader, { budget, hazards, endBlocks })) {
    lastEnd = reader.position + Math.ceil(entry.sizeBytes / 512) * 512
    const { kept, digest } = await collectEntry(entry, content, options)
    options.onEntry?.(kept, entry, digest)
  }
  return { hasEndBlocks: reader.position > lastEnd }
}

async function collectEntry(
  entry: TarEntry,
  content: AsyncIterable<Buffer>,
  options: CollectTarOptions,
): Promise<{ kept: PackageEntry; digest: string | undefined }> {
  const facts = factsOf(entry, options)
  if (entry.type !== 'file') return { kept: options.collector.add(facts), digest: undefined }
  const digest = options.algorithm ? createHash(options.algorithm) : undefined
  const pieces = digest ? digesting(content, [digest]) : content
  const kept = await options.collector.addStreamed(facts, pieces)
  return { kept, digest: digest?.digest('hex') }
}

function factsOf(entry: TarEntry, { member, folder }: CollectTarOptions): EntryFacts {
  const capabilities = entry.pax.get('SCHILY.xattr.security.capability')
  return {
    path: pathOf(entry, folder),
    archivePath: entry.path,
    type: entry.type,
    sizeBytes: entry.sizeBytes,
    mode: entry.mode,
    uid: entry.uid,
    gid: entry.gid,
    member,
    ...(entry.owner === '' ? {} : { owner: entry.owner }),
    ...(entry.group === '' ? {} : { group: entry.group }),
    ...(entry.linkTarget === undefined ? {} : { linkTarget: entry.linkTarget }),
    ...(capabilities === undefined
      ? {}
      : { capabilities: Buffer.from(capabilities, 'latin1').toString('hex') }),
  }
}

/** The archive's own root is `.`. */
function pathOf(entry: TarEntry, folder: string | undefined): string {
  const path = cleanPath(entry.path)
  if (folder === undefined) return path === '' ? '.' : path
  return path === '' ? folder : `${folder}/${path}`
}
