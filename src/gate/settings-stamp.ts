// What an upstream's documents were accepted under: when the configuration pins other keys, they are accepted anew or not at all.
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { RepositorySettings } from '../ecosystems/ecosystem.ts'

/** Digest over addresses and options of a repository, and over the files that the options name (keyrings, key folders). */
export async function settingsStamp({ upstreams, options }: RepositorySettings): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([upstreams, options]))
  for (const value of Object.values(options).flat())
    if (typeof value === 'string' && value.startsWith('/')) hash.update(await contentOf(value))
  return hash.digest('base64url').slice(0, 22)
}

/** Of a file, or of all files of a folder; a path that is neither counts as empty, and whoever needs it says so. */
async function contentOf(path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch {
    const names = await readdir(path).catch(() => [])
    const contents = names.sort().map((name) => readFile(join(path, name)).catch(() => Buffer.alloc(0)))
    return Buffer.concat(await Promise.all(contents))
  }
}
