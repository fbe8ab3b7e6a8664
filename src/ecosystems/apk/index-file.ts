// APKINDEX.tar.gz: a signature member and the signed member with DESCRIPTION and APKINDEX. Sources: apk-repositories(5), abuild-sign.
import { Budget } from '../../archive/budget.ts'
import { ByteReader } from '../../archive/byte-reader.ts'
import { gzipMembers } from '../../archive/gzip-members.ts'
import { HazardLog } from '../../archive/hazards.ts'
import { readTar } from '../../archive/tar.ts'
import { GatewayError } from '../../model/errors.ts'
import { DEFAULT_READ_LIMITS } from '../../model/limits.ts'
import { type ApkSignature, parseSignatureName } from './package-signature.ts'

export interface ApkIndexFile {
  readonly signatures: readonly ApkSignature[]
  /** Compressed bytes of the second member: what the signatures are over. */
  readonly signed: Uint8Array
  readonly description: string
  readonly text: Uint8Array
}

const MAX_SIGNATURE_BYTES = 64 * 1024

/** Throws UPSTREAM_INVALID unless the file is exactly a signature member and an index member. */
export async function parseApkIndex(bytes: Uint8Array, what: string): Promise<ApkIndexFile> {
  const budget = new Budget(DEFAULT_READ_LIMITS)
  budget.bytesIn(bytes.byteLength)
  const reader = new ByteReader([bytes])
  const members: { files: ReadonlyMap<string, Buffer>; start: number; end: number }[] = []
  try {
    for await (const member of gzipMembers(reader, budget)) {
      const files = await filesOf(member.content, budget, members.length > 0)
      members.push({ files, start: member.start, end: member.end() })
    }
  } catch (cause) {
    throw invalid(what, cause instanceof Error ? cause.message : String(cause), cause)
  }
  const [first, second, ...more] = members
  if (first === undefined || second === undefined || more.length > 0)
    throw invalid(what, `has ${members.length} gzip members instead of 2`)
  if (second.end !== bytes.byteLength) throw invalid(what, 'has bytes after its last member')
  const text = second.files.get('APKINDEX')
  if (text === undefined) throw invalid(what, 'has no APKINDEX')
  return {
    signatures: signaturesOf(first.files, what),
    signed: bytes.subarray(second.start, second.end),
    description: second.files.get('DESCRIPTION')?.toString('utf8') ?? '',
    text,
  }
}

async function filesOf(
  content: AsyncIterable<Buffer>,
  budget: Budget,
  endBlocks: boolean,
): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>()
  const hazards = new HazardLog()
  for await (const { entry, content: body } of readTar(content, { budget, hazards, endBlocks })) {
    if (files.has(entry.path)) throw new Error(`${entry.path} is there twice`)
    const chunks: Buffer[] = []
    for await (const chunk of body) chunks.push(Buffer.from(chunk))
    files.set(entry.path, Buffer.concat(chunks))
  }
  const [hazard] = hazards.findings.filter(({ severity }) => severity === 'critical')
  if (hazard !== undefined) throw new Error(hazard.title)
  return files
}

function signaturesOf(files: ReadonlyMap<string, Buffer>, what: string): ApkSignature[] {
  return [...files].map(([name, signature]) => {
    const parsed = parseSignatureName(name)
    if (parsed === undefined) throw invalid(what, `has ${JSON.stringify(name)} where a signature must be`)
    if (signature.byteLength > MAX_SIGNATURE_BYTES) throw invalid(what, 'has a signature of more than 64 KiB')
    return { ...parsed, signature }
  })
}

export function invalid(what: string, why: string, cause?: unknown): GatewayError {
  return new GatewayError('UPSTREAM_INVALID', `${what} ${why}`, { what }, { cause })
}
