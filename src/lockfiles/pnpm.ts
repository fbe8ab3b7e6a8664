// pnpm-lock.yaml, versions 5 to 9. Source: pnpm's lockfile specification.
import { parse } from 'yaml'
import { isTree, type LockedPackage, sriDigests, textOf, treeOf, unreadable } from './locked.ts'

export function readPnpmLock(text: string): LockedPackage[] {
  let lock: unknown
  try {
    lock = parse(text, { maxAliasCount: 0 })
  } catch (cause) {
    throw unreadable('pnpm-lock.yaml', 'it is not YAML', cause)
  }
  if (!isTree(lock) || lock['lockfileVersion'] === undefined)
    throw unreadable('pnpm-lock.yaml', 'it has no lockfileVersion')
  return Object.entries(treeOf(lock['packages'])).map(([key, value]) => entryOf(key, value))
}

function entryOf(key: string, value: unknown): LockedPackage {
  const one = treeOf(value)
  const resolution = treeOf(one['resolution'])
  const [keyName, keyVersion] = nameAndVersion(key)
  const name = textOf(one['name']) || keyName
  const version = textOf(one['version']) || keyVersion
  const entry = { type: 'npm', name, version, digests: sriDigests(resolution['integrity']) } as const
  const isForeign = !/^\d/.test(version) || ['git', 'directory'].includes(textOf(resolution['type']))
  return isForeign ? { ...entry, foreign: key } : entry
}

/** `name@1.0.0(peer@2)` (9), `/name@1.0.0(peer@2)` (6), `/name/1.0.0_peer` (5). */
function nameAndVersion(key: string): readonly [string, string] {
  const bare = key.replace(/^\//, '').replace(/\(.*$/s, '')
  const [, name, version] = /^(@[^/]+\/[^/@]+|[^/@]+)\/(\d[^_/]*)/.exec(bare) ?? []
  if (name !== undefined && version !== undefined) return [name, version]
  const at = bare.indexOf('@', 1)
  return at > 0 ? [bare.slice(0, at), bare.slice(at + 1)] : [bare, '']
}
