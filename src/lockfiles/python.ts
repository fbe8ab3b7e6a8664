// requirements.txt with pins, uv.lock and poetry.lock.
import { parse } from 'smol-toml'
import { type LockedPackage, pypiName, type Tree, textOf, treeOf, unreadable } from './locked.ts'

/** Source: pip's requirements file format. What is not pinned by `==` cannot be told before it is resolved. */
export function readRequirements(text: string): LockedPackage[] {
  const lines = text.replace(/\\\r?\n/g, ' ').split(/\r?\n/)
  return lines.flatMap((line) => {
    const bare = line.replace(/(^|\s)#.*$/, '').trim()
    if (bare === '' || /^--(?!editable)/.test(bare) || /^-[cfi]\b/.test(bare)) return []
    return [requirement(bare)]
  })
}

function requirement(line: string): LockedPackage {
  const [, name = '', version = ''] =
    /^([A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*===?\s*([^\s;,*]+)\s*(?:[;\s]|$)/.exec(line) ?? []
  const digests = [...line.matchAll(/--hash[= ](sha256|sha384|sha512):([0-9a-f]+)/g)].map(
    ([, algorithm, hex]) => `${algorithm}:${hex}`,
  )
  if (name === '')
    return { type: 'pypi', name: line.slice(0, 100), version: '', digests, foreign: 'not pinned' }
  return { type: 'pypi', name: pypiName(name), version, digests }
}

export function readUvLock(text: string): LockedPackage[] {
  return packagesOf('uv.lock', text).flatMap((one) => {
    const source = treeOf(one['source'])
    // The project itself and the members of its workspace.
    if ('editable' in source || 'virtual' in source) return []
    const files = [one['sdist'], ...listOf(one['wheels'])].map(treeOf)
    return [entryOf(one, files, 'registry' in source ? undefined : Object.entries(source)[0]?.join(' '))]
  })
}

export function readPoetryLock(text: string): LockedPackage[] {
  const lock = tomlOf('poetry.lock', text)
  const former = treeOf(treeOf(lock['metadata'])['files'])
  return packagesOf('poetry.lock', text).map((one) => {
    const source = treeOf(one['source'])
    const kind = textOf(source['type'])
    const files = listOf(one['files'] ?? former[textOf(one['name'])]).map(treeOf)
    const isRegistry = kind === '' || kind === 'legacy'
    return entryOf(one, files, isRegistry ? undefined : `${kind} ${textOf(source['url'])}`)
  })
}

function entryOf(one: Tree, files: readonly Tree[], foreign: string | undefined): LockedPackage {
  const digests = files.map(({ hash }) => textOf(hash)).filter((hash) => hash !== '')
  const version = textOf(one['version'])
  const entry = { type: 'pypi', name: pypiName(textOf(one['name'])), version, digests } as const
  if (foreign !== undefined) return { ...entry, foreign }
  return version === '' ? { ...entry, foreign: 'no version' } : entry
}

function packagesOf(format: string, text: string): Tree[] {
  const lock = tomlOf(format, text)
  if (lock['package'] !== undefined && !Array.isArray(lock['package']))
    throw unreadable(format, 'its packages are no list')
  return listOf(lock['package']).map(treeOf)
}

function tomlOf(format: string, text: string): Tree {
  try {
    return treeOf(parse(text))
  } catch (cause) {
    throw unreadable(format, 'it is not TOML', cause)
  }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}
