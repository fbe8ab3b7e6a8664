// Pieces of what index workers made of documents, a file each, with a digest over key and bytes: nothing that is not whole is read.
import { createHash, randomBytes } from 'node:crypto'
import {
  closeSync,
  fstatSync,
  futimesSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writevSync,
} from 'node:fs'
import { readdir, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { GatewayError } from '../model/errors.ts'

export interface PieceFiles {
  /** Undefined when there is none, and when it is damaged: then it is gone afterwards. */
  read(key: string): Buffer | undefined
  /** Throws STORE_FAILED. */
  write(key: string, bytes: Uint8Array): void
  remove(key: string): void
}

export interface PieceLimits {
  readonly unreadMs: number
  /** Of all pieces. */
  readonly maxBytes: number
}

const DIGEST_BYTES = 32
const DAY_MS = 24 * 3_600_000
const LIMITS: PieceLimits = { unreadMs: 7 * DAY_MS, maxBytes: 4 * 1024 ** 3 }
const TEMPORARY = /\.tmp$/
const TEMPORARY_AGE_MS = 3_600_000

/** Not for the main thread: it waits for the disk. Any number of threads and processes may use one directory. */
export function openPieceFiles(directory: string): PieceFiles {
  const fileOf = (key: string) => join(directory, createHash('sha256').update(key).digest('hex'))
  return {
    read(key) {
      const file = fileOf(key)
      const whole = readWhole(file)
      if (whole === undefined) return undefined
      const bytes = whole.subarray(DIGEST_BYTES)
      if (whole.subarray(0, DIGEST_BYTES).equals(digestOf(key, bytes))) return bytes
      rmSync(file, { force: true })
      return undefined
    },
    write(key, bytes) {
      const file = fileOf(key)
      const temporary = `${file}.${randomBytes(6).toString('hex')}.tmp`
      try {
        mkdirSync(directory, { recursive: true })
        writeWhole(temporary, [digestOf(key, bytes), bytes])
        renameSync(temporary, file)
      } catch (cause) {
        removeQuietly(temporary)
        const reason = cause instanceof Error ? cause.message : String(cause)
        throw new GatewayError('STORE_FAILED', `cannot write ${file}: ${reason}`, { path: file }, { cause })
      }
    },
    remove: (key) => rmSync(fileOf(key), { force: true }),
  }
}

function digestOf(key: string, bytes: Uint8Array): Buffer {
  return createHash('sha256').update(key).update('\0').update(bytes).digest()
}

/** What cannot be read is as good as not there: it is made anew, and a disk that is broken refuses to be written. */
function readWhole(file: string): Buffer | undefined {
  let descriptor: number | undefined
  try {
    descriptor = openSync(file, 'r')
    const { size, mtimeMs } = fstatSync(descriptor)
    const bytes = Buffer.allocUnsafeSlow(size)
    for (let done = 0; done < size; ) {
      const read = readSync(descriptor, bytes, done, size - done, done)
      if (read === 0) return undefined
      done += read
    }
    // The sweep goes by this time.
    if (mtimeMs < Date.now() - DAY_MS) futimesSync(descriptor, new Date(), new Date())
    return bytes
  } catch {
    return undefined
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}

/** The first failure is what the caller must see; what stays is swept later. */
function removeQuietly(file: string): void {
  try {
    rmSync(file, { force: true })
  } catch {}
}

function writeWhole(file: string, parts: readonly Uint8Array[]): void {
  const descriptor = openSync(file, 'wx', 0o640)
  try {
    const wanted = parts.reduce((sum, { byteLength }) => sum + byteLength, 0)
    if (writevSync(descriptor, parts) !== wanted) throw new Error('the disk took only a part')
  } finally {
    closeSync(descriptor)
  }
}

/** Removes what nobody has read for so long, then the longest unread until the rest fits. Returns how many files. */
export async function sweepPieces(directory: string, limits: PieceLimits = LIMITS): Promise<number> {
  const names = await readdir(directory).catch((error) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  const files: { path: string; size: number; ageMs: number }[] = []
  for (const name of names) {
    const path = join(directory, name)
    const found = await stat(path).catch(() => undefined) // gone by another process's sweep
    if (found !== undefined) files.push({ path, size: found.size, ageMs: Date.now() - found.mtimeMs })
  }
  let bytes = 0
  let removed = 0
  for (const { path, size, ageMs } of files.sort((a, b) => a.ageMs - b.ageMs)) {
    bytes += size
    const limitMs = TEMPORARY.test(path) ? TEMPORARY_AGE_MS : limits.unreadMs
    if (bytes <= limits.maxBytes && ageMs <= limitMs) continue
    await unlink(path).catch(() => undefined)
    removed += 1
  }
  return removed
}
