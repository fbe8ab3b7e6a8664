// Reads an npm tarball: a gzipped tar whose first path part every client drops, with package.json as its manifest.
//
//   package/package.json   manifest: name, version, scripts, dependencies
//   package/binding.gyp    builds native code at install when no script says otherwise
//   package/node_modules/  bundled dependencies, whose install scripts run too
import { HazardLog } from '../../archive/hazards.ts'
import { invalidPackage } from '../../archive/refusal.ts'
import type { JsonObject } from '../../model/claim.ts'
import type { PackageContents } from '../../model/package-contents.ts'
import type { PackageFile, PackageReader, ReadOptions } from '../package-reader.ts'
import { npmDependencies } from './dependencies.ts'
import { npmEntryPoints } from './entry-points.ts'
import { npmHooks } from './hooks.ts'
import { declaredBy, parseManifest, readManifest } from './manifest.ts'
import { PackageTree } from './module-resolution.ts'
import { readTarballEntries } from './tarball-entries.ts'

const SHRINKWRAP = 'npm-shrinkwrap.json'

export const npmPackageReader: PackageReader = {
  formats: ['npm-tgz'],
  accepts: (fileName) => /\.(?:tgz|tar\.gz)$/.test(fileName),
  readPackage,
}

async function readPackage(file: PackageFile, options: ReadOptions): Promise<PackageContents> {
  const hazards = new HazardLog()
  const { entries, unpackedBytes } = await readTarballEntries(file, options, hazards)
  const manifest = readManifest(entries, hazards)
  const tree = new PackageTree(entries)
  reportConfiguration(tree, hazards)
  return {
    type: 'npm',
    format: 'npm-tgz',
    ...(file.claim ? { claim: file.claim } : {}),
    digests: file.digests,
    sizeBytes: file.sizeBytes,
    declared: declaredBy(manifest),
    entries,
    hooks: npmHooks(manifest, tree),
    dependencies: npmDependencies(manifest, readShrinkwrap(tree, hazards)),
    entryPoints: npmEntryPoints(manifest, tree),
    readerFindings: hazards.findings,
    unpackedBytes,
  }
}

/** The tree that the package pins for its users, when it does. Throws PACKAGE_INVALID when npm would fail on it too. */
function readShrinkwrap(tree: PackageTree, hazards: HazardLog): JsonObject | undefined {
  if (tree.file(SHRINKWRAP) === undefined) return undefined
  const text = tree.text(SHRINKWRAP) ?? ''
  const shrinkwrap = parseManifest(text)
  if (shrinkwrap === undefined) throw invalidPackage('npm-shrinkwrap-invalid', `${SHRINKWRAP} cannot be read`)
  const hosts = new Set(
    [...text.matchAll(/"resolved":\s*"(?:git\+)?\w+:\/\/([^"/]+)/g)].map(([, host = '']) => host),
  )
  hazards.report(
    'npm-shrinkwrap',
    hosts.size > 1 ? 'medium' : 'low',
    'the package pins where its dependencies come from',
    {
      file: SHRINKWRAP,
      snippet: [...hosts].join(', ').slice(0, 200),
      detail:
        'A client fetches those addresses itself and not through its registry, unless they are the default registry.',
    },
  )
  return shrinkwrap
}

function reportConfiguration(tree: PackageTree, hazards: HazardLog): void {
  if (tree.file('.npmrc') === undefined) return
  hazards.report('npm-configuration-inside', 'medium', 'the package carries an .npmrc', {
    file: '.npmrc',
    detail:
      'Commands that its scripts start in its folder obey it: another registry, another shell, other scripts.',
  })
}
