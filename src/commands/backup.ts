// Writes settings files with a backup beside them, and puts the backup back.
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { BACKUP_SUFFIX, hasBackup, NO_FILE, readText } from '../config/machine.ts'
import { GatewayError } from '../model/errors.ts'
import type { FileEdit } from './clients/client.ts'

/**
 * Writes the edit. The first backup stays, so that undo leads back to before Sallyport whatever was written since.
 * False when the file already says it.
 */
export function writeEdit({ path, change }: FileEdit): boolean {
  const before = readText(path)
  const after = change(before ?? '')
  if (after === before) return false
  const backup = `${path}${BACKUP_SUFFIX}`
  mkdirSync(dirname(path), { recursive: true })
  const mode = before === undefined ? 0o644 : statSync(path).mode & 0o777
  if (!hasBackup(path)) replace(backup, before ?? NO_FILE, mode)
  replace(path, after, mode)
  return true
}

/**
 * Puts the backup back; false when there is none. What somebody wrote into the file since is kept beside it, in a
 * file that is named in the answer.
 */
export function undoEdit({ path, change }: FileEdit): false | { readonly kept?: string } {
  if (!hasBackup(path)) return false
  const backup = `${path}${BACKUP_SUFFIX}`
  const before = readFileSync(backup, 'utf8')
  const current = readText(path)
  const isOurs = current === undefined || current === change(before === NO_FILE ? '' : before)
  const kept = `${path}.after-sallyport`
  if (!isOurs) renameSync(path, kept)
  if (before === NO_FILE) {
    rmSync(path, { force: true })
    rmSync(backup)
  } else renameSync(backup, path)
  return isOurs ? {} : { kept }
}

/** Whole or not at all: a half-written .npmrc would break every install. */
function replace(path: string, content: string, mode: number): void {
  const temporary = `${path}.sallyport-tmp`
  try {
    writeFileSync(temporary, content, { mode })
    chmodSync(temporary, mode)
    renameSync(temporary, path)
  } catch (cause) {
    rmSync(temporary, { force: true })
    throw new GatewayError('STORE_FAILED', `${path} could not be written`, { path }, { cause })
  }
}
