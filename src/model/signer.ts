// What an ecosystem may ask of the repository's signing keys.

/** Signs index documents with the gateway's keys; formats that sign nothing never call it. All methods throw SIGNING_FAILED. */
export interface Signer {
  /** Clear-signed text (APT InRelease). */
  clearSign(text: string): Promise<string>
  /** Detached, ASCII-armoured OpenPGP signature (Release.gpg, repomd.xml.asc). */
  detachedSign(data: Uint8Array): Promise<string>
  /** PKCS#1 v1.5 signature with the RSA key (APKINDEX), by every key that clients may still trust, newest first. */
  rsaSign(data: Uint8Array, digest: 'sha1' | 'sha256'): readonly RsaSignature[]
  /** ASCII-armoured OpenPGP public keys: the current one, then those that are being retired. */
  readonly publicKey: string
  /** Public RSA keys with the file names under which clients keep them, current first. */
  readonly rsaPublicKeys: readonly { readonly name: string; readonly pem: string }[]
}

export interface RsaSignature {
  /** File name under which clients keep the key: it is part of the signed index. */
  readonly keyName: string
  readonly signature: Uint8Array
}
