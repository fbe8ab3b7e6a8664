// Files of a Python package that run when it is imported, started, or whenever an interpreter starts.
import type { HazardLog } from '../../archive/hazards.ts'
import type { PackageEntry } from '../../model/package-contents.ts'

const EXTENSION_MODULE = /^[^/]+\.(?:so|pyd|dll|dylib)$/
const STARTUP = /^(?:site|user)customize\.py[co]?$/
const ASIDE = /^(?:tests?|docs?|examples?|benchmarks?|scripts|tools)$/

/** `roots` are the folders that lie on the import path, `''` or ending with `/`. */
export function importTimeFiles(entries: readonly PackageEntry[], roots: readonly string[]): string[] {
  const files = entries.filter(({ type }) => type === 'file').map(({ path }) => path)
  return [...new Set(roots.flatMap((root) => importableFrom(root, files)))]
}

function importableFrom(root: string, files: readonly string[]): string[] {
  const below = files.filter((path) => path.startsWith(root)).map((path) => path.slice(root.length))
  const modules = below.filter((path) => /^[^/]+\.(?:py|pth)$/.test(path) || EXTENSION_MODULE.test(path))
  const packages = below.filter((path) => path.endsWith('/__init__.py'))
  return [...modules, ...outermost(packages)].map((path) => root + path)
}

// Of each top folder the `__init__.py` nearest to the root: namespace packages have theirs further down.
function outermost(inits: readonly string[]): string[] {
  const folders = new Set(inits.map((path) => path.slice(0, -'__init__.py'.length)))
  return inits.filter((path) => {
    const parts = path.split('/').slice(0, -1)
    if (ASIDE.test(parts[0] ?? '')) return false
    return !parts.slice(0, -1).some((_, at) => folders.has(`${parts.slice(0, at + 1).join('/')}/`))
  })
}

/** Files of the modules that entry_points.txt names: commands, and plug-ins that other programs load by themselves. */
export function entryPointFiles(text: string, entries: readonly PackageEntry[]): string[] {
  const paths = new Set(entries.map(({ path }) => path))
  return [...text.matchAll(/^[^=\n[#]+=[ \t]*([\w.]+)/gm)].flatMap(([, module = '']) => {
    const base = module.replaceAll('.', '/')
    return [`${base}.py`, `${base}/__init__.py`].filter((path) => paths.has(path))
  })
}

/**
 * Reports files at the top of site-packages that run at every start of Python, whatever is imported. `weight` is of a start-up
 * module: what lies at the top of a source tree need not be installed.
 */
export function reportStartupFiles(
  entries: readonly PackageEntry[],
  hazards: HazardLog,
  weight: 'medium' | 'high',
): void {
  for (const entry of entries) {
    if (entry.type !== 'file') continue
    if (STARTUP.test(entry.path)) {
      hazards.report('python-startup-module', weight, `${entry.path} runs at every start of Python`, {
        file: entry.path,
        detail: 'One such module counts for the whole environment: it replaces the one that was there.',
      })
    } else if (/^[^/]+\.pth$/.test(entry.path)) {
      reportPathFile(entry, hazards)
    }
  }
}

// A line that begins with `import` and a space or tab is executed (site module), any other is a folder to search.
function reportPathFile(entry: PackageEntry, hazards: HazardLog): void {
  const lines = Buffer.from(entry.content ?? entry.head ?? '')
    .toString('utf8')
    .split(/\r?\n/)
  const at = lines.findIndex((line) => /^import[ \t]/.test(line))
  if (at < 0) {
    hazards.report('python-path-file', 'low', 'a .pth file adds folders to the import path', {
      file: entry.path,
    })
    return
  }
  hazards.report('python-startup-line', 'medium', 'a .pth file runs code at every start of Python', {
    file: entry.path,
    line: at + 1,
    snippet: (lines[at] ?? '').slice(0, 200),
    detail: 'It runs without the package ever being imported.',
  })
}
