// Index files unpacked, under a limit, with every trailing byte accounted for.
import { Budget } from '../../archive/budget.ts'
import { decompress, detectCompression } from '../../archive/decompress.ts'
import type { IndexDocument } from '../../model/index-set.ts'
import { DEFAULT_READ_LIMITS, type ReadLimits } from '../../model/limits.ts'
import type { ReadContext } from '../ecosystem.ts'
import { invalid } from './release.ts'

const MAX_TEXT_BYTES = 500 * 1024 * 1024
/** An index is seldom packed tighter; what is makes the buffer grow. */
const EXPECTED_RATIO = 6

/** Memory limits are the decoder's; these stop a bomb that stays within its Release entry's compressed size. */
const LIMITS: ReadLimits = {
  ...DEFAULT_READ_LIMITS,
  maxArtifactBytes: MAX_TEXT_BYTES,
  maxUnpackedBytes: MAX_TEXT_BYTES,
  maxMilliseconds: 120_000,
}

/** The unpacked bytes of an index document, whatever its compression. Throws UPSTREAM_INVALID for a second member or trailing bytes. */
export async function openText(document: IndexDocument, context: Pick<ReadContext, 'open'>): Promise<Buffer> {
  const packed = await context.open(document)
  const compression = /\.(?:gz|xz|zst|bz2)$/.test(document.name)
    ? detectCompression(packed.subarray(0, 16))
    : 'none'
  if (compression === undefined) throw invalid(document.name, 'is not compressed as its name says')
  if (compression === 'none') return Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength)
  const budget = new Budget(LIMITS)
  budget.bytesIn(packed.byteLength)
  const unpacked = decompress([packed], compression, budget)
  const text = await gather(unpacked, packed.byteLength * EXPECTED_RATIO)
  const { members, trailingBytes, skippableFrames } = unpacked.report
  if (members > 1 || trailingBytes > 0 || skippableFrames > 0)
    throw invalid(document.name, 'has more than one compressed member, or bytes after it')
  return text
}

/** Into one buffer as the pieces come: a list of pieces and its concatenation would be there at once. */
async function gather(pieces: AsyncIterable<Uint8Array>, expectedBytes: number): Promise<Buffer> {
  let gathered = Buffer.allocUnsafeSlow(expectedBytes)
  let used = 0
  for await (const piece of pieces) {
    if (used + piece.byteLength > gathered.length) {
      const larger = Buffer.allocUnsafeSlow(
        Math.max(used + piece.byteLength, Math.ceil(gathered.length * 1.5)),
      )
      gathered.copy(larger, 0, 0, used)
      gathered = larger
    }
    gathered.set(piece, used)
    used += piece.byteLength
  }
  return gathered.subarray(0, used)
}
