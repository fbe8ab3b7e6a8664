// The entries of an sdist, a tar in any of four compressions or a zip, without the folder that all of them lie in.
import { readFile } from 'node:fs/promises'
import { Budget } from '../../archive/budget.ts'
import { readFileChunks } from '../../archive/byte-reader.ts'
import { collectCompressedTar, tarFacts } from '../../archive/compressed-tar.ts'
import { type Compression, detectCompression } from '../../archive/decompress.ts'
import { EntryCollector } from '../../archive/entry-collector.ts'
import type { HazardLog } from '../../archive/hazards.ts'
import { openHeldFile } from '../../archive/held-file.ts'
import { cleanPath } from '../../archive/path-hazards.ts'
import { openRandomAccess } from '../../archive/random-access.ts'
import { invalidPackage } from '../../archive/refusal.ts'
import { readZip } from '../../archive/zip.ts'
import type { PackageFile, ReadOptions } from '../package-reader.ts'

const COMPRESSIONS: readonly (readonly [RegExp, Compression])[] = [
  [/\.(?:tar\.gz|tgz)$/, 'gzip'],
  [/\.tar\.bz2$/, 'bzip2'],
  [/\.tar\.xz$/, 'xz'],
]
const ZIP_END = Buffer.from('504b0506', 'hex')
const ZIP_DIRECTORY = Buffer.from('504b0102', 'hex')
const ZIP_END_BYTES = 22
const ZIP_TAIL_BYTES = 65_535 + ZIP_END_BYTES

/** Reads all entries. Throws PACKAGE_INVALID for damage or a compression that the name does not say, TOO_LARGE for limits. */
export async function readSdistEntries(
  file: PackageFile,
  options: ReadOptions,
  hazards: HazardLog,
): Promise<EntryCollector> {
  const { limits, observe, signal } = options
  const budget = new Budget(limits, signal)
  const collector = new EntryCollector({ limits, hazards, observe, root: 'directory' })
  const folder = new TopFolder()
  if (/\.zip$/.test(file.fileName)) await collectZip(file, { budget, hazards, collector, folder })
  else {
    const compression = await compressionOf(file)
    await reportHiddenZip(file, hazards)
    const place = (entry: Parameters<typeof tarFacts>[0]) => {
      const path = folder.strip(cleanPath(entry.path))
      return path === '' ? undefined : tarFacts(entry, path, 'sdist')
    }
    await collectCompressedTar(file.location, file.sizeBytes, {
      compression,
      budget,
      hazards,
      collector,
      place,
    })
  }
  folder.report(hazards)
  return collector
}

interface ZipTarget {
  readonly budget: Budget
  readonly hazards: HazardLog
  readonly collector: EntryCollector
  readonly folder: TopFolder
}

async function collectZip(
  file: PackageFile,
  { budget, hazards, collector, folder }: ZipTarget,
): Promise<void> {
  const archive = await openHeldFile(file.location, file.sizeBytes)
  try {
    for await (const { entry, content } of readZip(archive, { budget, hazards })) {
      const path = folder.strip(cleanPath(entry.path))
      if (path === '') continue
      const facts = { ...entry, path, archivePath: entry.path, member: 'sdist' }
      if (content === undefined) collector.add(facts)
      else if (Buffer.isBuffer(content)) collector.addHeld(facts, content)
      else await collector.addStreamed(facts, content)
    }
  } finally {
    await archive.close()
  }
}

/** Installers drop the one folder that everything lies in; what lies beside it stays where it is and is a finding. */
class TopFolder {
  #name: string | undefined
  readonly #others = new Set<string>()

  strip(path: string): string {
    const slash = path.indexOf('/')
    const top = slash < 0 ? path : path.slice(0, slash)
    this.#name ??= top
    if (top === this.#name) return slash < 0 ? '' : path.slice(slash + 1)
    this.#others.add(top)
    return path
  }

  report(hazards: HazardLog): void {
    if (this.#others.size === 0) return
    hazards.report('sdist-several-folders', 'medium', 'more than one entry at the top of the sdist', {
      snippet: [...this.#others].slice(0, 5).join(', '),
      detail: 'Installers differ in what they take for the root of the project.',
    })
  }
}

async function compressionOf(file: PackageFile): Promise<Compression> {
  const expected = COMPRESSIONS.find(([name]) => name.test(file.fileName))?.[1]
  const found = detectCompression(await firstBytes(file.location))
  if (expected !== undefined && expected === found) return expected
  throw invalidPackage('sdist-compression', 'the file is not compressed the way its name says', {
    expected: expected ?? 'unknown',
    found: found ?? 'unknown',
  })
}

async function firstBytes(location: string): Promise<Buffer> {
  for await (const chunk of readFileChunks(location, undefined, { end: 6 })) return chunk
  return Buffer.alloc(0)
}

// pip asks whether a file is a zip whatever its name, and Python finds a zip by its end: a tar can be both.
async function reportHiddenZip(file: PackageFile, hazards: HazardLog): Promise<void> {
  const tail = await readTail(file)
  for (let at = tail.lastIndexOf(ZIP_END); at >= 0; at = at === 0 ? -1 : tail.lastIndexOf(ZIP_END, at - 1)) {
    if (at + ZIP_END_BYTES > tail.length) continue
    const directoryBytes = tail.readUInt32LE(at + 12)
    const start = at - directoryBytes
    const isDirectory = start >= 0 && tail.subarray(start, start + 4).equals(ZIP_DIRECTORY)
    if (directoryBytes !== 0 && start >= 0 && !isDirectory) continue
    hazards.report('sdist-hidden-zip', 'critical', 'the end of a zip file inside a tar file', {
      detail: 'pip unpacks such a file as the zip, other installers as the tar.',
    })
    return
  }
}

async function readTail(file: PackageFile): Promise<Buffer> {
  if (file.sizeBytes <= ZIP_TAIL_BYTES) return readFile(file.location)
  const archive = await openRandomAccess(file.location)
  try {
    return await archive.read(archive.sizeBytes - ZIP_TAIL_BYTES, ZIP_TAIL_BYTES)
  } finally {
    await archive.close()
  }
}
