// Reads an sdist: a source tree that installers build, running its code, whenever no wheel fits.
//
//   {name}-{version}/PKG-INFO         metadata
//   {name}-{version}/pyproject.toml   build backend and what it needs
//   {name}-{version}/setup.py         runs at build, and for metadata alone
import { HazardLog } from '../../archive/hazards.ts'
import type { PackageContents, PackageEntry } from '../../model/package-contents.ts'
import type { PackageFile, ReadOptions } from '../package-reader.ts'
import { buildDependencies, buildHooks, readBuildSystem } from './build-hooks.ts'
import {
  declaredBy,
  type Headers,
  headerList,
  headersAsJson,
  parseHeaders,
  requirement,
} from './core-metadata.ts'
import { entryPointFiles, importTimeFiles, reportStartupFiles } from './import-time.ts'
import { SourceTree } from './python-reach.ts'
import { readSdistEntries } from './sdist-entries.ts'

const EGG_INFO = /^(?:src\/)?[^/]+\.egg-info\/PKG-INFO$/

/** Throws PACKAGE_INVALID for damage and TOO_LARGE for a broken limit. A missing PKG-INFO leaves name and version undeclared. */
export async function readSdist(file: PackageFile, options: ReadOptions): Promise<PackageContents> {
  const hazards = new HazardLog()
  const collector = await readSdistEntries(file, options, hazards)
  const entries = collector.finish()
  const tree = new SourceTree(entries)
  const metadata = readMetadata(entries, tree, hazards)
  const system = readBuildSystem(tree, hazards)
  reportStartupFiles(entries, hazards, 'medium')
  return {
    type: 'pypi',
    format: 'sdist',
    ...(file.claim ? { claim: file.claim } : {}),
    digests: file.digests,
    sizeBytes: file.sizeBytes,
    declared: declaredBy(metadata, headersAsJson(metadata)),
    entries,
    hooks: buildHooks(system, tree),
    dependencies: [
      ...headerList(metadata, 'Requires-Dist').flatMap((line) => requirement(line, 'runtime') ?? []),
      ...buildDependencies(system),
    ],
    entryPoints: sdistEntryPoints(entries, tree),
    readerFindings: hazards.findings,
    unpackedBytes: collector.unpackedBytes,
  }
}

// Old tools wrote PKG-INFO only into the .egg-info folder.
function readMetadata(entries: readonly PackageEntry[], tree: SourceTree, hazards: HazardLog): Headers {
  const path = tree.has('PKG-INFO') ? 'PKG-INFO' : entries.find((entry) => EGG_INFO.test(entry.path))?.path
  const text = path === undefined ? undefined : tree.text(path)
  if (path !== undefined && text !== undefined) return parseHeaders(text, path, hazards)
  hazards.report('sdist-metadata-missing', 'medium', 'the sdist has no PKG-INFO', {
    detail: 'Its name and version are known only after its code has run.',
  })
  return new Map()
}

function sdistEntryPoints(entries: readonly PackageEntry[], tree: SourceTree): string[] {
  const infos = entries.filter(({ path }) => /\.egg-info\/entry_points\.txt$/.test(path))
  const declared = infos.flatMap(({ path }) => entryPointFiles(tree.text(path) ?? '', entries))
  const importable = importTimeFiles(entries, ['', 'src/']).filter((path) => path !== 'setup.py')
  return [...new Set([...importable, ...declared])]
}
