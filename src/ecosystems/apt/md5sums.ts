// The md5sums file of a .deb against the files of its data member, both ways.
import type { HazardLog } from '../../archive/hazards.ts'
import type { PackageEntry } from '../../model/package-contents.ts'

const FILE = 'DEBIAN/md5sums'

/** Digest by path. Lines that are none are reported. */
export function parseMd5sums(text: string, hazards: HazardLog): Map<string, string> {
  const sums = new Map<string, string>()
  for (const [at, line] of text.split('\n').entries()) {
    if (line === '') continue
    const match = /^([0-9a-fA-F]{32}) [ *](.+)$/.exec(line)
    const path = match?.[2]?.replace(/^(?:\.?\/)+/, '')
    if (!match?.[1] || !path) {
      hazards.report('deb-md5sums-syntax', 'medium', 'a line of md5sums that is no digest and path', {
        file: FILE,
        line: at + 1,
      })
      continue
    }
    sums.set(path, match[1].toLowerCase())
  }
  return sums
}

/**
 * `actual`: MD5 by path of every regular file in the data member; hard links have the digest of what they link to.
 * Configuration files are left out of md5sums by the tools that write it, so only other unlisted files are told of.
 */
export function compareMd5sums(
  sums: ReadonlyMap<string, string>,
  actual: ReadonlyMap<string, string>,
  entries: readonly PackageEntry[],
  hazards: HazardLog,
): void {
  for (const [path, claimed] of sums) {
    const found = actual.get(path)
    if (found === claimed) continue
    if (found !== undefined) {
      hazards.report('deb-md5sums-mismatch', 'high', 'a file that differs from its line in md5sums', {
        file: path,
        detail: `md5sums says ${claimed}, the file has ${found}: it was changed after the package was built.`,
      })
    } else {
      const isThere = entries.some((entry) => entry.path === path)
      const title = isThere
        ? 'md5sums lists something that is no file'
        : 'md5sums lists a file that is not there'
      hazards.report('deb-md5sums-missing-file', 'high', title, { file: path })
    }
  }
}

/** Files that md5sums does not list though it lists others. */
export function reportUnlisted(
  sums: ReadonlyMap<string, string>,
  actual: ReadonlyMap<string, string>,
  conffiles: ReadonlySet<string>,
  hazards: HazardLog,
): void {
  for (const path of actual.keys()) {
    if (sums.has(path) || conffiles.has(path)) continue
    hazards.report('deb-md5sums-unlisted', 'low', 'a file that md5sums does not list', { file: path })
  }
}
