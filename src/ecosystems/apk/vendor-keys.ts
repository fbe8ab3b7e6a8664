// Pinned vendor keys: an index counts only under a key that the configuration has, by its exact file name.
import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { GatewayError } from '../../model/errors.ts'
import { type ApkIndexFile, invalid } from './index-file.ts'

// SHA-1 is what Alpine signs with; it is taken from vendors only, never made by us alone.
const DIGESTS: Readonly<Record<string, string>> = {
  RSA: 'RSA-SHA1',
  RSA256: 'RSA-SHA256',
  RSA512: 'RSA-SHA512',
}

/** Keys by file name, from files or folders. Throws CONFIG_INVALID that names what cannot be read. */
export async function readVendorKeys(paths: readonly string[]): Promise<ReadonlyMap<string, KeyObject>> {
  const files = (await Promise.all(paths.map(filesAt))).flat()
  return new Map(await Promise.all(files.map(async (file) => [basename(file), await readKey(file)] as const)))
}

async function filesAt(path: string): Promise<string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path]
    return (await readdir(path)).filter((name) => name.endsWith('.pub')).map((name) => join(path, name))
  } catch (cause) {
    throw unreadable(path, cause)
  }
}

async function readKey(file: string): Promise<KeyObject> {
  try {
    return createPublicKey(await readFile(file))
  } catch (cause) {
    throw unreadable(file, cause)
  }
}

function unreadable(path: string, cause: unknown): GatewayError {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new GatewayError('CONFIG_INVALID', `the apk key ${path} cannot be read: ${why}`, { path }, { cause })
}

/** Returns the name of the key whose signature is good. Throws UPSTREAM_INVALID when there is none. */
export function verifyIndex(index: ApkIndexFile, keys: ReadonlyMap<string, KeyObject>, what: string): string {
  for (const { algorithm, keyName, signature } of index.signatures) {
    const key = keys.get(keyName)
    const digest = DIGESTS[algorithm]
    if (key !== undefined && digest !== undefined && verify(digest, index.signed, key, signature))
      return keyName
  }
  const named = index.signatures.map(({ algorithm, keyName }) => `${algorithm} by ${keyName}`).join(', ')
  throw invalid(
    what,
    `has no good signature by a pinned key (it has ${named || 'none'}; pinned are ${[...keys.keys()].join(', ') || 'none'})`,
  )
}
