// The .PKGINFO of an Alpine package: `key = value` lines, apk-package(5).
import { invalidPackage } from '../../archive/refusal.ts'
import type { Dependency } from '../../model/package-contents.ts'

/** Keys that make a list when they occur again; of any other key apk takes the last and another reader the first. */
const LISTS = new Set([
  'depend',
  'provides',
  'replaces',
  'install_if',
  'triggers',
  'checkdepend',
  'makedepend',
  'recommends',
])

export interface PkgInfo {
  /** Last value of each key, as apk reads it. */
  readonly values: ReadonlyMap<string, string>
  readonly lists: ReadonlyMap<string, readonly string[]>
  /** Keys that must stand once and stand more often. */
  readonly repeated: readonly string[]
}

/** Throws PACKAGE_INVALID for NUL, CR and a line that is neither empty, comment nor `key = value`. */
export function parsePkgInfo(text: string): PkgInfo {
  if (/[\0\r]/.test(text)) throw invalidPackage('apk-pkginfo-syntax', '.PKGINFO has NUL or CR in it')
  const values = new Map<string, string>()
  const lists = new Map<string, string[]>()
  const repeated: string[] = []
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue
    const pair = /^(\w+) = ?(.*)$/.exec(line)
    if (!pair)
      throw invalidPackage('apk-pkginfo-syntax', '.PKGINFO has a line that is no `key = value`', { line })
    const [, key = '', value = ''] = pair
    const list = lists.get(key)
    if (list) list.push(value)
    else if (LISTS.has(key)) lists.set(key, [value])
    else if (values.has(key)) repeated.push(key)
    values.set(key, value)
  }
  return { values, lists, repeated }
}

/** `name`, `name>=1.0`, `so:libc.musl-x86_64.so.1`, `!conflict`; conflicts are no dependencies. */
export function pkgInfoDependencies(info: PkgInfo): Dependency[] {
  return (info.lists.get('depend') ?? [])
    .flatMap((value) => value.split(/\s+/))
    .filter((text) => text !== '' && !text.startsWith('!'))
    .map((text) => {
      const name = /^[^<>=~]+/.exec(text)?.[0] ?? text
      return { name, specifier: text.slice(name.length), kind: 'runtime' }
    })
}
