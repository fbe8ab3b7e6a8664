// An OpenPGP key of an imaginary vendor, made in the test: signs what an upstream would sign.
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMessage, enums, generateKey, readPrivateKey, sign } from 'openpgp'

export interface VendorKey {
  /** Armoured. */
  readonly publicKey: string
  readonly privateKey: string
  /** File that holds the public key. */
  readonly file: string
  /** Armoured detached signature. */
  sign(data: Uint8Array | string): Promise<string>
}

/** RSA, which every rpm, gpg and apt takes; a day old, for clients whose clock is slow. */
export async function makeVendorKey(name = 'Vendor'): Promise<VendorKey> {
  const made = await generateKey({
    type: 'rsa',
    rsaBits: 2048,
    userIDs: [{ name, email: 'vendor@upstream.test' }],
    date: new Date(Date.now() - 86_400_000),
    format: 'armored',
    config: { minRSABits: 2047, preferredHashAlgorithm: enums.hash.sha256 },
  })
  const file = join(mkdtempSync(join(tmpdir(), 'vendor-key-')), 'vendor.asc')
  writeFileSync(file, made.publicKey)
  const signingKeys = await readPrivateKey({ armoredKey: made.privateKey })
  return {
    publicKey: made.publicKey,
    privateKey: made.privateKey,
    file,
    sign: async (data) =>
      sign({ message: await createMessage({ binary: Buffer.from(data) }), signingKeys, detached: true }),
  }
}
