// The kinds of data that are followed through code, as bits.

/** Bits of what a value carries. */
export const TAG = {
  /** All environment variables together. */
  environment: 1,
  /** One variable that holds a credential by its name. */
  secret: 2,
  hostname: 4,
  user: 8,
  interfaces: 16,
  folder: 32,
  platform: 64,
  /** Names a file of credentials. */
  credentialPath: 128,
  /** Content of such a file. */
  credential: 256,
  fetched: 512,
  /** Fetched from an address that stands in the code. */
  fetchedConstant: 1024,
  decoded: 2048,
  file: 4096,
  /** Read from a file named in the code that is not code by its name. */
  dataFile: 8192,
  /** Output of a process. */
  output: 16384,
  /** A literal over 800 characters. */
  blob: 32768,
  /** Keys, screen, clipboard, camera. */
  watched: 65536,
  /** Made from character numbers, decompressed or turned round: decoders of honest code do that, too. */
  unpacked: 131072,
  /** Called a private key, mnemonic or seed phrase. */
  walletKey: 262144,
} as const

/** Facts of the machine; one alone is what any program might send. */
export const HOST_TAGS = [TAG.hostname, TAG.user, TAG.interfaces, TAG.folder] as const

export function hasTag(tags: number, tag: number): boolean {
  return (tags & tag) !== 0
}
