// The entries of an npm tarball at the paths where clients install them.
import { Budget } from '../../archive/budget.ts'
import { collectCompressedTar, tarFacts } from '../../archive/compressed-tar.ts'
import { EntryCollector, type EntryFacts } from '../../archive/entry-collector.ts'
import type { HazardLog } from '../../archive/hazards.ts'
import { cleanPath } from '../../archive/path-hazards.ts'
import type { TarEntry } from '../../archive/tar.ts'
import type { PackageEntry } from '../../model/package-contents.ts'
import type { PackageFile, ReadOptions } from '../package-reader.ts'

/** Reads all entries. Throws PACKAGE_INVALID and TOO_LARGE like the readers of the archive. */
export async function readTarballEntries(
  file: PackageFile,
  options: ReadOptions,
  hazards: HazardLog,
): Promise<{ entries: readonly PackageEntry[]; unpackedBytes: number }> {
  const { limits, observe, signal } = options
  const budget = new Budget(limits, signal)
  const collector = new EntryCollector({ limits, hazards, observe, root: 'directory' })
  const folders = new Set<string>()
  const place = (entry: TarEntry) => placeEntry(entry, folders, hazards)
  await collectCompressedTar(file.location, file.sizeBytes, {
    compression: 'gzip',
    budget,
    hazards,
    collector,
    place,
  })
  if (folders.size > 1) {
    hazards.report('npm-several-folders', 'low', `${folders.size} top folders, laid over each other`, {
      snippet: [...folders].slice(0, 5).join(', '),
    })
  }
  return { entries: collector.finish(), unpackedBytes: collector.unpackedBytes }
}

// npm and the others drop the first part of every path whatever its name (tar's `strip: 1`).
function placeEntry(entry: TarEntry, folders: Set<string>, hazards: HazardLog): EntryFacts | undefined {
  const slash = entry.path.indexOf('/')
  const path = cleanPath(entry.path.slice(slash + 1))
  if (entry.type === 'directory' && (slash < 0 || path === '')) return undefined
  if (slash < 0) {
    hazards.report('npm-file-without-folder', 'medium', 'an entry outside the folder of the package', {
      file: entry.path,
      detail: 'npm drops the first part of every path and with it this entry; other clients keep it.',
    })
  } else {
    folders.add(entry.path.slice(0, slash))
  }
  if (entry.type === 'symlink' || entry.type === 'hardlink') {
    hazards.report('npm-link', 'medium', 'a link in an npm package', {
      file: entry.path,
      detail: 'npm leaves links out when it unpacks, so that other clients may see more than npm.',
    })
  }
  return tarFacts(entry, path, 'package')
}
