// Which file of the package a module specifier means, by Node's own rules.
import { posix } from 'node:path'
import type { PackageEntry } from '../../model/package-contents.ts'
import { objectOf, parseManifest, textOf } from './manifest.ts'

const SUFFIXES = ['', '.js', '.json', '.node', '.cjs', '.mjs', '.ts']
const INDEXES = ['/index.js', '/index.json', '/index.node', '/index.cjs', '/index.mjs', '/index.ts']

export class PackageTree {
  readonly #files = new Map<string, PackageEntry>()

  constructor(entries: readonly PackageEntry[]) {
    for (const entry of entries) if (entry.type === 'file') this.#files.set(entry.path, entry)
  }

  file(path: string): PackageEntry | undefined {
    return this.#files.get(path)
  }

  get paths(): IterableIterator<string> {
    return this.#files.keys()
  }

  /** A file or folder named from `folder` (`''` is the root), endings and index files filled in. */
  resolve(folder: string, specifier: string): string | undefined {
    const path = join(folder, specifier)
    if (path === undefined) return undefined
    const direct =
      path === '' ? undefined : SUFFIXES.map((suffix) => path + suffix).find((one) => this.#files.has(one))
    return direct ?? this.#resolveFolder(path)
  }

  /** A module named without a path: one that the package carries in a node_modules folder of its own. */
  resolveBare(folder: string, specifier: string): string | undefined {
    for (let at = folder; ; at = at.includes('/') ? at.slice(0, at.lastIndexOf('/')) : '') {
      const found = this.resolve(at === '' ? 'node_modules' : `${at}/node_modules`, specifier)
      if (found !== undefined || at === '') return found
    }
  }

  /** Whole text of a file; undefined when it is not retained or has NULs in its first bytes. */
  text(path: string): string | undefined {
    const content = this.#files.get(path)?.content
    if (content === undefined || content.subarray(0, 2048).includes(0)) return undefined
    return Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString('utf8')
  }

  #resolveFolder(path: string): string | undefined {
    const prefix = path === '' ? '' : `${path}/`
    const manifest = path === '' ? undefined : this.text(`${prefix}package.json`)
    const main = manifest === undefined ? undefined : textOf(objectOf(parseManifest(manifest))['main'])
    const named = main === undefined ? undefined : join(path, main)
    const candidates = named === undefined ? [] : [...SUFFIXES, ...INDEXES].map((suffix) => named + suffix)
    return [...candidates, ...INDEXES.map((index) => (path === '' ? index.slice(1) : path + index))].find(
      (one) => this.#files.has(one),
    )
  }
}

/** The joined path inside the package; undefined when it leads out of it. */
function join(folder: string, specifier: string): string | undefined {
  const path = posix.normalize(`${folder}/${specifier}`).replace(/^\/+|\/+$/g, '')
  if (path === '.' || path === '') return ''
  return path.startsWith('../') || path === '..' ? undefined : path
}
