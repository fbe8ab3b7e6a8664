// The signatures inside an .apk, with the bytes they were made over; verifying them needs the vendor's keys and is done elsewhere.
import { Budget } from '../../archive/budget.ts'
import { ByteReader, readFileChunks } from '../../archive/byte-reader.ts'
import { gzipMembers } from '../../archive/gzip-members.ts'
import { HazardLog } from '../../archive/hazards.ts'
import { openRandomAccess } from '../../archive/random-access.ts'
import { readTar } from '../../archive/tar.ts'
import { DEFAULT_READ_LIMITS } from '../../model/limits.ts'

export interface ApkSignature {
  /** `RSA` is RSA with SHA-1, `RSA256` and `RSA512` with SHA-2; all PKCS#1 v1.5. */
  readonly algorithm: string
  /** File name under which clients keep the key: `alpine-devel@example.test-4a6a0840.rsa.pub`. */
  readonly keyName: string
  readonly signature: Uint8Array
}

export interface SignedApk {
  readonly signatures: readonly ApkSignature[]
  /** The compressed control member: signed, and hashed for the identity; it binds the data by `datahash`. */
  readonly signed: Uint8Array
}

/** `.SIGN.<algorithm>.<key name>`; undefined for any other name. */
export function parseSignatureName(name: string): Pick<ApkSignature, 'algorithm' | 'keyName'> | undefined {
  const match = /^\.SIGN\.([A-Z0-9]+)\.(.+)$/.exec(name)
  return match?.[1] && match[2] ? { algorithm: match[1], keyName: match[2] } : undefined
}

/** Reads the first two members. Throws PACKAGE_INVALID for damage; an unsigned package has no signatures. */
export async function readApkSignatures(location: string): Promise<SignedApk> {
  const budget = new Budget(DEFAULT_READ_LIMITS)
  const reader = new ByteReader(readFileChunks(location, budget))
  const signatures: ApkSignature[] = []
  let control = { start: 0, end: 0 }
  try {
    for await (const member of gzipMembers(reader, budget)) {
      const found = await signaturesIn(member.content, budget)
      signatures.push(...found)
      control = { start: member.start, end: member.end() }
      if (found.length === 0) break
    }
  } finally {
    await reader.close()
  }
  const file = await openRandomAccess(location)
  try {
    return { signatures, signed: await file.read(control.start, control.end - control.start) }
  } finally {
    await file.close()
  }
}

async function signaturesIn(member: AsyncIterable<Buffer>, budget: Budget): Promise<ApkSignature[]> {
  const found: ApkSignature[] = []
  for await (const { entry, content } of readTar(member, {
    budget,
    hazards: new HazardLog(),
    endBlocks: false,
  })) {
    const name = parseSignatureName(entry.path)
    if (!name || entry.type !== 'file' || entry.sizeBytes > 64 * 1024) continue
    const pieces: Buffer[] = []
    for await (const piece of content) pieces.push(piece)
    found.push({ ...name, signature: Buffer.concat(pieces) })
  }
  return found
}
