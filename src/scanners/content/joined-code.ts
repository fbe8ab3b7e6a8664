// Follows values from file to file in small packages, and in what install hooks run of larger ones.
import type { PackageContents } from '../../model/package-contents.ts'
import { type CodeAnalysis, factsOfPrograms } from './code-analysis.ts'
import { type CodeFile, codeFilesOf, hookedPaths } from './code-files.ts'
import { connect } from './flow/connect.ts'
import { joinPrograms } from './flow/join.ts'
import type { Program } from './flow/program.ts'
import { type ModuleNames, namedModules, pythonModule, scriptModule } from './module-names.ts'

/** Code of one language: a package with more of it, or with more files, is not joined as a whole. */
const MAX_PACKAGE_BYTES = 250_000
const MAX_FILES = 120
/** Of larger packages, what install hooks run, if it is no more than this. */
const MAX_HOOKED_BYTES = 400_000

export interface Joining {
  /** Files of one language, without programs of command lines. */
  readonly files: readonly CodeFile[]
  readonly contents: PackageContents
  /** The program of a file in every way that it may be read; the first is joined to others. */
  read(file: CodeFile): readonly Program[]
  /** Whether what these files do together is worth their trees. */
  matterTogether(files: readonly CodeFile[]): boolean
}

/** Analyses of the files that load one another; files that stand alone are left out. A file that gives no tree is said to be unread. */
export function analyseJoined(joining: Joining): ReadonlyMap<CodeFile, CodeAnalysis> {
  const modules = modulesOf(joining.contents)
  const groups = groupsOf(filesToJoin(joining), modules).filter(
    (group) => group.length > 1 && joining.matterTogether(group),
  )
  return new Map(groups.flatMap((group) => analyseGroup(group, modules, joining)))
}

function filesToJoin({ files, contents }: Joining): readonly CodeFile[] {
  const whole = files.filter((file) => !file.partial && !file.isInline && file.hook === undefined)
  if (isWithin(whole, MAX_PACKAGE_BYTES)) return whole
  const hooked = hookedPaths(contents)
  const reached = whole.filter((file) => hooked.has(file.path))
  return isWithin(reached, MAX_HOOKED_BYTES) ? reached : []
}

function isWithin(files: readonly CodeFile[], bytes: number): boolean {
  return files.length <= MAX_FILES && files.reduce((sum, file) => sum + file.text.sizeBytes, 0) <= bytes
}

function modulesOf(contents: PackageContents): ModuleNames {
  return new Set(codeFilesOf(contents).map(({ path }) => path))
}

/** Files that load one another, directly or through others. */
function groupsOf(files: readonly CodeFile[], modules: ModuleNames): CodeFile[][] {
  const groups = new Map(files.map((file) => [file.path, [file]]))
  for (const file of files)
    for (const path of namedModules(file.path, file.text.raw, modules)) {
      const [from, to] = [groups.get(file.path), groups.get(path)]
      if (!from || !to || from === to) continue
      from.push(...to)
      for (const moved of to) groups.set(moved.path, from)
    }
  return [...new Set(groups.values())]
}

function analyseGroup(
  group: readonly CodeFile[],
  modules: ModuleNames,
  { read }: Joining,
): [CodeFile, CodeAnalysis][] {
  const readings = group.map((file) => [file, read(file)] as const)
  const programs = new Map(
    readings.flatMap(([file, [first, ...others]]) => {
      for (const other of others) connect(other)
      return first ? [[file.path, first] as const] : []
    }),
  )
  joinPrograms(programs, (path, name) => findFile(path, name, modules))
  return readings.map(([file, all]) => [file, factsOfPrograms(all, file.text.raw)])
}

function findFile(path: string, name: string, modules: ModuleNames): string | undefined {
  if (/\.pyw?$/.test(path)) return pythonModule(path, name, modules)
  return name.startsWith('.') ? scriptModule(path, name, modules) : undefined
}
