// Files of an npm package that run when it is imported or started: main, module, browser, exports, bin.
import { posix } from 'node:path'
import type { Json, JsonObject } from '../../model/claim.ts'
import { objectOf, textOf } from './manifest.ts'
import type { PackageTree } from './module-resolution.ts'

const MODULE_FIELDS = ['main', 'module', 'jsnext:main', 'browser', 'react-native', 'exports', 'bin']
const MAX_DEPTH = 12
const DECLARATIONS = /\.d\.[cm]?ts$/

/** Existing files only, without repeats. */
export function npmEntryPoints(manifest: JsonObject, tree: PackageTree): string[] {
  const named = MODULE_FIELDS.flatMap((field) => [...targets(manifest[field], 0)])
  const found = named.flatMap((target) =>
    target.includes('*') ? matching(target, tree) : (tree.resolve('', target) ?? []),
  )
  const main = textOf(manifest['main'])
  const mainFound = main !== undefined && tree.resolve('', main) !== undefined
  // Node falls back to index.js when main is missing or leads nowhere.
  const fallback = mainFound ? undefined : tree.resolve('', '.')
  const all = [...found, ...(fallback === undefined ? [] : [fallback]), ...binFolder(manifest, tree)]
  return [...new Set(all)].filter((path) => !DECLARATIONS.test(path) && path !== 'package.json')
}

/** All strings in the values of a field, however deep its conditions go. */
function* targets(value: Json | undefined, depth: number): Generator<string> {
  if (typeof value === 'string') yield value
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return
  for (const inner of Object.values(value)) yield* targets(inner, depth + 1)
}

// `./features/*.js`: one star stands for any text, slashes included (Node's subpath patterns).
function matching(pattern: string, tree: PackageTree): string[] {
  const [before = '', ...after] = posix.normalize(pattern).split('*')
  const end = after.at(-1) ?? ''
  return [...tree.paths].filter(
    (path) => path.startsWith(before) && path.endsWith(end) && !path.startsWith('node_modules/'),
  )
}

function binFolder(manifest: JsonObject, tree: PackageTree): string[] {
  const folder = textOf(objectOf(manifest['directories'])['bin'])
  if (folder === undefined) return []
  const prefix = `${posix.normalize(folder).replace(/^\.?\/+|\/+$/g, '')}/`
  return [...tree.paths].filter((path) => path.startsWith(prefix))
}
