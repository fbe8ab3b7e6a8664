// Index files unpacked, under a limit, with every trailing byte accounted for.
import { Budget } from '../../archive/budget.ts'
import { decompress, detectCompression } from '../../archive/decompress.ts'
import type { IndexDocument } from '../../model/index-set.ts'
import { DEFAULT_READ_LIMITS, type ReadLimits } from '../../model/limits.ts'
import type { ReadContext } from '../ecosystem.ts'
import { invalid } from './release.ts'

// A string holds no more than 2^29 characters.
const MAX_TEXT_BYTES = 500 * 1024 * 1024

/** Memory limits are the decoder's; these stop a bomb that stays within its Release entry's compressed size. */
const LIMITS: ReadLimits = {
  ...DEFAULT_READ_LIMITS,
  maxArtifactBytes: MAX_TEXT_BYTES,
  maxUnpackedBytes: MAX_TEXT_BYTES,
  maxMilliseconds: 120_000,
}

/** The unpacked bytes of an index document, whatever its compression. Throws UPSTREAM_INVALID for a second member or trailing bytes. */
export async function openText(
  document: IndexDocument,
  context: Pick<ReadContext, 'open'>,
): Promise<Uint8Array> {
  const packed = await context.open(document)
  const compression = /\.(?:gz|xz|zst|bz2)$/.test(document.name)
    ? detectCompression(packed.subarray(0, 16))
    : 'none'
  if (compression === undefined) throw invalid(document.name, 'is not compressed as its name says')
  if (compression === 'none') return packed
  const budget = new Budget(LIMITS)
  budget.bytesIn(packed.byteLength)
  const unpacked = decompress([packed], compression, budget)
  const chunks: Uint8Array[] = []
  for await (const chunk of unpacked) chunks.push(chunk)
  const { members, trailingBytes, skippableFrames } = unpacked.report
  if (members > 1 || trailingBytes > 0 || skippableFrames > 0)
    throw invalid(document.name, 'has more than one compressed member, or bytes after it')
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)
}
