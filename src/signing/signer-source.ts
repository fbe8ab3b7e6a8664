// The signer of the keys that lie in the directory now: rotated, repaired or damaged keys count from the next signature on.
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Signer } from '../model/signer.ts'
import { openSigner } from './open-signer.ts'

/** Returns a function that opens the keys anew whenever a file of the directory changed. It throws SIGNING_FAILED. */
export function createSignerSource(directory: string, passphrase?: string): () => Promise<Signer> {
  let opened: { readonly stamp: string; readonly signer: Promise<Signer> } | undefined
  return async () => {
    const stamp = await keysStamp(directory)
    if (opened?.stamp !== stamp) opened = { stamp, signer: openSigner(directory, passphrase) }
    const { signer } = opened
    signer.catch(() => {
      if (opened?.signer === signer) opened = undefined
    })
    return signer
  }
}

/** Changes whenever a key file appears, goes or is written. Equal for a directory that is not there. */
export async function keysStamp(directory: string): Promise<string> {
  const names = await readdir(directory, { recursive: true }).catch(() => [])
  const lines = await Promise.all(
    names.sort().map(async (name) => {
      const found = await stat(join(directory, name)).catch(() => undefined)
      return found?.isFile() === true
        ? `${name} ${found.ino} ${found.size} ${found.mtimeMs} ${found.mode}`
        : name
    }),
  )
  return lines.join('\n')
}
