// Lines of a byte stream, none longer than a limit: a feed without line ends must not fill the memory.
import { GatewayError } from '../model/errors.ts'

/** UTF-8 lines without their ends (`\n` or `\r\n`). Throws TOO_LARGE for a longer line, and what the stream throws. */
export async function* linesOf(
  stream: AsyncIterable<Uint8Array | string>,
  maxBytes: number,
): AsyncIterable<string> {
  let pieces: Buffer[] = []
  let waiting = 0
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk)
    let from = 0
    for (let end = bytes.indexOf(0x0a); end >= 0; end = bytes.indexOf(0x0a, from)) {
      pieces.push(bytes.subarray(from, end))
      yield textOf(pieces)
      pieces = []
      waiting = 0
      from = end + 1
    }
    pieces.push(bytes.subarray(from))
    waiting += bytes.length - from
    if (waiting > maxBytes)
      throw new GatewayError('TOO_LARGE', `a line is longer than ${maxBytes} bytes`, { maxBytes })
  }
  if (waiting > 0) yield textOf(pieces)
}

function textOf(pieces: readonly Buffer[]): string {
  const [only] = pieces
  const bytes = pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces)
  const end = bytes[bytes.length - 1] === 0x0d ? bytes.length - 1 : bytes.length
  return bytes.toString('utf8', 0, end)
}
