// Reads the files of the same package that a module imports: JavaScript specifiers and Python module names.
import { posix } from 'node:path'

export interface ModuleNames {
  has(path: string): boolean
}

const JS_SPECIFIER = /(?:require\(|from|import\(|import)\s{0,4}["'`](\.{1,2}\/[^"'`\n]{0,200}|\.{1,2})["'`]/g
const JS_SUFFIXES = [
  '',
  '.js',
  '.cjs',
  '.mjs',
  '.ts',
  '.jsx',
  '.json',
  '/index.js',
  '/index.cjs',
  '/index.mjs',
]
const PY_FROM = /^[ \t]{0,40}from[ \t]{1,8}(\.{0,4})([\w.]{0,120})[ \t]{1,8}import[ \t]{1,8}([^\n#]{1,300})/gm
const PY_IMPORT = /^[ \t]{0,40}import[ \t]{1,8}([\w., \t]{1,300})/gm

/** Paths that `path` imports statically and that exist in the package. */
export function namedModules(path: string, text: string, modules: ModuleNames): string[] {
  return path.endsWith('.py') ? pythonModules(path, text, modules) : scriptModules(path, text, modules)
}

/** Path of the file of the package that `./specifier` in `path` loads. */
export function scriptModule(path: string, specifier: string, modules: ModuleNames): string | undefined {
  const base = posix.normalize(posix.join(posix.dirname(path), specifier)).replace(/\/$/, '')
  return JS_SUFFIXES.map((suffix) => base + suffix).find((candidate) => modules.has(candidate))
}

/** Path of the module file that `name`, with leading dots as written, loads in `path`. */
export function pythonModule(path: string, name: string, modules: ModuleNames): string | undefined {
  const [, dots = '', rest = ''] = /^(\.*)(.*)$/.exec(name) ?? []
  const folder = posix.dirname(path)
  const roots = dots ? [upFrom(folder, dots.length - 1)] : rootsOf(path)
  for (const root of roots) {
    const base = (root + rest.replaceAll('.', '/')).replace(/\/$/, '')
    for (const candidate of [`${base}.py`, `${base}/__init__.py`])
      if (modules.has(candidate)) return candidate
  }
  return undefined
}

function scriptModules(path: string, text: string, modules: ModuleNames): string[] {
  const found: string[] = []
  for (const [, specifier = ''] of text.matchAll(JS_SPECIFIER)) {
    const hit = scriptModule(path, specifier, modules)
    if (hit) found.push(hit)
  }
  return found
}

/** Folders in which an absolute module name is looked for. */
function rootsOf(path: string): string[] {
  const folder = posix.dirname(path)
  return [folder === '.' ? '' : `${folder}/`, '', 'src/', ...archiveRoot(path)]
}

function pythonModules(path: string, text: string, modules: ModuleNames): string[] {
  const folder = posix.dirname(path)
  const found: string[] = []
  const add = (base: string) => {
    for (const candidate of [`${base}.py`, `${base}/__init__.py`])
      if (modules.has(candidate)) found.push(candidate)
  }
  const roots = rootsOf(path)
  for (const [, dots = '', name = '', names = ''] of text.matchAll(PY_FROM)) {
    const bases = dots ? [`${upFrom(folder, dots.length - 1)}`] : roots
    for (const base of bases) {
      const module = base + name.replaceAll('.', '/')
      add(module.replace(/\/$/, ''))
      for (const part of names.split(','))
        add(`${module ? `${module.replace(/\/$/, '')}/` : ''}${firstWord(part)}`)
    }
  }
  for (const [, names = ''] of text.matchAll(PY_IMPORT))
    for (const name of names.split(','))
      for (const root of roots) add(root + firstWord(name).replaceAll('.', '/'))
  return found
}

function upFrom(folder: string, levels: number): string {
  const parts = folder === '.' ? [] : folder.split('/')
  const kept = parts.slice(0, parts.length - levels)
  return kept.length > 0 ? `${kept.join('/')}/` : ''
}

/** An sdist keeps its top folder: modules lie beside setup.py inside it. */
function archiveRoot(path: string): string[] {
  const slash = path.indexOf('/')
  return slash > 0 ? [path.slice(0, slash + 1), `${path.slice(0, slash + 1)}src/`] : []
}

function firstWord(text: string): string {
  return /[\w.]+/.exec(text)?.[0] ?? ''
}
