// Follows imports inside a package from its hooks and entry points, to say of each file when it runs.
import type { Reach } from '../../model/finding.ts'
import type { PackageContents, PackageEntry } from '../../model/package-contents.ts'
import { type ModuleNames, namedModules } from './module-names.ts'
import { textOf } from './text.ts'

/** In a package with less code than this every module counts as imported: nothing in it is far from its entry. */
const SMALL_PACKAGE_BYTES = 150_000
const CODE = /\.(?:[cm]?jsx?|[cm]?tsx?|pyw?)$/i
const ASIDE = /(?:^|\/)(?:tests?|__tests__|spec|docs?|examples?|benchmarks?|bench|fixtures)\//i

const reaches = new WeakMap<PackageContents, ReadonlyMap<string, Reach>>()

/** Files that run at install or import; all others run only when somebody calls them. */
export function reachesOf(contents: PackageContents): ReadonlyMap<string, Reach> {
  let known = reaches.get(contents)
  if (!known) {
    known = followAll(contents)
    reaches.set(contents, known)
  }
  return known
}

function followAll(contents: PackageContents): Map<string, Reach> {
  const modules = moduleNamesOf(contents)
  const reach = new Map<string, Reach>()
  follow(
    contents.hooks.flatMap((hook) => hook.reaches),
    'install',
    modules,
    reach,
  )
  follow(importStarts(contents), 'import', modules, reach)
  return reach
}

function importStarts(contents: PackageContents): string[] {
  if (contents.type !== 'npm' && contents.type !== 'pypi') return [...contents.entryPoints]
  const code = contents.entries.filter((entry) => entry.type === 'file' && CODE.test(entry.path))
  const total = code.reduce((sum, entry) => sum + entry.sizeBytes, 0)
  const small = total < SMALL_PACKAGE_BYTES ? code.map((entry) => entry.path) : []
  return [...contents.entryPoints, ...small.filter((path) => !ASIDE.test(path))]
}

interface Modules extends ModuleNames {
  readonly entries: ReadonlyMap<string, PackageEntry>
}

function moduleNamesOf(contents: PackageContents): Modules {
  const entries = new Map(contents.entries.map((entry) => [entry.path, entry]))
  return { entries, has: (path) => entries.get(path)?.type === 'file' }
}

function follow(starts: readonly string[], as: Reach, modules: Modules, reach: Map<string, Reach>): void {
  const queue = [...starts]
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    if (reach.has(path)) continue
    reach.set(path, as)
    const entry = modules.entries.get(path)
    const text = entry?.content && CODE.test(path) ? textOf(entry) : undefined
    if (text) queue.push(...namedModules(path, text.raw, modules))
  }
}
