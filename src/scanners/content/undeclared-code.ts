// Machine code where the package does not say so: in a wheel for any platform, in an npm package that names no binary.
import type { Finding } from '../../model/finding.ts'
import { type PackageContents, type PackageEntry, reachOf } from '../../model/package-contents.ts'
import type { Executable } from './executable.ts'

export interface Found {
  readonly entry: PackageEntry
  readonly executable: Executable
}

export function undeclaredCode(contents: PackageContents, found: readonly Found[]): Finding[] {
  if (contents.format === 'wheel') return pureWheel(contents, found)
  return contents.format === 'npm-tgz' ? npmPrograms(contents, found) : []
}

/** Tag `any` promises that there is none. Windows launchers (distlib, setuptools) are the honest exception, and PE. */
function pureWheel(contents: PackageContents, found: readonly Found[]): Finding[] {
  if (platformTag(contents) !== 'any') return []
  const programs = found.filter(({ executable }) => executable.format !== 'PE')
  const [first] = programs.length > 0 ? programs : found
  if (first === undefined) return []
  return [
    {
      rule: 'binary-in-pure-wheel',
      layer: 'binary',
      severity: programs.length > 0 ? 'medium' : 'low',
      title: `${first.executable.format} machine code in a wheel that says it has none (${found.length} in all)`,
      detail:
        'A wheel for any platform promises pure Python; compiled code in it was built and checked by nobody you know.',
      file: first.entry.path,
      reach: reachOf(contents, first.entry.path),
      behaviour: 39,
    },
  ]
}

/** The last part of the file name (binary distribution format, PyPA); without a name what WHEEL says of the tree. */
function platformTag({ claim, declared }: PackageContents): string {
  const named = /-([^-]+)\.whl$/.exec(claim?.path ?? '')?.[1]
  if (named !== undefined) return named
  return declared.architecture ?? (declared.manifest['Root-Is-Purelib'] === 'true' ? 'any' : 'unknown')
}

/** A native add-on, a command in `bin`, a package for one platform: declared. Anything else is brought along silently. */
function npmPrograms(contents: PackageContents, found: readonly Found[]): Finding[] {
  const { manifest } = contents.declared
  if (manifest['os'] !== undefined || manifest['cpu'] !== undefined) return []
  const silent = found.filter(
    ({ entry, executable }) => !isDeclared(contents, entry) && !isAddOn(entry, executable),
  )
  const [first] = silent
  if (first === undefined) return []
  const reach = silent.some(({ entry }) => reachOf(contents, entry.path) === 'install') ? 'install' : 'any'
  return [
    {
      rule: 'binary-undeclared-program',
      layer: 'binary',
      severity: reach === 'install' ? 'medium' : 'low',
      title: `${first.executable.format} machine code that package.json does not mention (${silent.length} in all)`,
      detail:
        'It is no add-on, no command, and the package is not for one platform; a script can still start it.',
      file: first.entry.path,
      reach,
      behaviour: 39,
    },
  ]
}

function isDeclared(contents: PackageContents, entry: PackageEntry): boolean {
  return contents.entryPoints.includes(entry.path)
}

function isAddOn(entry: PackageEntry, executable: Executable): boolean {
  return (
    /\.node$/i.test(entry.path) || (executable.isLibrary && /\.(?:so|dll|dylib)(?:\.\d+)*$/i.test(entry.path))
  )
}
