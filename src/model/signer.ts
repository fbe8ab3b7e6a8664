// What an ecosystem may ask of the repository's signing keys.

/** Signs index documents with the repository's keys; formats that sign nothing never call it. */
export interface Signer {
  /** Clear-signed text (APT InRelease). */
  clearSign(text: string): Promise<string>
  /** Detached, ASCII-armoured OpenPGP signature (Release.gpg, repomd.xml.asc). */
  detachedSign(data: Uint8Array): Promise<string>
  /** PKCS#1 v1.5 signature with the repository's RSA key (APKINDEX). */
  rsaSign(data: Uint8Array, digest: 'sha1' | 'sha256'): Uint8Array
  /** File name under which clients keep the RSA key. */
  readonly rsaKeyName: string
  /** ASCII-armoured OpenPGP public key. */
  readonly publicKey: string
}
