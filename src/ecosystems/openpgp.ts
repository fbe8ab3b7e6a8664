// OpenPGP on the way in: an upstream's signed index against the keys that the configuration pins.
import { readFile } from 'node:fs/promises'
import {
  createMessage,
  config as defaults,
  enums,
  type PublicKey,
  readCleartextMessage,
  readKeys,
  readSignature,
  verify,
} from 'openpgp'
import { GatewayError } from '../model/errors.ts'

export interface VerifiedText {
  /** The text that was signed, without dash escapes. */
  readonly text: string
  /** Upper-case hex fingerprints of the primary keys whose signatures are good. */
  readonly signers: readonly string[]
}

// SHA-1 and MD5 signatures prove nothing any more; apt 3 refuses them as well.
const CONFIG = {
  ...defaults,
  rejectMessageHashAlgorithms: new Set([enums.hash.md5, enums.hash.ripemd, enums.hash.sha1]),
}

/** Keys of armoured or binary keyring files. Throws CONFIG_INVALID that names the file. */
export async function readKeyrings(files: readonly string[]): Promise<PublicKey[]> {
  const rings = await Promise.all(files.map(readKeyring))
  return rings.flat()
}

async function readKeyring(file: string): Promise<PublicKey[]> {
  try {
    const bytes = await readFile(file)
    const isArmored = bytes.subarray(0, 64).includes('-----BEGIN PGP')
    // Armoured files may hold several blocks one after the other.
    if (isArmored) return await readArmoredKeys(bytes.toString('utf8'))
    return (await readKeys({ binaryKeys: bytes })) as PublicKey[]
  } catch (cause) {
    throw new GatewayError(
      'CONFIG_INVALID',
      `the keyring ${file} cannot be read: ${messageOf(cause)}`,
      { file },
      { cause },
    )
  }
}

/** A signature to check against keyring files: plain data, so that a worker can do it. */
export type SignatureCheck = { readonly keyrings: readonly string[]; readonly what: string } & (
  | { readonly clearSigned: string }
  | { readonly data: Uint8Array; readonly signature: Uint8Array }
)

/** The signed text of a clear-signed document, empty for detached signatures. Throws as the two functions below, and CONFIG_INVALID. */
export async function checkSignature(check: SignatureCheck): Promise<VerifiedText> {
  const keys = await readKeyrings(check.keyrings)
  if ('clearSigned' in check) return verifyClearSigned(check.clearSigned, keys, check.what)
  return { text: '', signers: await verifyDetached(check.data, check.signature, keys, check.what) }
}

/** Throws UPSTREAM_INVALID unless at least one pinned key made a good signature over the whole text (RFC 9580 section 7). */
export async function verifyClearSigned(
  document: string,
  keys: readonly PublicKey[],
  what: string,
): Promise<VerifiedText> {
  refuseSurroundings(document, what)
  try {
    const message = await readCleartextMessage({ cleartextMessage: document, config: CONFIG })
    const result = await verify({ message, verificationKeys: [...keys], config: CONFIG })
    const signers = await goodSigners(result.signatures, keys, what)
    return { text: message.getText(), signers }
  } catch (cause) {
    throw invalid(what, cause)
  }
}

/** Text before or after the signed block is not signed, and clients differ in whether they read it. */
function refuseSurroundings(document: string, what: string): void {
  const trimmed = document.trimEnd()
  const isOneBlock =
    trimmed.startsWith('-----BEGIN PGP SIGNED MESSAGE-----') &&
    trimmed.endsWith('-----END PGP SIGNATURE-----') &&
    trimmed.split('-----BEGIN PGP SIGNED MESSAGE-----').length === 2
  if (!isOneBlock) throw invalid(what, new Error('it is not exactly one signed message'))
}

/** A detached signature, armoured or binary, over `data`. Throws UPSTREAM_INVALID as above. */
export async function verifyDetached(
  data: Uint8Array,
  signature: Uint8Array,
  keys: readonly PublicKey[],
  what: string,
): Promise<readonly string[]> {
  try {
    const text = Buffer.from(signature)
    const parsed = text.includes('-----BEGIN PGP')
      ? await readSignature({ armoredSignature: text.toString('utf8'), config: CONFIG })
      : await readSignature({ binarySignature: text, config: CONFIG })
    const message = await createMessage({ binary: data })
    const result = await verify({ message, signature: parsed, verificationKeys: [...keys], config: CONFIG })
    return await goodSigners(result.signatures, keys, what)
  } catch (cause) {
    throw invalid(what, cause)
  }
}

async function goodSigners(
  signatures: Awaited<ReturnType<typeof verify>>['signatures'],
  keys: readonly PublicKey[],
  what: string,
): Promise<string[]> {
  const good: string[] = []
  const problems: string[] = []
  for (const { verified, keyID } of signatures) {
    try {
      await verified
      const key = keys.find((one) => one.getKeys(keyID).length > 0)
      if (key !== undefined) good.push(key.getFingerprint().toUpperCase())
    } catch (thrown) {
      problems.push(`${keyID.toHex()}: ${messageOf(thrown)}`)
    }
  }
  if (good.length === 0)
    throw new Error(`no good signature by a pinned key (${problems.join('; ') || 'not signed'}) on ${what}`)
  return good
}

function invalid(what: string, cause: unknown): GatewayError {
  return new GatewayError(
    'UPSTREAM_INVALID',
    `the signature of ${what} is not valid: ${messageOf(cause)}`,
    { what },
    { cause },
  )
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}

/** The text of a clear-signed document whose signature was verified before. */
export async function clearText(document: string): Promise<string> {
  return (await readCleartextMessage({ cleartextMessage: document })).getText()
}

/** Keys of armoured text, our own or a configured one. */
export async function readArmoredKeys(armored: string): Promise<PublicKey[]> {
  const blocks =
    armored.match(/-----BEGIN PGP PUBLIC KEY BLOCK-----[\s\S]*?-----END PGP PUBLIC KEY BLOCK-----/g) ?? []
  return (await Promise.all(blocks.map((armoredKeys) => readKeys({ armoredKeys })))).flat() as PublicKey[]
}
