// One stream of the old .lzma format, exactly, by liblzma with a memory limit.
import type { Budget } from './budget.ts'
import type { ByteReader } from './byte-reader.ts'
import { code, liblzmaCoder } from './liblzma.ts'
import { invalidPackage } from './refusal.ts'

// All output of one input slice is held at once, and LZMA unpacks up to about 7,000 times: 8 KiB keeps a bomb under 60 MiB.
const INPUT_SLICE_BYTES = 8 * 1024

/** Decodes one stream and leaves the reader at the byte after it. Throws PACKAGE_INVALID, or TOO_LARGE for a huge dictionary. */
export async function* unlzmaStream(reader: ByteReader, budget: Budget): AsyncGenerator<Buffer> {
  const coder = liblzmaCoder('lzma')
  let fed = 0
  let open = true
  try {
    for (;;) {
      const slice = await reader.chunk(INPUT_SLICE_BYTES)
      const result = await code(coder, slice ?? null)
      fed += slice?.length ?? 0
      for (const output of result.outputs) {
        budget.bytesOut(output.length)
        yield output
      }
      if (result.ended) {
        open = false
        if (slice) reader.unread(slice.subarray(slice.length - (fed - result.consumed)))
        return
      }
      if (slice === undefined) throw invalidPackage('archive-truncated', 'the lzma data ends too early')
    }
  } finally {
    if (open) coder.resetUnderlying()
  }
}
