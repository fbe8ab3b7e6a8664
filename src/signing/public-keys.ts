// The public halves of the signing keys, in the forms in which clients keep them.
import { createPublicKey } from 'node:crypto'
import { armor, enums, readPrivateKey } from 'openpgp'
import { GatewayError } from '../model/errors.ts'
import { readKeys, type StoredKeys } from './key-directory.ts'

export interface PublicKeyPair {
  /** Upper-case hex of the OpenPGP primary key. */
  readonly fingerprint: string
  readonly createdAt: Date
  readonly armored: string
  readonly binary: Uint8Array
  /** RSA key of apk: file name under which clients keep it, and PEM. */
  readonly rsa: { readonly name: string; readonly pem: string }
}

/** Current pair first, then those that are being retired. No passphrase is needed. Throws SIGNING_FAILED. */
export async function readPublicKeys(directory: string): Promise<readonly PublicKeyPair[]> {
  return Promise.all((await readKeys(directory)).map(publicPair))
}

async function publicPair({ openpgp, rsa, rsaName }: StoredKeys): Promise<PublicKeyPair> {
  try {
    const key = (await readPrivateKey({ armoredKey: openpgp })).toPublic()
    const pem = createPublicKey(rsa).export({ type: 'spki', format: 'pem' }).toString()
    return {
      fingerprint: key.getFingerprint().toUpperCase(),
      createdAt: key.getCreationTime(),
      armored: key.armor(),
      binary: key.write(),
      rsa: { name: rsaName, pem },
    }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new GatewayError('SIGNING_FAILED', `a signing key cannot be read: ${why}`, { rsaName }, { cause })
  }
}

/** One armoured block for all of them: apt reads the first block of a file only. */
export function armorTogether(keys: readonly Pick<PublicKeyPair, 'binary'>[]): string {
  return armor(enums.armor.publicKey, Buffer.concat(keys.map(({ binary }) => binary)))
}
