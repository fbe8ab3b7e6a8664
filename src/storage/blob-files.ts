// Where a filesystem blob store keeps its files, and the disk calls it makes, each failing as STORE_FAILED.
//
//   <root>/blobs/ab/cd/<sha256>        finished blobs, never partial; ab and cd are the first two bytes of the digest
//   <root>/tmp/<random>                bodies being written; leftovers of a crash are swept by age
//   <root>/damaged/<sha256>.<millis>   blobs whose bytes no longer have their digest, kept for a look
import { randomBytes } from 'node:crypto'
import { mkdir, open, rename, stat, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { GatewayError } from '../model/errors.ts'

const SHA256 = /^[0-9a-f]{64}$/

export interface BlobFiles {
  readonly root: string
  readonly blobs: string
  readonly tmp: string
  readonly damaged: string
}

export function blobFiles(root: string): BlobFiles {
  return { root, blobs: join(root, 'blobs'), tmp: join(root, 'tmp'), damaged: join(root, 'damaged') }
}

/** Path of a finished blob. Throws INTERNAL for what is no lower-case SHA-256, so that no name can leave the tree. */
export function blobPath(files: BlobFiles, sha256: string): string {
  if (!SHA256.test(sha256)) throw new GatewayError('INTERNAL', 'not a SHA-256 digest', { sha256 })
  return join(files.blobs, sha256.slice(0, 2), sha256.slice(2, 4), sha256)
}

export function temporaryPath(files: BlobFiles): string {
  return join(files.tmp, randomBytes(16).toString('hex'))
}

export function isBlobName(name: string): boolean {
  return SHA256.test(name)
}

/** Runs a disk call; what it throws becomes STORE_FAILED with the path and the system's error code. */
export async function onDisk<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action()
  } catch (error) {
    throw storeFailed(path, error)
  }
}

/** The same, but undefined when there is no such file. */
export async function ifExists<T>(path: string, action: () => Promise<T>): Promise<T | undefined> {
  try {
    return await action()
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw storeFailed(path, error)
  }
}

/** True when the file is gone by our hand, false when it was gone already. */
export async function removeFile(path: string): Promise<boolean> {
  const done = await ifExists(path, async () => {
    await unlink(path)
    return true
  })
  return done ?? false
}

export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Makes the directories below the root that are missing, and makes the new names durable. */
export async function makeDirectories(path: string, durable: boolean): Promise<void> {
  const first = await mkdir(path, { recursive: true })
  if (first === undefined || !durable) return
  for (let made = path; made.length >= first.length; made = dirname(made)) {
    await syncDirectory(dirname(made))
  }
}

/** Moves a file; false when it is gone. */
export async function moveIfExists(from: string, to: string): Promise<boolean> {
  const done = await ifExists(from, async () => {
    await rename(from, to)
    return true
  })
  return done ?? false
}

export async function fileStat(path: string): Promise<{ sizeBytes: number; mtimeMs: number } | undefined> {
  const found = await ifExists(path, () => stat(path))
  return found && { sizeBytes: found.size, mtimeMs: found.mtimeMs }
}

function storeFailed(path: string, error: unknown): GatewayError {
  const reason = error instanceof Error ? error.message : String(error)
  const facts = { path, systemCode: systemCode(error) }
  return new GatewayError('STORE_FAILED', `the blob store cannot use ${path}: ${reason}`, facts, {
    cause: error,
  })
}

function systemCode(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : undefined
}
