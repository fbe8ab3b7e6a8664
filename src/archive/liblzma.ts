// liblzma: a coder with a memory limit, fed one slice after the other.
import lzma from 'lzma-native'
import { tooLarge } from './budget.ts'
import { invalidPackage } from './refusal.ts'

export type LiblzmaCoder = InstanceType<typeof lzma.Stream>

const MEMORY_LIMIT_BYTES = 128 * 1024 * 1024
const OUTPUT_BYTES = 128 * 1024

export interface CodeResult {
  readonly outputs: readonly Buffer[]
  readonly ended: boolean
  /** Bytes consumed since the stream began. */
  readonly consumed: number
}

export function liblzmaCoder(format: 'lzma' | 'xz'): LiblzmaCoder {
  const coder = new lzma.Stream()
  coder.setBufsize(OUTPUT_BYTES)
  if (format === 'lzma') coder.aloneDecoder({ memlimit: MEMORY_LIMIT_BYTES })
  else coder.streamDecoder({ memlimit: MEMORY_LIMIT_BYTES })
  return coder
}

/**
 * Null is the end of the input. Throws PACKAGE_INVALID, or TOO_LARGE for a huge dictionary.
 * The coder reports outputs, then end or error, and last the number of chunks it is done with: that one closes a call.
 */
export function code(coder: LiblzmaCoder, input: Buffer | null): Promise<CodeResult> {
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
