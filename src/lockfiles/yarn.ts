// yarn.lock of yarn 1 and of berry, read by yarn's own parser.
import { parseSyml } from '@yarnpkg/parsers'
import { isTree, type LockedPackage, sriDigests, type Tree, textOf, treeOf, unreadable } from './locked.ts'

export function readYarnLock(text: string): LockedPackage[] {
  let lock: unknown
  try {
    lock = parseSyml(text)
  } catch (cause) {
    throw unreadable('yarn.lock', 'yarn itself could not read it', cause)
  }
  if (!isTree(lock)) throw unreadable('yarn.lock', 'it is not a list of packages')
  const isBerry = '__metadata' in lock
  return Object.entries(lock).flatMap(([key, value]) => {
    if (key === '__metadata') return []
    return isBerry ? berryEntry(treeOf(value)) : [classicEntry(key, treeOf(value))]
  })
}

/** `name@^1.0.0, name@^1.2.0`, or `alias@npm:name@^1.0.0`. */
function classicEntry(key: string, one: Tree): LockedPackage {
  const [first = ''] = key.split(/,\s*/)
  const at = first.indexOf('@', 1)
  const range = first.slice(at + 1)
  const [, alias] = /^npm:(@?[^@]+)(?:@.*)?$/.exec(range) ?? []
  const name = alias ?? first.slice(0, at)
  const resolved = textOf(one['resolved'])
  const sha1 = /#([0-9a-f]{40})$/.exec(resolved)?.[1]
  const integrity = sriDigests(one['integrity'])
  const digests = integrity.length > 0 || sha1 === undefined ? integrity : [`sha1:${sha1}`]
  const entry = { type: 'npm', name, version: textOf(one['version']), digests } as const
  const isForeign =
    /^(git|file:|link:|https?:|github:|[\w-]+\/[\w.-]+(#|$))/.test(range) || /\.git(#|$)/.test(resolved)
  return isForeign ? { ...entry, foreign: range } : entry
}

/** Berry's checksums are of its own archives, and say nothing about the registry's bytes. */
function berryEntry(one: Tree): LockedPackage[] {
  const resolution = textOf(one['resolution'])
  const at = resolution.indexOf('@', 1)
  const [name, reference] = [resolution.slice(0, at), resolution.slice(at + 1)]
  const version = textOf(one['version'])
  if (one['linkType'] === 'soft' || /^(workspace|link|portal):/.test(reference)) return []
  // A patched package stands beside the one it was made of, and its patch is the project's own.
  if (reference.startsWith('patch:')) return []
  const entry = { type: 'npm', name, version, digests: [] } as const
  return reference.startsWith('npm:') ? [entry] : [{ ...entry, foreign: reference }]
}
