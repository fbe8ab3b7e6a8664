// All entries of an artifact together: paths that meet, links that lead out, entries that go through links.
import type { PackageEntry } from '../model/package-contents.ts'
import type { HazardLog } from './hazards.ts'
import { cleanPath, type PathRoot } from './path-hazards.ts'

/** Reports duplicates, collisions, links and special files. Paths must be clean (`cleanPath`). */
export function reportTree(entries: readonly PackageEntry[], root: PathRoot, hazards: HazardLog): void {
  const byPath = reportDuplicates(entries, hazards)
  reportCollisions(byPath, root, hazards)
  reportBrokenParents(entries, byPath, hazards)
  for (const entry of entries) {
    if (entry.type === 'symlink') reportSymlink(entry, root, hazards)
    else if (entry.type === 'hardlink') reportHardlink(entry, entries, hazards)
    else if (entry.type !== 'file' && entry.type !== 'directory') reportSpecial(entry, root, hazards)
  }
}

function reportDuplicates(entries: readonly PackageEntry[], hazards: HazardLog): Map<string, PackageEntry> {
  const byPath = new Map<string, PackageEntry>()
  for (const entry of entries) {
    const former = byPath.get(entry.path)
    if (former !== undefined && !(former.type === 'directory' && entry.type === 'directory')) {
      reportTwice(former, entry, hazards)
    }
    byPath.set(entry.path, entry)
  }
  return byPath
}

function reportTwice(former: PackageEntry, entry: PackageEntry, hazards: HazardLog): void {
  const same =
    former.type === entry.type && former.sha256 === entry.sha256 && former.linkTarget === entry.linkTarget
  hazards.report(
    'archive-duplicate-entry',
    same ? 'medium' : 'critical',
    same ? 'the same file twice' : 'two different entries with one path',
    {
      file: entry.path,
      detail: same
        ? 'Both copies have the same bytes.'
        : `${former.archivePath} and ${entry.archivePath}: clients differ in which of them stays on disk.`,
    },
  )
}

// Names that are two on Linux and one elsewhere. Honest packages have them: test data, man pages, icons.
function reportCollisions(
  byPath: ReadonlyMap<string, PackageEntry>,
  root: PathRoot,
  hazards: HazardLog,
): void {
  if (root === 'system') return
  const folded = new Map<string, PackageEntry>()
  for (const [path, entry] of byPath) {
    const slashed = path.includes('\\') ? path.replaceAll('\\', '/') : path
    const key = slashed.normalize('NFC').toLowerCase()
    const other = folded.get(key)
    folded.set(key, entry)
    if (other === undefined || other.type === 'directory' || entry.type === 'directory') continue
    if (other.sha256 === entry.sha256) continue
    const { rule, severity } = collision(slashed, other.path.replaceAll('\\', '/'))
    hazards.report(rule, severity, 'two files whose names some systems take for one', {
      file: path,
      detail: `The other is ${other.path}.`,
    })
  }
}

function collision(a: string, b: string): { rule: string; severity: 'low' | 'medium' | 'critical' } {
  if (a === b) return { rule: 'archive-backslash-collision', severity: 'critical' }
  if (a.normalize('NFC') === b.normalize('NFC'))
    return { rule: 'archive-unicode-collision', severity: 'medium' }
  return { rule: 'archive-case-collision', severity: 'low' }
}

// An entry below a link is written wherever the link leads; below a file it cannot be written at all.
function reportBrokenParents(
  entries: readonly PackageEntry[],
  byPath: ReadonlyMap<string, PackageEntry>,
  hazards: HazardLog,
): void {
  const blockers = new Map<string, PackageEntry>()
  for (const entry of entries) if (entry.type !== 'directory') blockers.set(entry.path, entry)
  const sound = new Set<string>()
  for (const { path } of byPath.values()) {
    const blocker = findBlocker(path, blockers, sound)
    if (blocker === undefined) continue
    const rule = blocker.type === 'symlink' ? 'archive-through-link' : 'archive-below-file'
    hazards.report(rule, 'critical', `an entry below the ${blocker.type} ${blocker.path}`.slice(0, 200), {
      file: path,
      detail: 'Where it ends up depends on the order and the caution of whoever unpacks it.',
    })
  }
}

function findBlocker(
  path: string,
  blockers: ReadonlyMap<string, PackageEntry>,
  sound: Set<string>,
): PackageEntry | undefined {
  for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
    const parent = path.slice(0, at)
    if (sound.has(parent)) return undefined
    const blocker = blockers.get(parent)
    if (blocker !== undefined) return blocker
  }
  const direct = path.lastIndexOf('/')
  if (direct > 0) sound.add(path.slice(0, direct))
  return undefined
}

function reportSymlink(entry: PackageEntry, root: PathRoot, hazards: HazardLog): void {
  const target = entry.linkTarget ?? ''
  if (root === 'system' || !leavesRoot(entry.archivePath, target)) return
  hazards.report('archive-link-outside', 'critical', 'a symbolic link that leaves the package', {
    file: entry.path,
    snippet: target.slice(0, 200),
    detail: 'Whoever unpacks it reads or writes through it at a place outside the package.',
  })
}

function leavesRoot(from: string, target: string): boolean {
  if (target.startsWith('/') || target.includes('\\') || /^[A-Za-z]:/.test(target)) return true
  let depth = cleanPath(from).split('/').length - 1
  for (const part of target.split('/')) {
    if (part === '..') depth -= 1
    else if (part !== '' && part !== '.') depth += 1
    if (depth < 0) return true
  }
  return false
}

function reportHardlink(entry: PackageEntry, entries: readonly PackageEntry[], hazards: HazardLog): void {
  const target = cleanPath(entry.linkTarget ?? '')
  const escapes = (entry.linkTarget ?? '').startsWith('/') || target.split('/').includes('..')
  const found = !escapes && archivePaths(entries).has(target)
  if (found) return
  hazards.report('archive-link-outside', 'critical', 'a hard link to something outside the package', {
    file: entry.path,
    snippet: target.slice(0, 200),
    detail: 'It gives the package a second name for a file of the machine that it is unpacked on.',
  })
}

const pathSets = new WeakMap<readonly PackageEntry[], ReadonlySet<string>>()

function archivePaths(entries: readonly PackageEntry[]): ReadonlySet<string> {
  const known = pathSets.get(entries) ?? new Set(entries.map(({ archivePath }) => cleanPath(archivePath)))
  pathSets.set(entries, known)
  return known
}

function reportSpecial(entry: PackageEntry, root: PathRoot, hazards: HazardLog): void {
  const severity = root === 'directory' ? 'critical' : entry.type === 'fifo' ? 'medium' : 'high'
  hazards.report('archive-special-file', severity, `a ${entry.type} in the package`, { file: entry.path })
}
