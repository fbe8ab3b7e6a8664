// Which files of a source tree a Python program runs: modules it imports, files it executes, and theirs in turn.
import { posix } from 'node:path'
import type { PackageEntry } from '../../model/package-contents.ts'

const MAX_REACHED = 400
const MAX_TEXT_BYTES = 8 * 1024 * 1024
const FROM = /^[ \t]*from[ \t]+(\.*)([\w.]*)[ \t]+import[ \t]+(\([^)]*\)|[^\n#]*)/gm
const IMPORT = /^[ \t]*import[ \t]+([\w., \t]+)/gm
const CALLED = /\b(?:import_module|__import__|run_module|run_path|find_spec)\([ \t]*["']([\w.]+)["']/g
const LITERAL = /["']((?:\.{0,2}\/)?[\w.-]+(?:\/[\w.-]+)*)["']/g
const JOINED = /\bjoin\(([^()]*(?:\([^()]*\)[^()]*)*)\)/g
const RUNNABLE = /\.(?:py|pyw|sh|bash|bat|cmd|ps1|js|pl|rb|exe|so|pyd|dll)$|(?:^|\/)(?:configure|Makefile)$/

export class SourceTree {
  readonly #files = new Map<string, PackageEntry>()

  constructor(entries: readonly PackageEntry[]) {
    for (const entry of entries) if (entry.type === 'file') this.#files.set(entry.path, entry)
  }

  has(path: string): boolean {
    return this.#files.has(path)
  }

  /** Whole text; undefined when there is no such file, or it is not retained or binary. */
  text(path: string): string | undefined {
    const content = this.#files.get(path)?.content
    if (content === undefined || content.subarray(0, 2048).includes(0)) return undefined
    return Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString('utf8')
  }

  /** Files of a dotted module looked for below each root (`''` or ending with `/`), packages on its way included. */
  modules(name: string, roots: readonly string[]): string[] {
    const parts = name.split('.').filter((part) => part !== '')
    return roots.flatMap((root) =>
      parts.flatMap((_, at) => {
        const base = root + parts.slice(0, at + 1).join('/')
        return [`${base}.py`, `${base}/__init__.py`].filter((path) => this.has(path))
      }),
    )
  }
}

/** Paths in the order of their discovery, the starts first. `roots` are on the import path of the program. */
export function pythonReach(starts: readonly string[], tree: SourceTree, roots: readonly string[]): string[] {
  const reached = new Set(starts.filter((path) => tree.has(path)))
  let textBytes = 0
  // A Set hands out what is added while it is gone through.
  for (const path of reached) {
    const text = /\.(?:py|pyw|sh|bash)$|\/configure$/.test(path) ? tree.text(path) : undefined
    if (text === undefined) continue
    textBytes += text.length
    if (reached.size >= MAX_REACHED || textBytes > MAX_TEXT_BYTES) break
    for (const next of namedFiles(path, text, tree, roots)) reached.add(next)
  }
  return [...reached]
}

function* namedFiles(
  path: string,
  text: string,
  tree: SourceTree,
  roots: readonly string[],
): Generator<string> {
  const folder = path.includes('/') ? path.slice(0, path.lastIndexOf('/') + 1) : ''
  if (/\.pyw?$/.test(path)) yield* importedModules(folder, text, tree, [...new Set([...roots, folder])])
  for (const [, literal = ''] of text.matchAll(LITERAL)) yield* runnableFile(literal, folder, tree)
  for (const [, inner = ''] of text.matchAll(JOINED)) {
    const parts = [...inner.matchAll(/["']([^"']{1,100})["']/g)].map(([, part = '']) => part)
    yield* runnableFile(parts.join('/'), folder, tree)
  }
}

function* importedModules(
  folder: string,
  text: string,
  tree: SourceTree,
  roots: readonly string[],
): Generator<string> {
  for (const [, dots = '', name = '', names = ''] of text.matchAll(FROM)) {
    const from = dots === '' ? roots : [upFrom(folder, dots.length - 1)]
    yield* tree.modules(name, from)
    for (const [part] of names.matchAll(/[\w]+/g))
      yield* tree.modules(name === '' ? part : `${name}.${part}`, from)
  }
  for (const [, names = ''] of text.matchAll(IMPORT)) {
    for (const name of names.split(',')) yield* tree.modules(/[\w.]+/.exec(name)?.[0] ?? '', roots)
  }
  for (const [, name = ''] of text.matchAll(CALLED)) yield* tree.modules(name, roots)
}

function* runnableFile(literal: string, folder: string, tree: SourceTree): Generator<string> {
  if (!RUNNABLE.test(literal)) return
  for (const from of new Set([folder, ''])) {
    const path = posix.normalize(from + literal)
    if (tree.has(path)) yield path
  }
}

function upFrom(folder: string, levels: number): string {
  const parts = folder.split('/').filter((part) => part !== '')
  const kept = parts.slice(0, Math.max(0, parts.length - levels))
  return kept.length === 0 ? '' : `${kept.join('/')}/`
}
