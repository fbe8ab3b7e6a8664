// Finds what nobody needs: leftovers of a crash and blobs without a reference.
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type BlobFiles,
  fileStat,
  ifExists,
  isBlobName,
  moveIfExists,
  removeFile,
  temporaryPath,
} from './blob-files.ts'

/** Removes temporary files last written before the moment (milliseconds since 1970). Returns how many. */
export async function sweepTemporary(files: BlobFiles, writtenBefore: number): Promise<number> {
  let removed = 0
  for (const name of await namesIn(files.tmp)) {
    const path = join(files.tmp, name)
    const found = await fileStat(path)
    if (found && found.mtimeMs <= writtenBefore && (await removeFile(path))) removed += 1
  }
  return removed
}

/** Removes blobs last written before the moment that the question denies. Calls `gone` for each, returns how many. */
export async function sweepOrphans(
  files: BlobFiles,
  writtenBefore: number,
  isReferenced: (sha256: string) => Promise<boolean>,
  gone: (sha256: string) => void,
): Promise<number> {
  let removed = 0
  for await (const { sha256, path } of everyBlob(files)) {
    const found = await fileStat(path)
    if (!found || found.mtimeMs > writtenBefore || (await isReferenced(sha256))) continue
    if (await removeUnlessRewritten(files, path, writtenBefore)) {
      gone(sha256)
      removed += 1
    }
  }
  return removed
}

// The same bytes may be stored again between the question and the removal. So the file is taken away by its name first,
// looked at again, and put back if it is a new one.
async function removeUnlessRewritten(
  files: BlobFiles,
  path: string,
  writtenBefore: number,
): Promise<boolean> {
  const aside = temporaryPath(files)
  if (!(await moveIfExists(path, aside))) return false
  const found = await fileStat(aside)
  if (found && found.mtimeMs > writtenBefore) {
    await moveIfExists(aside, path)
    return false
  }
  return removeFile(aside)
}

async function* everyBlob(files: BlobFiles): AsyncGenerator<{ sha256: string; path: string }> {
  for (const first of await namesIn(files.blobs)) {
    for (const second of await namesIn(join(files.blobs, first))) {
      const directory = join(files.blobs, first, second)
      for (const name of await namesIn(directory)) {
        if (isBlobName(name)) yield { sha256: name, path: join(directory, name) }
      }
    }
  }
}

async function namesIn(directory: string): Promise<string[]> {
  return (await ifExists(directory, () => readdir(directory))) ?? []
}
