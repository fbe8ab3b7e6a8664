// Signing keys on disk, readable by their owner only.
//
//   keys/current/openpgp.asc    armoured private key, signs InRelease, Release.gpg, repomd.xml.asc
//   keys/current/rsa.pem        PKCS#8 private key, signs APKINDEX
//   keys/current/rsa-name       file name under which apk clients keep the public half
//   keys/retiring/<stamp>/...   former keys, which sign along until the overlap ends
import { createHash, createPublicKey, generateKeyPair } from 'node:crypto'
import { chmod, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { generateKey } from 'openpgp'
import { GatewayError } from '../model/errors.ts'

export interface StoredKeys {
  /** Armoured. */
  readonly openpgp: string
  /** PEM, PKCS#8. */
  readonly rsa: string
  readonly rsaName: string
}

const RSA_BITS = 3072
const generateRsa = promisify(generateKeyPair)

/** Current keys first, then the retiring ones, newest first. Throws SIGNING_FAILED when there are none or they can be read by others. */
export async function readKeys(directory: string): Promise<readonly StoredKeys[]> {
  const retiring = (await listed(join(directory, 'retiring'))).sort().reverse()
  const folders = [join(directory, 'current'), ...retiring.map((name) => join(directory, 'retiring', name))]
  return Promise.all(folders.map(readFolder))
}

/** Makes keys at the first start; keys that are there are left alone. Returns whether it made any. */
export async function ensureKeys(
  directory: string,
  identity: string,
  own: Partial<StoredKeys> = {},
): Promise<boolean> {
  const current = join(directory, 'current')
  if ((await listed(current)).length > 0) return false
  await writeKeys(current, await makeKeys(identity, own))
  return true
}

/** Puts new keys in place; the former ones sign along from `retiring` until they are removed there. */
export async function rotateKeys(directory: string, identity: string, now: Date): Promise<void> {
  const fresh = join(directory, `new-${now.getTime()}`)
  await writeKeys(fresh, await makeKeys(identity))
  await mkdir(join(directory, 'retiring'), { recursive: true, mode: 0o700 })
  await rename(
    join(directory, 'current'),
    join(directory, 'retiring', now.toISOString().replace(/[:.]/g, '')),
  )
  await rename(fresh, join(directory, 'current'))
}

/** Removes the former keys: clients that never took the current ones refuse from then on. Returns how many there were. */
export async function retireKeys(directory: string): Promise<number> {
  const folder = join(directory, 'retiring')
  const names = await listed(folder)
  await rm(folder, { recursive: true, force: true })
  return names.length
}

async function makeKeys(identity: string, own: Partial<StoredKeys> = {}): Promise<StoredKeys> {
  const [, name = identity, email = ''] = /^(.*?)\s*(?:<([^>]*)>)?$/.exec(identity) ?? []
  const openpgp =
    own.openpgp ??
    // RSA: gpg 2.2, rpm and every apt since 2012 take it; a date in the past keeps clients with slow clocks from refusing it.
    (
      await generateKey({
        type: 'rsa',
        rsaBits: RSA_BITS,
        userIDs: [{ name, ...(email === '' ? {} : { email }) }],
        date: new Date(Date.now() - 86_400_000),
        format: 'armored',
      })
    ).privateKey
  const rsa =
    own.rsa ??
    (await generateRsa('rsa', { modulusLength: RSA_BITS })).privateKey
      .export({ type: 'pkcs8', format: 'pem' })
      .toString()
  return { openpgp, rsa, rsaName: own.rsaName ?? rsaNameOf(rsa) }
}

/** Named like Alpine's own: who, and a piece of the key's digest. */
function rsaNameOf(pem: string): string {
  const der = createPublicKey(pem).export({ type: 'spki', format: 'der' })
  return `sallyport-${createHash('sha256').update(der).digest('hex').slice(0, 8)}.rsa.pub`
}

async function writeKeys(folder: string, keys: StoredKeys): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await chmod(folder, 0o700)
  const files = { 'openpgp.asc': keys.openpgp, 'rsa.pem': keys.rsa, 'rsa-name': keys.rsaName }
  for (const [name, text] of Object.entries(files))
    await writeFile(join(folder, name), text, { mode: 0o600, flag: 'wx' })
}

async function readFolder(folder: string): Promise<StoredKeys> {
  const [openpgp, rsa, rsaName] = await Promise.all(
    ['openpgp.asc', 'rsa.pem', 'rsa-name'].map((name) => readPrivate(join(folder, name))),
  )
  return { openpgp: openpgp ?? '', rsa: rsa ?? '', rsaName: (rsaName ?? '').trim() }
}

async function readPrivate(file: string): Promise<string> {
  try {
    const { mode } = await stat(file)
    if ((mode & 0o077) !== 0)
      throw new Error(`is readable by others (mode ${(mode & 0o777).toString(8)}): chmod 600`)
    return await readFile(file, 'utf8')
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new GatewayError(
      'SIGNING_FAILED',
      `the signing key ${file} cannot be used: ${why}`,
      { file },
      { cause },
    )
  }
}

async function listed(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw thrown
  }
}
