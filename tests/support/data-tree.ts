// What a gateway keeps on disk, read behind its back: is every blob what its name says?
import { createHash } from 'node:crypto'
import { type Dirent, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const SHA256 = /^[0-9a-f]{64}$/

export interface StoredFile {
  readonly path: string
  readonly sha256: string
  readonly isWhole: boolean
}

/** Every file below the data directory whose name is a SHA-256, and whether its content is. */
export function storedBlobs(dataDirectory: string): StoredFile[] {
  return files(dataDirectory)
    .filter((entry) => SHA256.test(entry.name))
    .map((entry) => {
      const path = join(entry.parentPath, entry.name)
      const sha256 = createHash('sha256').update(readFileSync(path)).digest('hex')
      return { path, sha256: entry.name, isWhole: sha256 === entry.name }
    })
}

function files(folder: string): Dirent[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
}
