// Metadata files unpacked in pieces under a limit, and held against the digest of the unpacked file.
import { createHash } from 'node:crypto'
import { Budget } from '../../archive/budget.ts'
import { ByteReader, type ByteSource } from '../../archive/byte-reader.ts'
import { decompress, detectCompression } from '../../archive/decompress.ts'
import { DEFAULT_READ_LIMITS, type ReadLimits } from '../../model/limits.ts'
import { invalid } from './invalid.ts'

const MAX_OPEN_BYTES = 4 * 1024 * 1024 * 1024
const LIMITS: ReadLimits = {
  ...DEFAULT_READ_LIMITS,
  maxArtifactBytes: MAX_OPEN_BYTES,
  maxUnpackedBytes: MAX_OPEN_BYTES,
  maxMilliseconds: 300_000,
}

export interface OpenExpectation {
  readonly what: string
  readonly packedBytes: number
  readonly openSha256?: string
  readonly openSizeBytes?: number
}

/** Throws UPSTREAM_INVALID for other unpacked bytes than promised, for a second member and for bytes after the last. */
export async function* unpack(packed: ByteSource, expect: OpenExpectation): AsyncGenerator<Uint8Array> {
  const reader = new ByteReader(packed)
  const compression = detectCompression(await reader.peek(16)) ?? 'none'
  const budget = new Budget({
    ...LIMITS,
    ...(expect.openSizeBytes === undefined ? {} : { maxUnpackedBytes: expect.openSizeBytes }),
  })
  budget.bytesIn(expect.packedBytes)
  const unpacked = decompress(reader, compression, budget)
  const hash = createHash('sha256')
  for await (const chunk of unpacked) {
    hash.update(chunk)
    yield chunk
  }
  const { members, trailingBytes, skippableFrames } = unpacked.report
  if (members > 1 || trailingBytes > 0 || skippableFrames > 0)
    throw invalid(expect.what, 'has more than one compressed member, or bytes after it')
  if (expect.openSha256 !== undefined && hash.digest('hex') !== expect.openSha256)
    throw invalid(expect.what, 'unpacks to other bytes than its repomd lists')
}
