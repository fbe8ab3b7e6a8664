// A signer over the keys of a directory: OpenPGP for APT and YUM, RSA for APK.
import { createPrivateKey, createPublicKey, sign as signBytes } from 'node:crypto'
import {
  createCleartextMessage,
  createMessage,
  decryptKey,
  enums,
  type PrivateKey,
  readPrivateKey,
  sign,
} from 'openpgp'
import { GatewayError } from '../model/errors.ts'
import type { RsaSignature, Signer } from '../model/signer.ts'
import { readKeys, type StoredKeys } from './key-directory.ts'

// apt 3 and rpm 6 refuse SHA-1; SHA-512 is taken by all since 2010.
const CONFIG = { preferredHashAlgorithm: enums.hash.sha512 }

/** Throws SIGNING_FAILED when there is no usable key: publishing halts, nothing leaves unsigned. */
export async function openSigner(directory: string, passphrase?: string): Promise<Signer> {
  const stored = await readKeys(directory)
  const keys = await Promise.all(stored.map(({ openpgp }) => openKey(openpgp, passphrase)))
  const rsaKeys = stored.map(openRsa)
  return {
    clearSign: (text) =>
      orFail(async () => {
        const message = await createCleartextMessage({ text })
        const signed = await sign({ message, signingKeys: keys, config: CONFIG })
        // The signature is over canonical line ends in any case (RFC 9580 section 7.2); debootstrap reads fields up to a newline.
        return signed.replaceAll('\r\n', '\n')
      }),
    detachedSign: (data) =>
      orFail(async () =>
        sign({
          message: await createMessage({ binary: data }),
          signingKeys: keys,
          detached: true,
          config: CONFIG,
        }),
      ),
    rsaSign: (data, digest): RsaSignature[] =>
      rsaKeys.map(({ name, key }) => ({
        keyName: name,
        signature: signBytes(`RSA-${digest.toUpperCase()}`, data, key),
      })),
    publicKey: keys.map((key) => key.toPublic().armor()).join('\n'),
    rsaPublicKeys: rsaKeys.map(({ name, key }) => ({
      name,
      pem: createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString(),
    })),
  }
}

async function openKey(armored: string, passphrase: string | undefined): Promise<PrivateKey> {
  return orFail(async () => {
    const privateKey = await readPrivateKey({ armoredKey: armored })
    return privateKey.isDecrypted() ? privateKey : decryptKey({ privateKey, passphrase: passphrase ?? '' })
  })
}

function openRsa({ rsa, rsaName }: StoredKeys) {
  try {
    return { name: rsaName, key: createPrivateKey(rsa) }
  } catch (cause) {
    throw failed(cause)
  }
}

async function orFail<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    throw failed(cause)
  }
}

function failed(cause: unknown): GatewayError {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new GatewayError('SIGNING_FAILED', `signing failed: ${why}`, {}, { cause })
}
