// Where compiled code may be kept between runs: a folder that nobody but this user can change, or nowhere. What lies in it is run.
// Plain JavaScript, because it is read before the cache is there: code with types would first load Node's parser of them.
import { lstatSync, mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join } from 'node:path'

const OTHERS_MAY_WRITE = 0o022
const STICKY = 0o1000

/**
 * `$XDG_CACHE_HOME/sallyport/code`, else `~/.cache/sallyport/code` (XDG base directories), made when it is missing. Undefined when it cannot be
 * made, or when it or a folder above it is a link or may be changed by somebody else than this user and root: then
 * code is compiled anew, which costs time and nothing else.
 * @param {Readonly<Record<string, string | undefined>>} environment
 * @param {number | undefined} uid
 * @returns {string | undefined}
 */
export function codeCacheFolder(environment, uid) {
  const given = environment['XDG_CACHE_HOME']
  try {
    const base = given !== undefined && isAbsolute(given) ? given : join(homedir(), '.cache')
    const folder = join(base, 'sallyport', 'code')
    // Before anything is made: nothing of ours is put where a link of another user leads.
    if (uid === undefined || !above(nearest(folder), uid)) return undefined
    make(folder)
    return isOurs(folder, uid) ? folder : undefined
  } catch {
    return undefined // A home that is not there or is full is no reason not to start.
  }
}

/** Step by step: Node's own recursive mkdir never ends where a file system takes no folders, as /proc. */
function make(folder) {
  if (lstatSync(folder, { throwIfNoEntry: false }) !== undefined) return
  make(dirname(folder))
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    if (error.code !== 'EEXIST') throw error // Another start of ours was quicker; what it is, is looked at next.
  }
}

/** A path whose parent is there. */
function nearest(path) {
  const parent = dirname(path)
  return parent === path || lstatSync(parent, { throwIfNoEntry: false }) !== undefined
    ? path
    : nearest(parent)
}

function isOurs(folder, uid) {
  const own = lstatSync(folder)
  return own.uid === uid && isGuarded(own, uid) && (own.mode & OTHERS_MAY_WRITE) === 0 && above(folder, uid)
}

/** Who may rename a folder on the way can put another in its place. */
function above(folder, uid) {
  const parent = dirname(folder)
  return parent === folder || (isGuarded(lstatSync(parent), uid) && above(parent, uid))
}

/** A folder for all, as /tmp is, lets nobody rename what is another's. */
function isGuarded(stats, uid) {
  const isOwned = stats.uid === uid || stats.uid === 0
  const isShut = (stats.mode & OTHERS_MAY_WRITE) === 0 || (stats.mode & STICKY) !== 0
  return stats.isDirectory() && isOwned && isShut
}
