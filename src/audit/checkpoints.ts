// Signed checkpoints: where the chain stood, by an Ed25519 key of the audit log's own.
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto'
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { GatewayError } from '../model/errors.ts'
import type { AuditCheckpoint, AuditEntry, AuditStore } from '../storage/audit.ts'

/** Beside the log. Keys that sign indexes rotate and retire; a proof of what was decided has to outlive them. */
export function checkpointKeyOf(dataDirectory: string): string {
  return join(dataDirectory, 'audit', 'checkpoint-key.pem')
}

/** Makes the key at first use, readable by its owner only. Throws SIGNING_FAILED when others can read it. */
export function openCheckpointKey(file: string): KeyObject {
  try {
    makeKey(file)
    const { mode } = statSync(file)
    if ((mode & 0o077) !== 0) throw new Error('others can read it: chmod 600')
    return createPrivateKey(readFileSync(file, 'utf8'))
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new GatewayError(
      'SIGNING_FAILED',
      `the audit key ${file} cannot be used: ${why}`,
      { file },
      { cause },
    )
  }
}

function makeKey(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const { privateKey } = generateKeyPairSync('ed25519')
  try {
    writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600, flag: 'wx' })
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') throw thrown
  }
}

/** Signs where the chain stands; undefined when nothing was appended since the last checkpoint. */
export async function makeCheckpoint(
  audit: AuditStore,
  keyFile: string,
  now: Date,
): Promise<AuditCheckpoint | undefined> {
  const last = await audit.last()
  const former = (await audit.checkpoints()).at(-1)
  if (last === undefined || former?.sequence === last.sequence) return undefined
  const checkpoint = signCheckpoint(last, openCheckpointKey(keyFile), now)
  await audit.addCheckpoint(checkpoint)
  return checkpoint
}

function signCheckpoint({ sequence, hash }: AuditEntry, key: KeyObject, now: Date): AuditCheckpoint {
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'der' }).toString('base64')
  const at = now.toISOString()
  const signature = sign(null, statement({ sequence, hash, at }), key).toString('base64')
  return { sequence, hash, at, publicKey, signature }
}

/** Whether its signature is good; that its key is the right one is for who knows the fingerprint. */
export function isSigned(checkpoint: AuditCheckpoint): boolean {
  try {
    const key = createPublicKey({
      key: Buffer.from(checkpoint.publicKey, 'base64'),
      type: 'spki',
      format: 'der',
    })
    return verify(null, statement(checkpoint), key, Buffer.from(checkpoint.signature, 'base64'))
  } catch {
    return false // an unreadable key or signature proves nothing
  }
}

/** SHA-256 of the public key, hex. */
export function fingerprintOf({ publicKey }: Pick<AuditCheckpoint, 'publicKey'>): string {
  return createHash('sha256').update(Buffer.from(publicKey, 'base64')).digest('hex')
}

function statement({ sequence, hash, at }: Pick<AuditCheckpoint, 'sequence' | 'hash' | 'at'>): Buffer {
  return Buffer.from(`sallyport audit checkpoint\n${sequence}\n${hash}\n${at}\n`)
}
