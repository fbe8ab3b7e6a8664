// primary, filelists and other as raw <package> spans: hundreds of megabytes pass by in pieces and are never turned into trees.
import { invalid } from './invalid.ts'

export interface PackageSpan {
  /** Everything between the former package and this one. */
  readonly before: Buffer
  /** From `<package` to `</package>`. */
  readonly bytes: Buffer
}

const OPEN = Buffer.from('<package ')
const CLOSE = Buffer.from('</package>')
const MAX_SPAN_BYTES = 64 * 1024 * 1024
// Comments, CDATA, DOCTYPE, entities: an XML parser and a reader of spans would see different packages. No tool that writes
// metadata uses them, and what is meant as text is written as &lt;.
const LESS_THAN = 0x3c
const EXCLAMATION_MARK = 0x21

/** `packageBatches`, one by one. */
export async function* packageSpans(
  chunks: AsyncIterable<Uint8Array>,
  what: string,
): AsyncGenerator<PackageSpan> {
  for await (const batch of packageBatches(chunks, what)) yield* batch
}

/**
 * Every package with what stands before it, as many at a time as a piece of the file ends, and at last an empty span with what
 * stands after all. Throws UPSTREAM_INVALID for comments, CDATA, DOCTYPE, nested or unclosed packages.
 */
export async function* packageBatches(
  chunks: AsyncIterable<Uint8Array>,
  what: string,
): AsyncGenerator<readonly PackageSpan[]> {
  const waiting = new WaitingBytes()
  for await (const chunk of chunks) {
    if (!waiting.add(chunk)) {
      if (waiting.sizeBytes > MAX_SPAN_BYTES) throw invalid(what, 'has a package of more than 64 MiB')
      continue
    }
    const batch: PackageSpan[] = []
    let held = waiting.take()
    for (let close = held.indexOf(CLOSE); close >= 0; close = held.indexOf(CLOSE)) {
      const end = close + CLOSE.length
      batch.push(spanOf(held.subarray(0, end), what))
      held = held.subarray(end)
    }
    waiting.add(held)
    yield batch
  }
  const rest = waiting.take()
  if (rest.indexOf(OPEN) >= 0) throw invalid(what, 'ends within a package')
  refuseAmbiguous(rest, what)
  yield [{ before: rest, bytes: Buffer.alloc(0) }]
}

/** Pieces that are joined once a package ends in them, not at every chunk: a package may be longer than thousands of chunks. */
class WaitingBytes {
  #pieces: Buffer[] = []
  #tail: Buffer = Buffer.alloc(0)
  sizeBytes = 0

  /** Whether a package ends in this piece, or across it and what came before. */
  add(piece: Uint8Array): boolean {
    const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength)
    this.#pieces.push(bytes)
    this.sizeBytes += bytes.length
    const edge = Buffer.concat([this.#tail, bytes.subarray(0, CLOSE.length - 1)])
    this.#tail =
      bytes.length < CLOSE.length ? edge.subarray(-(CLOSE.length - 1)) : bytes.subarray(-(CLOSE.length - 1))
    return bytes.includes(CLOSE) || edge.includes(CLOSE)
  }

  take(): Buffer {
    const [first] = this.#pieces
    const joined = this.#pieces.length === 1 && first !== undefined ? first : Buffer.concat(this.#pieces)
    this.#pieces = []
    this.#tail = Buffer.alloc(0)
    this.sizeBytes = 0
    return joined
  }
}

function spanOf(piece: Buffer, what: string): PackageSpan {
  const open = piece.indexOf(OPEN)
  if (open < 0 || piece.indexOf(OPEN, open + 1) >= 0)
    throw invalid(what, 'has a package that is not closed, or none where one ends')
  refuseAmbiguous(piece, what)
  return { before: piece.subarray(0, open), bytes: piece.subarray(open) }
}

// Looked for by its second byte, which is rare: a search for `<!` would stop at every element.
function refuseAmbiguous(piece: Buffer, what: string): void {
  for (let at = piece.indexOf(EXCLAMATION_MARK); at >= 0; at = piece.indexOf(EXCLAMATION_MARK, at + 1))
    if (piece[at - 1] === LESS_THAN)
      throw invalid(what, `has ${JSON.stringify(piece.toString('latin1', at - 1, at + 9))} in it`)
}
