// package-lock.json and npm-shrinkwrap.json, versions 1, 2 and 3. Source: npm's package-lock-json manual page.
import { isTree, type LockedPackage, sriDigests, type Tree, textOf, treeOf, unreadable } from './locked.ts'

const MAX_DEPTH = 200

export function readPackageLock(text: string): LockedPackage[] {
  let lock: Tree
  try {
    lock = treeOf(JSON.parse(text))
  } catch (cause) {
    throw unreadable('package-lock.json', 'it is not JSON', cause)
  }
  if (isTree(lock['packages']))
    return Object.entries(lock['packages']).flatMap(([key, one]) => placed(key, treeOf(one)))
  if (isTree(lock['dependencies'])) return nested(lock['dependencies'], 0)
  if (typeof lock['lockfileVersion'] === 'number') return []
  throw unreadable('package-lock.json', 'it has neither packages nor dependencies')
}

/** Versions 2 and 3: by place in node_modules. */
function placed(key: string, one: Tree): LockedPackage[] {
  const at = key.lastIndexOf('node_modules/')
  // The project itself, its workspaces, and links to them.
  if (at < 0 || one['link'] === true) return []
  const name = textOf(one['name']) || key.slice(at + 'node_modules/'.length)
  return [entryOf(name, textOf(one['version']), textOf(one['resolved']), one['integrity'])]
}

/** Version 1: dependencies within dependencies. */
function nested(dependencies: Tree, depth: number): LockedPackage[] {
  if (depth > MAX_DEPTH) throw unreadable('package-lock.json', `it is nested deeper than ${MAX_DEPTH}`)
  return Object.entries(dependencies).flatMap(([key, value]) => {
    const one = treeOf(value)
    const written = textOf(one['version'])
    const [, alias, aliased] = /^npm:(.+)@([^@]+)$/.exec(written) ?? []
    const own =
      one['bundled'] === true
        ? []
        : [entryOf(alias ?? key, aliased ?? written, textOf(one['resolved']), one['integrity'])]
    return [...own, ...nested(treeOf(one['dependencies']), depth + 1)]
  })
}

function entryOf(name: string, version: string, resolved: string, integrity: unknown): LockedPackage {
  const elsewhere = [version, resolved].find((text) =>
    /^(git|github:|file:|ssh:)|^https?:.*\.git(#|$)/.test(text),
  )
  const url = /^https?:/.test(version) ? version : undefined
  const foreign = elsewhere ?? url ?? (version === '' ? resolved || 'no version' : undefined)
  const entry = { type: 'npm', name, version, digests: sriDigests(integrity) } as const
  return foreign === undefined ? entry : { ...entry, foreign }
}
