// One stream of the old .lzma format, exactly, by liblzma with a memory limit.
import lzma from 'lzma-native'
import { type Budget, tooLarge } from './budget.ts'
import type { ByteReader } from './byte-reader.ts'
import { invalidPackage } from './refusal.ts'

const MEMORY_LIMIT_BYTES = 128 * 1024 * 1024
// All output of one input slice is held at once, and LZMA unpacks up to about 7,000 times: 8 KiB keeps a bomb under 60 MiB.
const INPUT_SLICE_BYTES = 8 * 1024
const OUTPUT_BYTES = 128 * 1024

interface CodeResult {
  readonly outputs: readonly Buffer[]
  readonly ended: boolean
  /** Bytes consumed since the stream began. */
  readonly consumed: number
}

/** Decodes one stream and leaves the reader at the byte after it. Throws PACKAGE_INVALID, or TOO_LARGE for a huge dictionary. */
export async function* unlzmaStream(reader: ByteReader, budget: Budget): AsyncGenerator<Buffer> {
  const coder = new lzma.Stream()
  coder.setBufsize(OUTPUT_BYTES)
  coder.aloneDecoder({ memlimit: MEMORY_LIMIT_BYTES })
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

// The coder reports outputs, then end or error, and last the number of chunks it is done with: that one closes a call.
function code(coder: InstanceType<typeof lzma.Stream>, input: Buffer | null): Promise<CodeResult> {
  return new Promise((resolve, reject) => {
    const outputs: Buffer[] = []
    let ended = false
    let failure: unknown
    let consumed = 0
    coder.bufferHandler = (output, processed, error, totalIn) => {
      if (totalIn !== null) consumed = totalIn
      if (error) failure ??= asRefusal(error)
      else if (output) outputs.push(output)
      else if (output === null) ended = true
      if (typeof processed !== 'number') return
      if (failure) reject(failure)
      else resolve({ outputs, ended, consumed })
    }
    coder.code(input, true)
  })
}

function asRefusal(error: Error): Error {
  if (error.name === 'LZMA_MEMLIMIT_ERROR') {
    return tooLarge('archive-limit-memory', 'the decoder would need too much memory', MEMORY_LIMIT_BYTES)
  }
  const rule = error.name === 'LZMA_BUF_ERROR' ? 'archive-truncated' : 'archive-damaged'
  return invalidPackage(rule, 'the LZMA data is damaged or cut off', { decoder: error.name }, error)
}
